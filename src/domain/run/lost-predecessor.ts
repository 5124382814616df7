// A restore that waits for the flush of a pod of which nothing comes any more: removed by force, over without a word, or on a node that
// went away, as spot nodes do soon after they evict their pods. Nobody in the pod that waits can know; it is told through the bucket.
import { type AttemptId, formatAttemptId, isSameAttempt, podOf } from '../bucket/keys.ts';
import { isOver } from './classification.ts';
import type { Action } from './decision.ts';
import type { JobFacts, Snapshot } from './facts.ts';
import type { AttemptView } from './ledger.ts';
import { isGivenUp, nodeClause } from './node.ts';

/** What tells the attempts that wait in vain; nothing while what they wait for may still come. */
export function tellLost(snapshot: Snapshot, attempts: readonly AttemptView[]): readonly Action[] {
  const waiting = attempts.filter(({ stage }) => stage.stage === 'Waiting' || stage.stage === 'Restoring');
  return waiting.flatMap(({ job }) => tellOne(snapshot, job?.waitsFor));
}

function tellOne(snapshot: Snapshot, waitsFor: JobFacts['waitsFor']): readonly Action[] {
  if (waitsFor === undefined || snapshot.now >= waitsFor.until) return [];
  const { attempt } = waitsFor;
  const why = isTold(snapshot, attempt) ? undefined : lossOf(snapshot, attempt);
  return why === undefined ? [] : [{ do: 'TellGone', attempt, why }];
}

/** The number of the attempt whose flush the Job's restore waits for now; undefined when it waits for none. */
export function awaitedAttempt(snapshot: Snapshot, job: JobFacts | undefined): number | undefined {
  const { waitsFor } = job ?? {};
  if (waitsFor === undefined || snapshot.now >= waitsFor.until) return undefined;
  return isTold(snapshot, waitsFor.attempt) ? undefined : waitsFor.attempt.number;
}

/** A pod that ended in peace left an end.json, and was there when the bucket was listed. */
function isTold({ bucket }: Snapshot, attempt: AttemptId): boolean {
  if (bucket.kind === 'Unreadable') return true;
  const { ends, inventory } = bucket.facts;
  if (ends.has(formatAttemptId(attempt))) return true;
  return inventory.attempts.some(({ id, gone }) => gone !== undefined && isSameAttempt(id, attempt));
}

/** Why nothing of it comes any more; undefined when something may. */
function lossOf({ pods, strangers, now, run }: Snapshot, attempt: AttemptId): string | undefined {
  const pod = pods.find((own) => own.attempt === attempt.number && podOf(own.uid) === attempt.pod);
  if (pod !== undefined) {
    if (isOver(pod)) return 'its pod has ended';
    return isGivenUp(pod, { now, after: run.spec.nodeLostAfterSeconds }) ? nodeClause(pod) : undefined;
  }
  const stranger = strangers.find((other) => isSameAttempt(other.attempt, attempt));
  if (stranger === undefined) return 'its pod is gone';
  return stranger.flushes ? undefined : 'its sync does not run any more';
}
