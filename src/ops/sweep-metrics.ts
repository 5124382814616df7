// Figures about whole stores, for Prometheus: what the last sweep counted of each.
import { Counter, Gauge, type Registry } from 'prom-client';
import type { StoreUsage } from '../domain/store/usage.ts';
import type { SweepMetrics } from '../ports/sweep-metrics.ts';

interface Row {
  readonly state: string;
  readonly objects: number;
  readonly bytes: number;
}

const rowsOf = (usage: StoreUsage): readonly Row[] => [
  { state: 'current', objects: usage.objects, bytes: usage.bytes },
  { state: 'noncurrent', objects: usage.noncurrentVersions, bytes: usage.noncurrentBytes },
  { state: 'unfinished', objects: usage.unfinishedUploads, bytes: usage.unfinishedBytes },
];

/** Shows what the sweep tells. */
export function makeSweepMetrics(registry: Registry): SweepMetrics {
  const gauges = makeGauges(registry);
  const aborted = new Counter({
    name: 'reprise_aborted_uploads_total',
    help: 'Unfinished uploads of dead attempts that were given up.',
    labelNames: ['store'],
    registers: [registry],
  });
  const told = new Map<string, StoreUsage>();
  return {
    counted(store, usage) {
      forget(gauges, store, told.get(store));
      show(gauges, store, usage);
      told.set(store, usage);
    },
    abortedUploads: (store, count) => aborted.inc({ store }, count),
    uncounted(store) {
      forget(gauges, store, told.get(store));
      told.delete(store);
    },
  };
}

type Gauges = ReturnType<typeof makeGauges>;

function makeGauges(registry: Registry) {
  const gauge = <T extends string>(name: string, help: string, labelNames: readonly T[]): Gauge<T> =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const states = ['store', 'state'] as const;
  return {
    objects: gauge('reprise_store_objects', 'Objects, old versions, unfinished uploads of a store.', states),
    bytes: gauge('reprise_store_bytes', 'Bytes of them.', states),
    unknown: gauge('reprise_store_unknown_objects', 'Objects with names that Reprise does not write.', [
      'store',
    ]),
    orphaned: gauge('reprise_store_orphaned_bytes', 'Bytes of runs that do not exist any more.', ['store']),
    unclaimed: gauge(
      'reprise_store_unclaimed_bytes',
      'Bytes where a run was, without a run.json of this cluster.',
      ['store'],
    ),
    namespaces: gauge('reprise_store_namespace_bytes', 'Bytes of the namespaces with most of them.', [
      'store',
      'namespace',
    ]),
  };
}

function show(gauges: Gauges, store: string, usage: StoreUsage): void {
  for (const { state, objects, bytes } of rowsOf(usage)) {
    gauges.objects.set({ store, state }, objects);
    gauges.bytes.set({ store, state }, bytes);
  }
  gauges.unknown.set({ store }, usage.unknownObjects);
  if (usage.orphanedBytes !== undefined) gauges.orphaned.set({ store }, usage.orphanedBytes);
  if (usage.orphanedBytes !== undefined) gauges.unclaimed.set({ store }, usage.unclaimedBytes ?? 0);
  for (const { namespace, bytes } of usage.namespaces) gauges.namespaces.set({ store, namespace }, bytes);
}

function forget(gauges: Gauges, store: string, told: StoreUsage | undefined): void {
  if (told === undefined) return;
  for (const { state } of rowsOf(told)) {
    gauges.objects.remove({ store, state });
    gauges.bytes.remove({ store, state });
  }
  gauges.unknown.remove({ store });
  gauges.orphaned.remove({ store });
  gauges.unclaimed.remove({ store });
  for (const { namespace } of told.namespaces) gauges.namespaces.remove({ store, namespace });
}
