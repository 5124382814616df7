// Whose prefix it is: whether this run may use what run.json and the listing show, and what it inherits.
import { highestAttempt } from '../bucket/inventory.ts';
import { isCarriedOut } from '../bucket/rollback.ts';
import type { BucketFacts, Snapshot } from './facts.ts';
import { pendingRollback } from './rollback.ts';

export type Ownership =
  | { readonly kind: 'Ours' }
  /** Nothing there yet. */
  | { readonly kind: 'Fresh' }
  /** An unfinished run of this name left its checkpoints: they become ours. */
  | { readonly kind: 'Adopts'; readonly formerUid: string }
  | { readonly kind: 'Refused'; readonly reason: string; readonly message: string };

/** Whether the run may use its prefix. */
export function ownershipOf(snapshot: Snapshot, bucket: BucketFacts): Ownership {
  const { marker, inventory } = bucket;
  const where = `${inventory.prefix}run.json`;
  if (marker === undefined) return withoutMarker(snapshot, bucket);
  if (marker.clusterUid !== snapshot.clusterUid && !isAdopted(snapshot, marker.clusterUid)) {
    const message = `${where} belongs to another cluster (UID ${marker.clusterUid}). Use another name for this run, or another prefix for this cluster; or, if that cluster is no more, name it in spec.adoptClusters of the CheckpointStore.`;
    return { kind: 'Refused', reason: 'ForeignRun', message };
  }
  if (marker.runUid === snapshot.run.uid) return { kind: 'Ours' };
  if (isFormerBeingDeleted(snapshot, bucket)) return besideFormer(snapshot, bucket);
  if (marker.phase === 'Succeeded' && pendingRollback(snapshot)?.update !== 0) {
    const message = `A run named ${snapshot.run.name} already succeeded and its checkpoints lie below ${inventory.prefix}. Give this run another name, or start it anew from scratch with spec.rollback: {update: 0, id: "${freshId(bucket)}"}, which leaves them there, abandoned.`;
    return { kind: 'Refused', reason: 'NameInUse', message };
  }
  return { kind: 'Adopts', formerUid: marker.runUid };
}

const isAdopted = ({ store }: Snapshot, clusterUid: string): boolean =>
  store.kind === 'Ready' && store.adoptClusters.includes(clusterUid);

/** True while what an earlier run of this name left is on its way out. What has succeeded is not taken over anyway. */
export function isFormerBeingDeleted(snapshot: Snapshot, { marker }: BucketFacts): boolean {
  if (marker?.deletion === undefined || marker.runUid === snapshot.run.uid) return false;
  const { deletion, phase } = marker;
  const isUnderWay = deletion.begun && deletion.finished !== true;
  const isKept = deletion.begun || phase === 'Succeeded';
  return isUnderWay || (isKept && pendingRollback(snapshot)?.update !== 0);
}

function besideFormer({ run }: Snapshot, bucket: BucketFacts): Ownership {
  const { inventory, marker } = bucket;
  if (marker?.deletion?.finished !== true) {
    const asker = marker?.deletion?.byPolicy === true ? 'a CheckpointRetentionPolicy' : 'its deletionPolicy';
    const message = `The checkpoints of the former run of this name below ${inventory.prefix} are being deleted, as ${asker} asked. This run starts by itself once they are gone.`;
    return { kind: 'Refused', reason: 'FormerBeingDeleted', message };
  }
  const [pin] = inventory.pins;
  const name = pin === undefined ? 'RUN@UPDATE' : `${run.name}@${pin.update}`;
  const message = `A run named ${run.name} was deleted with its checkpoints, and pins keep what is left below ${inventory.prefix}. Give this run another name, remove the pins (kubectl reprise unpin ${name}), or start it anew from scratch beside them with spec.rollback: {update: 0, id: "${freshId(bucket)}"}.`;
  return { kind: 'Refused', reason: 'NameInUse', message };
}

/** An id that no attempt of this name has carried out. */
function freshId({ origins }: BucketFacts): string {
  for (let id = 1; ; id += 1) if (!isCarriedOut(String(id), origins)) return String(id);
}

function withoutMarker({ run }: Snapshot, { inventory }: BucketFacts): Ownership {
  const known = run.status?.resumePoint;
  if (known !== undefined) {
    const message = `${inventory.prefix}run.json is gone, though this run saved update ${known.update} (${known.key}). Check the bucket and prefix of the CheckpointStore, or put the objects back.`;
    return { kind: 'Refused', reason: 'WrongPlace', message };
  }
  const count = inventory.attempts.length;
  if (count === 0) return { kind: 'Fresh' };
  const message = `${count} attempts lie below ${inventory.prefix} without a run.json, so nobody can say whose they are. Give this run another name, or move them away.`;
  return { kind: 'Refused', reason: 'WrongPlace', message };
}

/** The next attempt number: larger than every number that was ever used for this name. */
export const nextNumber = ({ run, highestJob, strangers }: Snapshot, bucket: BucketFacts): number =>
  1 +
  Math.max(
    run.status?.attempt ?? 0,
    highestJob,
    highestAttempt(bucket.inventory),
    bucket.marker?.highestAttempt ?? 0,
    ...strangers.map(({ attempt }) => attempt.number),
  );
