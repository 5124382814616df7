// spec.suspend: whether the attempt is ended now, or first gets to save what it has trained since. What is asked for is never
// forgotten: when it was asked stands in status.
import { parseTime } from '../time.ts';
import type { Instant, Seconds } from '../units.ts';
import type { Snapshot } from './facts.ts';
import { savedAt } from './hang.ts';
import type { AttemptView } from './ledger.ts';

/** Training of less time than this is not worth a wait for the next save. */
export const littleToLoseSeconds: Seconds = 30;

/** True once nothing of the newest attempt runs any more. */
export function standsStill([newest]: readonly AttemptView[]): boolean {
  const stage = newest?.stage.stage;
  return stage === undefined || stage === 'Absent' || stage === 'Ended';
}

/** When the suspension was asked for: in this pass, if status does not say. */
export function suspensionAskedAt({ run, now }: Snapshot): Instant {
  const asked = run.status?.suspendRequestedAt;
  return (asked === undefined ? undefined : parseTime(asked)) ?? now;
}

/** Until when a suspension waits for the attempt's next save; undefined when it need not wait. */
export function suspensionWaitsUntil(snapshot: Snapshot, newest: AttemptView): Instant | undefined {
  const { suspendMode, suspendDeadlineSeconds } = snapshot.run.spec;
  if (suspendMode === 'Now' || newest.stage.stage !== 'Training') return undefined;
  const asked = suspensionAskedAt(snapshot);
  const until = asked + suspendDeadlineSeconds * 1000;
  const saved = savedAt(snapshot, newest);
  const hasSaved = saved !== undefined && saved > asked;
  return hasSaved || snapshot.now >= until || hasJustBegun(snapshot, newest) ? undefined : until;
}

// That nothing is unsaved can be told of no trainer that runs: its log comes in pieces of 16 KB and lags behind, and sync sees
// files alone. One that began just now has no more to lose than the time since.
const hasJustBegun = ({ now }: Snapshot, { pod }: AttemptView): boolean =>
  pod?.trainer?.startedAt !== undefined && now - pod.trainer.startedAt < littleToLoseSeconds * 1000;
