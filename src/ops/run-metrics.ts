// Figures about runs, for Prometheus: sums over all runs, never one series a run. Counters start at 0 with the operator, as counters do.
import { Counter, Gauge, type Registry } from 'prom-client';
import type { LedgerEntry, RunStatus } from '../domain/run/status.ts';
import type { RunMetrics, StatusWrite } from '../ports/run-metrics.ts';

type Totals = RunStatus['totals'];

/** Counts what the run controller tells. */
export function makeRunMetrics(registry: Registry): RunMetrics {
  const registers = [registry];
  const writes = new Counter({
    name: 'reprise_status_writes_total',
    help: 'Status writes of runs: Facts at once, Progress within the budget, PutOff were left to a later pass.',
    labelNames: ['kind'],
    registers,
  });
  const ended = new Counter({
    name: 'reprise_attempts_ended_total',
    help: 'Attempts that have ended, by cause.',
    labelNames: ['cause'],
    registers,
  });
  const totals = totalCounters(registry);
  return {
    wrote(write) {
      writes.inc({ kind: write.kind });
      for (const { cause = 'Unknown' } of newlyEnded(write)) ended.inc({ cause });
      for (const { counter, of } of totals)
        counter.inc(
          Math.max(0, of(write.after.totals) - (write.before === undefined ? 0 : of(write.before.totals))),
        );
    },
    putOff: () => writes.inc({ kind: 'PutOff' }),
  };
}

const newlyEnded = ({ before, after }: StatusWrite): readonly LedgerEntry[] =>
  after.attempts.filter(
    ({ number, endedAt }) =>
      endedAt !== undefined &&
      before?.attempts.find((entry) => entry.number === number)?.endedAt === undefined,
  );

interface TotalCounter {
  readonly counter: Counter;
  readonly of: (totals: Totals) => number;
}

function totalCounters(registry: Registry): readonly TotalCounter[] {
  const counter = (name: string, help: string): Counter => new Counter({ name, help, registers: [registry] });
  return [
    {
      counter: counter(
        'reprise_lost_updates_total',
        'Updates made but not saved by attempts that have ended.',
      ),
      of: ({ lostUpdates }) => lostUpdates,
    },
    {
      counter: counter('reprise_gpu_seconds_total', 'GPU-seconds held by attempts that have ended.'),
      of: ({ gpuSeconds = 0 }) => gpuSeconds,
    },
    {
      counter: counter('reprise_lost_gpu_seconds_total', 'GPU-seconds that went into lost updates.'),
      of: ({ lostGpuSeconds = 0 }) => lostGpuSeconds,
    },
    {
      counter: counter('reprise_reclaimed_bytes_total', 'Bytes that retention removed from buckets.'),
      of: ({ reclaimedBytes }) => reclaimedBytes,
    },
  ];
}

/** Shows how many runs stand in which phase, asked when it is read. */
export function makePhases(registry: Registry): (counts: () => ReadonlyMap<string, number>) => void {
  return (counts) => {
    const gauge: Gauge<'phase'> = new Gauge({
      name: 'reprise_runs',
      help: 'Runs, by phase.',
      labelNames: ['phase'],
      registers: [],
      collect(): void {
        gauge.reset();
        for (const [phase, count] of counts()) gauge.set({ phase }, count);
      },
    });
    registry.registerMetric(gauge);
  };
}
