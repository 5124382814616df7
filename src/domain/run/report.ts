// The status of a run after a pass: computed once from what was observed and decided, written once. Every sentence is true now.
import type { Checkpoint } from '../bucket/inventory.ts';
import { checkpointsOnLineage, traceLineage } from '../bucket/lineage.ts';
import { formatTime } from '../time.ts';
import { conditionsOf } from './conditions.ts';
import type { Decision } from './decision.ts';
import type { BucketFacts, Snapshot } from './facts.ts';
import { isFormerBeingDeleted } from './marker.ts';
import { messageOf, type ReportView } from './message.ts';
import { phaseOf } from './phase.ts';
import { suspensionAskedAt } from './suspension.ts';
import { retentionStatus } from './retention-words.ts';
import { progressOf } from './progress.ts';
import { totalsOf } from './totals.ts';
import {
  clip,
  type ListedCheckpoint,
  listedCheckpointLimit,
  messageLimit,
  type RunStatus,
} from './status.ts';

/** The status to write. Facts that could not be observed in this pass keep their last value. */
export function report(snapshot: Snapshot, decision: Decision): RunStatus {
  const before = snapshot.run.status;
  const { saved, checkpoints, retention } = inBucket(snapshot);
  const progress = progressOf(snapshot, decision, saved);
  const view = { snapshot, decision, saved, progress };
  return {
    observedGeneration: snapshot.run.generation,
    phase: phaseOf(decision),
    message: clip(messageOf(view), messageLimit),
    conditions: conditionsOf(view),
    store: snapshot.store.kind === 'Ready' ? snapshot.store.name : before?.store,
    attempt: decision.attempt,
    failures: decision.failures,
    disruptions: decision.disruptions === 0 ? undefined : decision.disruptions,
    suspendRequestedAt: snapshot.run.spec.suspend ? formatTime(suspensionAskedAt(snapshot)) : undefined,
    observedRetry: snapshot.run.retry,
    ...remembered(snapshot, decision),
    // One that is gone from the bucket is not forgotten: a start from zero would be taken for a first one.
    resumePoint: saved.point ?? saved.lost,
    progress,
    checkpoints,
    retention,
    attempts: decision.attempts.map(({ entry }) => entry),
    totals: totalsOf(snapshot, decision),
  };
}

function remembered({ run }: Snapshot, { starts }: Decision): Pick<RunStatus, 'handledRetry' | 'workload'> {
  if (starts !== undefined) return { handledRetry: run.retry, workload: run.spec.workload };
  return { handledRetry: run.status?.handledRetry, workload: run.status?.workload };
}

type InBucket = Pick<ReportView, 'saved'> & Pick<RunStatus, 'checkpoints' | 'retention'>;

function inBucket(snapshot: Snapshot): InBucket {
  const { bucket, run } = snapshot;
  if (bucket.kind === 'Unreadable') {
    const saved = { point: run.status?.resumePoint, unread: bucket.message, lost: undefined };
    return { saved, checkpoints: run.status?.checkpoints };
  }
  // What is going away is nothing that this run has saved.
  if (isFormerBeingDeleted(snapshot, bucket.facts))
    return { saved: { point: undefined, unread: undefined, lost: undefined }, checkpoints: undefined };
  return {
    saved: savedIn(bucket.facts, run.status),
    checkpoints: checkpointsOf(snapshot, bucket.facts),
    retention: retentionStatus(snapshot.retention, bucket.facts.inventory),
  };
}

function savedIn(facts: BucketFacts, before: RunStatus | undefined): ReportView['saved'] {
  const lineage = traceLineage(facts.origins);
  const known = before?.resumePoint;
  if (lineage.kind === 'Unreadable') return { point: known, unread: lineage.why, lost: undefined };
  const newest = checkpointsOnLineage(lineage.links, facts.inventory)[0];
  if (newest === undefined)
    return { point: undefined, unread: undefined, lost: lineage.startsAfresh ? undefined : known };
  const { key, attempt, update, kind, sizeBytes, savedAt } = newest;
  const point = { key, attempt: attempt.number, update, kind, sizeBytes, savedAt: formatTime(savedAt) };
  return { point, unread: undefined, lost: undefined };
}

function checkpointsOf(snapshot: Snapshot, { inventory }: BucketFacts): RunStatus['checkpoints'] {
  const all = inventory.attempts.flatMap(({ checkpoints }) => checkpoints);
  const newestFirst = all.toSorted(
    (a, b) => b.attempt.number - a.attempt.number || b.update - a.update || (a.kind === 'Last' ? -1 : 1),
  );
  return {
    count: all.length,
    bytes: all.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    newest: newestFirst.slice(0, listedCheckpointLimit).map((checkpoint) => listed(snapshot, checkpoint)),
  };
}

function listed(
  { retention }: Snapshot,
  { key, attempt, update, kind, sizeBytes, savedAt }: Checkpoint,
): ListedCheckpoint {
  const isLocked = retention.lockedKeys.has(key);
  const verdict = isLocked ? 'Locked' : retention.condemnedKeys.has(key) ? 'Condemned' : 'Keep';
  const audit = retention.auditedKeys.has(key) ? ({ audit: 'Condemned' } as const) : {};
  return {
    update,
    attempt: attempt.number,
    kind,
    sizeBytes,
    savedAt: formatTime(savedAt),
    verdict,
    ...audit,
  };
}
