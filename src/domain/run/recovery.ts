// When an attempt stopped training, and which attempts go on where another was stopped against its will.
import { parseTime } from '../time.ts';
import type { Instant } from '../units.ts';
import { type Cause, effectOf } from './causes.ts';
import { isIntent } from './ending.ts';
import type { PodFacts } from './facts.ts';
import type { LedgerEntry } from './status.ts';

/** When its training stopped: its deletion was asked for or its trainer ended, whichever came first; undefined when nobody saw. */
export function stoppedAt({ deletion, trainer, createdAt }: PodFacts): Instant | undefined {
  const signs = [deletion?.requestedAt, trainer?.finishedAt].filter((sign) => sign !== undefined);
  return signs.length === 0 ? undefined : Math.max(createdAt, Math.min(...signs));
}

/** The same as it stands in the ledger; where nobody saw it, when the end was seen. */
export function stopOf({ stoppedAt: stopped, endedAt }: LedgerEntry): Instant | undefined {
  const text = stopped ?? endedAt;
  return text === undefined ? undefined : parseTime(text);
}

/** The attempt after which this one was made. A number that was given up is passed over: nothing came to its end. */
export const entryBefore = (number: number, attempts: readonly LedgerEntry[]): LedgerEntry | undefined =>
  attempts.find((entry) => entry.number < number && entry.cause !== 'NumberGivenUp');

/** When the run was interrupted so that this attempt had to be made; undefined for a first start, and after our own or a person's stop. */
export function interruptionBefore(
  { number, startedAt }: Pick<LedgerEntry, 'number' | 'startedAt'>,
  attempts: readonly LedgerEntry[],
): Instant | undefined {
  const before = entryBefore(number, attempts);
  if (before?.cause === undefined || !isInterruption(before.cause)) return undefined;
  const stop = stopOf(before);
  const start = startedAt === undefined ? undefined : parseTime(startedAt);
  // Where nobody saw when it stopped, its end may have been seen long after the next was made.
  return stop === undefined || start === undefined ? stop : Math.min(stop, start);
}

// What waits for a person, or was stopped because somebody wanted it, is no interruption: the time until the next start is theirs.
function isInterruption(cause: Cause): boolean {
  const effect = effectOf(cause);
  return effect === 'Disruption' || effect === 'Failure' || (effect === 'Free' && !isIntent(cause));
}
