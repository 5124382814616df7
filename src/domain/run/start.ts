// Whether the next attempt may start now and from what; else the sentence that says why not. No Job is made on half knowledge.
import { podOf } from '../bucket/keys.ts';
import { isOver } from './classification.ts';
import type { Action, Choice, NewAttempt } from './decision.ts';
import { planBeginning } from './beginning.ts';
import { driftTrouble } from './drift.ts';
import type { BucketFacts, Snapshot } from './facts.ts';
import type { AttemptView } from './ledger.ts';
import { stopOf } from './live.ts';
import { isGivenUp } from './node.ts';
import { nextNumber, ownershipOf, type Ownership } from './marker.ts';
import { cameLate } from './reservation.ts';

const lookAgainSeconds = 30;

const stalled = (reason: string, message: string): Choice => ({
  standing: { is: 'Stalled', reason, message },
  actions: [],
  recheck: lookAgainSeconds,
});

/** Starts an attempt: under `reserved` when that number was reserved before and never used, else under a new one. */
export function chooseStart(
  snapshot: Snapshot,
  attempts: readonly AttemptView[],
  reserved: number | undefined,
): Choice {
  const { store, bucket } = snapshot;
  if (store.kind === 'Unready') return stalled(store.reason, store.message);
  if (bucket.kind === 'Unreadable') return stalled(bucket.reason, bucket.message);
  const ownership = ownershipOf(snapshot, bucket.facts);
  if (ownership.kind === 'Refused') return stalled(ownership.reason, ownership.message);
  const obstacle = obstacleTo(snapshot, attempts);
  if (obstacle !== undefined) return obstacle;
  const beginning = planBeginning(snapshot, bucket.facts);
  if ('reason' in beginning) return stalled(beginning.reason, beginning.message);
  const drift = driftTrouble(snapshot, bucket.facts, beginning);
  if (drift !== undefined) return stalled('WorldSizeChanged', drift);
  const attempt: NewAttempt = {
    number: reserved ?? nextNumber(snapshot, bucket.facts),
    ...beginning,
    // What it may still flush is not on the way back.
    predecessor: beginning.rollback === undefined ? predecessorOf(snapshot, attempts) : undefined,
  };
  return {
    ...started(snapshot, attempt),
    actions: [...markerActions(bucket.facts, ownership, attempt.number), { do: 'CreateJob', attempt }],
    ...(ownership.kind === 'Adopts' ? { adopts: ownership.formerUid } : {}),
  };
}

// A refused Job is tried again, slowly: the quota, the policy or the right that refused it may change.
function started({ refusal }: Snapshot, starts: NewAttempt): Omit<Choice, 'actions'> {
  if (refusal === undefined) return { standing: { is: 'Starting' }, recheck: 5, starts };
  return {
    standing: { is: 'Stalled', reason: 'JobRefused', message: refusal },
    recheck: lookAgainSeconds,
    starts,
  };
}

function markerActions(bucket: BucketFacts, ownership: Ownership, number: number): readonly Action[] {
  const { marker } = bucket;
  if (ownership.kind === 'Ours' && marker !== undefined && marker.highestAttempt >= number) return [];
  return [{ do: 'WriteMarker', highestAttempt: number, phase: 'Running', over: marker?.etag }];
}

const flushes = ({ stage, pod }: AttemptView): boolean =>
  stage.stage === 'Ending' && pod !== undefined && !isOver(pod) && pod.sync?.state === 'Running';

const untilTold = 'the next is made once the pod before it was told to end';

// Of a number that was given up, something came late.
const isToBeEnded = (view: AttemptView): boolean => cameLate(view.entry, view) && stopOf(view).length > 0;

// Whoever still trains will save more: first somebody must have asked it to end, so that restore can wait for what it flushes.
function obstacleTo({ run, strangers }: Snapshot, attempts: readonly AttemptView[]): Choice | undefined {
  if (attempts.some((view) => isToBeEnded(view) || (flushes(view) && view.pod?.deletion === undefined)))
    return { standing: { is: 'Restarting', inSeconds: 1, waitsFor: untilTold }, actions: [], recheck: 1 };
  const stranger = strangers.find(({ endsAt }) => endsAt === undefined);
  if (stranger === undefined) return undefined;
  const pod = `${run.namespace}/${stranger.name}`;
  const message = `pod ${pod} of an earlier run of this name still runs, and the next attempt waits until it ends. If nothing ends it: kubectl delete pod -n ${run.namespace} ${stranger.name}`;
  return { ...stalled('FormerPodRunning', message), recheck: 5 };
}

/** The pod that may still be flushing: the newest that is going away with a node that answers, ours or an earlier run's. */
function predecessorOf(snapshot: Snapshot, attempts: readonly AttemptView[]): NewAttempt['predecessor'] {
  for (const view of attempts) {
    const { stage, pod } = view;
    if (!flushes(view) || pod?.deletion === undefined) continue;
    if (
      (stage.stage === 'Ending' && stage.cause === 'NodeLost') ||
      isGivenUp(pod, { now: snapshot.now, after: snapshot.run.spec.nodeLostAfterSeconds })
    )
      continue;
    return { attempt: { number: pod.attempt, pod: podOf(pod.uid) }, until: pod.deletion.endsAt };
  }
  const flushing = snapshot.strangers.filter((stranger) => stranger.flushes);
  const [newest] = flushing.toSorted((a, b) => b.attempt.number - a.attempt.number);
  return newest?.endsAt === undefined ? undefined : { attempt: newest.attempt, until: newest.endsAt };
}
