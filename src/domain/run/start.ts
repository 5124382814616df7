// Whether the next attempt may start now and from what; else the sentence that says why not. No Job is made on half knowledge.
import { parseRunObject, podOf } from '../bucket/keys.ts';
import { planResume, type ResumePlan } from '../bucket/resume.ts';
import type { Action, Choice, NewAttempt } from './decision.ts';
import type { BucketFacts, Snapshot } from './facts.ts';
import type { AttemptView } from './ledger.ts';
import { nextNumber, ownershipOf, type Ownership } from './marker.ts';

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
  const { store, bucket, run } = snapshot;
  if (store.kind === 'Unready') return stalled(store.reason, store.message);
  if (bucket.kind === 'Unreadable') return stalled(bucket.reason, bucket.message);
  const ownership = ownershipOf(snapshot, bucket.facts);
  if (ownership.kind === 'Refused') return stalled(ownership.reason, ownership.message);
  const plan = resumePlan(snapshot, bucket.facts);
  if (plan.kind === 'Stop') return stalled(plan.reason, plan.message);
  const attempt: NewAttempt = {
    number: reserved ?? nextNumber(snapshot, bucket.facts),
    expected: plan.kind === 'From' ? plan.candidates[0] : undefined,
    predecessor: predecessorOf(snapshot, attempts),
  };
  return {
    ...started(snapshot, attempt),
    actions: [...markerActions(bucket.facts, ownership, attempt.number), { do: 'CreateJob', attempt }],
    ...(ownership.kind === 'Adopts' && run.uid !== ownership.formerUid
      ? { adopts: ownership.formerUid }
      : {}),
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

function resumePlan({ run }: Snapshot, bucket: BucketFacts): ResumePlan {
  const known = run.status?.resumePoint;
  const object =
    known === undefined ? undefined : parseRunObject(known.key.slice(bucket.inventory.prefix.length));
  const expected = object?.is === 'Checkpoint' ? object : undefined;
  return planResume({
    runUid: run.uid,
    markerUid: run.uid,
    inventory: bucket.inventory,
    origins: bucket.origins,
    expected,
  });
}

function markerActions(bucket: BucketFacts, ownership: Ownership, number: number): readonly Action[] {
  const { marker } = bucket;
  if (ownership.kind === 'Ours' && marker !== undefined && marker.highestAttempt >= number) return [];
  return [{ do: 'WriteMarker', highestAttempt: number, phase: 'Running', over: marker?.etag }];
}

/** The pod that may still be flushing: the newest that is going away with a node that answers, ours or an earlier run's. */
function predecessorOf({ strangers }: Snapshot, attempts: readonly AttemptView[]): NewAttempt['predecessor'] {
  for (const { stage, pod } of attempts) {
    if (stage.stage !== 'Ending' || stage.cause === 'NodeLost' || pod?.deletion === undefined) continue;
    return { attempt: { number: pod.attempt, pod: podOf(pod.uid) }, until: pod.deletion.endsAt };
  }
  const stranger = strangers.toSorted((a, b) => b.attempt.number - a.attempt.number)[0];
  return stranger?.endsAt === undefined ? undefined : { attempt: stranger.attempt, until: stranger.endsAt };
}
