// By what a run's retention is judged beside its own spec: the policies, its namespace's labels, what capacity takes. And, before anything is
// deleted, whether all of it still stands: asked of the API server, not of a cache.
import { annotations } from '../../api/names.ts';
import type { TTSTrainingRun } from '../../api/run.ts';
import { fingerprintOf } from '../../domain/fingerprint.ts';
import { nameOf } from '../../ports/cluster.ts';
import { namespaces, runs } from '../../ports/kinds.ts';
import type { KubeObject } from '../../ports/kube-objects.ts';
import { isHeld } from '../sweep/capacity-taken.ts';
import type { JudgedBy } from '../sweep/run-collection.ts';
import type { World } from './world.ts';

/** What the caches know; whatever is unknown stops retention. */
export type Governed = JudgedBy;

/** By what the run is judged now. */
export function governingOf(world: World, { metadata }: TTSTrainingRun): Governed {
  const policies = world.policies.current();
  const namespace = world.namespaces.get(metadata.namespace ?? '');
  const taken = policies.kind === 'Read' ? world.capacityTaken.of(metadata.uid, policies) : undefined;
  return {
    policies,
    namespaceLabels: namespace === undefined ? undefined : (namespace.metadata.labels ?? {}),
    taken: new Set(taken?.keys),
    isTakenHeld: taken !== undefined && policies.kind === 'Read' && isHeld(taken, policies),
  };
}

/**
 * True while the run, its namespace and every policy are what the judgement rested on; else nothing may be deleted, and the next pass judges
 * anew. @throws ClusterError: then nobody knows, and nothing may be deleted either.
 */
export async function stillStands(
  world: World,
  { run, governed }: { readonly run: TTSTrainingRun; readonly governed: Governed },
  signal: AbortSignal,
): Promise<boolean> {
  const { policies, namespaceLabels } = governed;
  if (policies.kind === 'Unread') return false;
  const now = await world.cluster.get(runs, nameOf(run.metadata), signal);
  if (now === undefined || !isSameWish(run, now)) return false;
  if (!(await world.policies.isCurrent(policies.version, signal))) return false;
  const namespace = await world.cluster.get(namespaces, { name: run.metadata.namespace ?? '' }, signal);
  return (
    namespace !== undefined &&
    isSame(namespace.metadata.labels ?? {}, namespaceLabels) &&
    stillTaken(world, run, governed)
  );
}

// What selects a run and what approves of a deletion stand outside the spec, and no generation counts them.
const isSameWish = (run: TTSTrainingRun, now: KubeObject): boolean =>
  now.metadata.uid === run.metadata.uid &&
  now.metadata.generation === run.metadata.generation &&
  now.metadata.deletionTimestamp === undefined &&
  isSame(now.metadata.labels ?? {}, run.metadata.labels ?? {}) &&
  now.metadata.annotations?.[annotations.approve] === run.metadata.annotations?.[annotations.approve];

const stillTaken = (world: World, run: TTSTrainingRun, { taken }: Governed): boolean =>
  isSame([...governingOf(world, run).taken], [...taken]);

const isSame = (a: unknown, b: unknown): boolean => fingerprintOf(a) === fingerprintOf(b);
