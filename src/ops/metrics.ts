// The operator's figures for Prometheus. Names are a contract with dashboards: change one only with a word in the changelog.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Cache } from '../ports/cluster.ts';
import type { KubeObject } from '../ports/kube-objects.ts';
import type { LeaderMetrics } from '../ports/leader-metrics.ts';
import type { LoopMetrics } from '../ports/loop-metrics.ts';
import type { RunMetrics } from '../ports/run-metrics.ts';
import type { SweepMetrics } from '../ports/sweep-metrics.ts';
import { makePhases, makeRunMetrics } from './run-metrics.ts';
import { makeSweepMetrics } from './sweep-metrics.ts';

export interface Metrics extends LeaderMetrics, LoopMetrics, RunMetrics, SweepMetrics {
  /** From now on shows how long ago the API server was last heard about this kind. */
  watched(resource: string, cache: Pick<Cache<KubeObject>, 'silence'>): void;
  /** From now on shows 1 while this replica leads, else 0. */
  leading(isLeader: () => boolean): void;
  /** From now on shows how many runs stand in which phase. */
  phases(counts: () => ReadonlyMap<string, number>): void;
  readonly contentType: string;
  /** Everything, in Prometheus' text format. */
  text(): Promise<string>;
}

/** A registry of its own, so that two in one process do not meet. */
export function makeMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return {
    ...makeLoopMetrics(registry),
    ...makeRunMetrics(registry),
    ...makeSweepMetrics(registry),
    phases: makePhases(registry),
    watched: makeSilence(registry),
    ...makeLeadership(registry),
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}

function makeLeadership(registry: Registry): Pick<Metrics, 'leading' | 'turned'> {
  const transitions = new Counter({
    name: 'reprise_leader_transitions_total',
    help: 'How often this replica became the leader, or ceased to be it.',
    labelNames: ['to'],
    registers: [registry],
  });
  return {
    turned: (to) => transitions.inc({ to }),
    leading(isLeader) {
      const gauge: Gauge = new Gauge({
        name: 'reprise_leader',
        help: 'Whether this replica leads.',
        registers: [],
        collect: (): void => gauge.set(isLeader() ? 1 : 0),
      });
      registry.registerMetric(gauge);
    },
  };
}

function makeLoopMetrics(registry: Registry): LoopMetrics {
  const registers = [registry];
  const passes = new Counter({
    name: 'reprise_reconcile_total',
    help: 'Passes over one object, by how they ended.',
    labelNames: ['loop', 'result'],
    registers,
  });
  const seconds = new Histogram({
    name: 'reprise_reconcile_seconds',
    help: 'How long a pass took.',
    labelNames: ['loop'],
    buckets: [0.005, 0.02, 0.1, 0.5, 1, 2.5, 10, 60],
    registers,
  });
  const waiting = new Gauge({
    name: 'reprise_queue_depth',
    help: 'Objects that wait for a worker.',
    labelNames: ['loop'],
    registers,
  });
  return {
    passed(loop, result, took) {
      passes.inc({ loop, result });
      seconds.observe({ loop }, took);
    },
    queued: (loop, keys) => waiting.set({ loop }, keys),
  };
}

function makeSilence(registry: Registry): Metrics['watched'] {
  const caches = new Map<string, Pick<Cache<KubeObject>, 'silence'>>();
  const gauge = new Gauge({
    name: 'reprise_watch_silence_seconds',
    help: 'Seconds since the API server was last heard about a kind; about 40 at most while all is well.',
    labelNames: ['resource'],
    registers: [],
    collect() {
      for (const [resource, cache] of caches) gauge.set({ resource }, cache.silence() / 1000);
    },
  });
  registry.registerMetric(gauge);
  return (resource, cache) => void caches.set(resource, cache);
}
