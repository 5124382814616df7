// Holds a run with deletionPolicy Delete back until run.json says what is to be deleted, and lets it go.
import { finalizer } from '../../api/names.ts';
import type { TTSTrainingRun } from '../../api/run.ts';
import type { RunEvent } from '../../domain/run/decision.ts';
import { ClusterError, nameOf } from '../../ports/cluster.ts';
import { runs } from '../../ports/kinds.ts';
import type { KubeObject } from '../../ports/kube-objects.ts';
import { tell } from './tell.ts';
import type { World } from './world.ts';

/** True while the object waits for us. */
export const isHeld = ({ metadata }: Pick<KubeObject, 'metadata'>): boolean =>
  metadata.finalizers?.includes(finalizer) === true;

/** Puts the finalizer on, or takes it off, as deletionPolicy asks; true when that changed the object. */
export async function keepHold(world: World, run: TTSTrainingRun, signal: AbortSignal): Promise<boolean> {
  const wanted = run.spec.deletionPolicy === 'Delete';
  if (wanted === isHeld(run)) return false;
  try {
    await setHold(world, { object: run, isHeld: wanted }, signal);
    return true;
  } catch (cause) {
    if (!(cause instanceof ClusterError) || cause.code !== 'Forbidden') throw cause;
    await tell(world, { run, told: [notHeld(cause)] }, signal);
    return false;
  }
}

/** Without the right to it the run trains all the same. */
const notHeld = ({ message }: ClusterError): RunEvent => ({
  type: 'Warning',
  reason: 'DeletionNotHeld',
  message: `deletionPolicy cannot be heeded: ${message.replace(/\.$/, '')}. Allow the operator to patch ttstrainingruns; until then the checkpoints stay when the run is deleted.`,
});

/** Lets the object go. */
export async function release(world: World, object: KubeObject, signal: AbortSignal): Promise<void> {
  try {
    await setHold(world, { object, isHeld: false }, signal);
  } catch (cause) {
    if (!(cause instanceof ClusterError) || cause.code !== 'NotFound') throw cause;
  }
}

// The whole list is written, so it must be the one that was read.
async function setHold(
  { cluster }: World,
  { object, isHeld: wanted }: { readonly object: Pick<KubeObject, 'metadata'>; readonly isHeld: boolean },
  signal: AbortSignal,
): Promise<void> {
  const { finalizers = [], resourceVersion, uid } = object.metadata;
  const others = finalizers.filter((name) => name !== finalizer);
  const metadata = { uid, resourceVersion, finalizers: wanted ? [...others, finalizer] : others };
  await cluster.patch(runs, { name: nameOf(object.metadata), patch: { metadata } }, signal);
}
