// spec.suspend: whether the attempt is ended now, or first gets to save what it has trained since. What is asked for is never
// forgotten: when it was asked stands in status.
import { parseTime } from '../time.ts';
import type { Instant } from '../units.ts';
import type { Snapshot } from './facts.ts';
import { savedAt } from './hang.ts';
import type { AttemptView } from './ledger.ts';
import { survivingUpdate } from './saved-work.ts';

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
  return hasSaved || snapshot.now >= until || hasNothingUnsaved(snapshot, newest) ? undefined : until;
}

function hasNothingUnsaved({ sight }: Snapshot, { entry }: AttemptView): boolean {
  if (sight?.attempt !== entry.number || !sight.heard) return false;
  const seen = sight.update ?? entry.endUpdate;
  return seen === undefined || seen <= survivingUpdate(entry);
}
