// Whether a status differs enough from the last to cost a write: facts at once, mere progress at most every few seconds.
import { parseTime } from '../time.ts';
import type { Instant, Seconds } from '../units.ts';
import type { RunStatus } from './status.ts';

/** The least time between two writes that only move progress on. */
const progressEverySeconds: Seconds = 10;

/** True when `after` must be written now. */
export function isWorthWriting(before: RunStatus | undefined, after: RunStatus, now: Instant): boolean {
  if (before === undefined) return true;
  if (text(still(before)) !== text(still(after))) return true;
  if (text(moving(before)) === text(moving(after))) return false;
  const writtenAt = before.progress === undefined ? undefined : parseTime(before.progress.observedAt);
  return writtenAt === undefined || now - writtenAt >= progressEverySeconds * 1000;
}

// While training goes on, the message only repeats progress; the newest entry's endUpdate is progress too.
const isTraining = ({ phase }: RunStatus): boolean => phase === 'Running';

const still = (status: RunStatus): unknown => ({
  ...status,
  progress: status.progress === undefined ? undefined : { plannedUpdates: status.progress.plannedUpdates },
  message: isTraining(status) ? undefined : status.message,
  attempts: status.attempts.map((entry) =>
    entry.cause === undefined ? { ...entry, endUpdate: undefined } : entry,
  ),
});

const moving = (status: RunStatus): unknown => [status.progress?.update, status.message];

// Field by field in a fixed order, however the API server sorted them.
const text = (value: unknown): string =>
  JSON.stringify(value, (_key, field: unknown) =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : field,
  );
