// A restore that waits for the flush of a pod that will never flush: its node went away meanwhile, as spot nodes do soon after they
// evict their pods. Nobody in the pod can know; the attempt is then made anew, without the wait.
import { formatAttemptId, podOf } from '../bucket/keys.ts';
import type { JobFacts, Snapshot } from './facts.ts';
import type { AttemptView } from './ledger.ts';
import { isGivenUp } from './node.ts';

/** What is left of the wait must be worth the new pod. */
const worthSeconds = 30;

/** Why the attempt's wait is vain; undefined when it is not, or when it waits for nothing. */
export function vainWait(snapshot: Snapshot, { stage, job }: AttemptView): string | undefined {
  const waitsFor = job?.waitsFor;
  if (stage.stage !== 'Restoring' || waitsFor === undefined) return undefined;
  if (snapshot.now + worthSeconds * 1000 > waitsFor.until || !isLost(snapshot, waitsFor)) return undefined;
  return `attempt ${waitsFor.attempt.number}, whose last checkpoint it waited for, was lost with its node`;
}

function isLost(
  { bucket, pods, now, run }: Snapshot,
  { attempt }: NonNullable<JobFacts['waitsFor']>,
): boolean {
  const pod = pods.find((own) => own.attempt === attempt.number && podOf(own.uid) === attempt.pod);
  if (pod !== undefined) return isGivenUp(pod, { now, after: run.spec.nodeLostAfterSeconds });
  // A pod that ended in peace left an end.json, and was there when the bucket was listed.
  return bucket.kind === 'Read' && !bucket.facts.ends.has(formatAttemptId(attempt));
}
