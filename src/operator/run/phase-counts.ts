// How many runs stand in which phase, as their status says; for metrics only.
import type { Cache } from '../../ports/cluster.ts';
import type { KubeObject } from '../../ports/kube-objects.ts';

/** By phase; a run without a status counts as Pending. */
export function phaseCounts(runs: Pick<Cache<KubeObject>, 'values'>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const run of runs.values()) {
    const phase = phaseOf(run);
    counts.set(phase, (counts.get(phase) ?? 0) + 1);
  }
  return counts;
}

function phaseOf(run: object): string {
  const status = 'status' in run ? run.status : undefined;
  const phase = typeof status === 'object' && status !== null && 'phase' in status ? status.phase : undefined;
  return typeof phase === 'string' ? phase : 'Pending';
}
