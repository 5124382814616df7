// spec.activeDeadlineSeconds: how long a run has been at work over all its attempts, and whether that is enough.
// Time without an attempt (suspended, stalled, waiting for its turn) costs nothing.
import { parseTime } from '../time.ts';
import type { Instant, Seconds } from '../units.ts';
import type { Snapshot } from './facts.ts';
import type { AttemptView } from './ledger.ts';
import type { LedgerEntry } from './status.ts';
import { isNewlyEnded } from './budget.ts';

/** How long the run has been at work, up to now. */
export function activeSeconds({ run, now }: Snapshot, seen: readonly AttemptView[]): Seconds {
  const before = run.status?.attempts ?? [];
  const isCounted = ({ number }: LedgerEntry): boolean =>
    before.some((known) => known.number === number && known.endedAt !== undefined);
  const entries = seen.map(({ entry }) => entry);
  const uncounted = entries.map((entry, index) =>
    isCounted(entry) ? 0 : workedSeconds(entry, entries[index - 1], now),
  );
  return uncounted.reduce((sum, seconds) => sum + seconds, run.status?.totals.activeSeconds ?? 0);
}

/** What the attempts that ended in this pass add to the time at work. */
export function newlyActiveSeconds(
  before: readonly LedgerEntry[],
  after: readonly LedgerEntry[],
  now: Instant,
): Seconds {
  return after.reduce(
    (sum, entry, index) =>
      isNewlyEnded(before, entry) ? sum + workedSeconds(entry, after[index - 1], now) : sum,
    0,
  );
}

// A pod on a lost node may linger for ever: its attempt's time is over when the next one's pod is made.
function workedSeconds(entry: LedgerEntry, newer: LedgerEntry | undefined, now: Instant): Seconds {
  const start = timeOf(entry.startedAt);
  if (start === undefined) return 0;
  const end = Math.min(timeOf(entry.endedAt) ?? now, timeOf(newer?.startedAt) ?? now);
  return Math.max(0, Math.floor((end - start) / 1000));
}

const timeOf = (text: string | undefined): Instant | undefined =>
  text === undefined ? undefined : parseTime(text);

/** Why the run must not go on; undefined while its deadline is not reached. */
export function deadlineTrouble(snapshot: Snapshot, seen: readonly AttemptView[]): string | undefined {
  const { activeDeadlineSeconds } = snapshot.run.spec;
  if (activeDeadlineSeconds === undefined) return undefined;
  const active = activeSeconds(snapshot, seen);
  if (active < activeDeadlineSeconds) return undefined;
  return `the run has been at work for activeDeadlineSeconds (${activeDeadlineSeconds} s). Raise or remove it to go on; what is saved stays.`;
}
