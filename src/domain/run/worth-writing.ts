// What a write of status is worth: facts at once, mere progress no more often than people need it. A write costs the API server
// about twice what a new object does, and thousands of runs move on all the time.
import { parseTime } from '../time.ts';
import type { Instant, Seconds } from '../units.ts';
import { stableWords } from '../wording.ts';
import type { RunStatus } from './status.ts';

/** `Facts` must be written now; `Progress` may wait for a better moment; `Nothing` is not worth a write. */
export type Worth = 'Facts' | 'Progress' | 'Nothing';

/** Progress of less than one percent waits so long. */
const progressEverySeconds: Seconds = 60;

/** A sentence that says something else, not only other numbers, waits at most so long. */
const wordsEverySeconds: Seconds = 10;

/** What writing `after` over `before` is worth now. */
export function worthOf(before: RunStatus | undefined, after: RunStatus, now: Instant): Worth {
  if (before === undefined || text(still(before)) !== text(still(after))) return 'Facts';
  if (text(moving(before)) === text(moving(after))) return 'Nothing';
  return isDue(before, after, now) ? 'Progress' : 'Nothing';
}

function isDue(before: RunStatus, after: RunStatus, now: Instant): boolean {
  if (before.progress?.percent !== after.progress?.percent) return true;
  const age = ageOf(before, now);
  return age >= progressEverySeconds || (age >= wordsEverySeconds && wordsOf(before) !== wordsOf(after));
}

function ageOf({ progress }: RunStatus, now: Instant): Seconds {
  const writtenAt = progress === undefined ? undefined : parseTime(progress.observedAt);
  return writtenAt === undefined ? Infinity : (now - writtenAt) / 1000;
}

// While training goes on, the message only repeats progress; the newest entry's endUpdate is progress too.
const isTraining = ({ phase }: RunStatus): boolean => phase === 'Running';

const still = (status: RunStatus): unknown => ({
  ...status,
  progress:
    status.progress === undefined
      ? undefined
      : { plannedUpdates: status.progress.plannedUpdates, source: status.progress.source },
  message: isTraining(status) ? undefined : status.message,
  attempts: status.attempts.map((entry) =>
    entry.cause === undefined ? { ...entry, endUpdate: undefined } : entry,
  ),
});

const moving = (status: RunStatus): unknown => [status.progress?.update, status.message];

const wordsOf = ({ message }: RunStatus): string => stableWords(message);

// Field by field in a fixed order, however the API server sorted them.
const text = (value: unknown): string =>
  JSON.stringify(value, (_key, field: unknown) =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : field,
  );
