// How long to wait before the next attempt: failures and repeated disruptions without a save back off, everything else starts at once.
import type { Seconds } from '../units.ts';
import { timesOf } from './folding.ts';
import { effectOf } from './causes.ts';
import { isIntent } from './ending.ts';
import { madeProgress } from './saved-work.ts';
import type { LedgerEntry } from './status.ts';

const firstDelaySeconds = 10;
export const longestDelaySeconds = 300;

/** The wait after `ended`, the newest entry of `attempts`; `failures` already counts it. */
export function delayAfter(attempts: readonly LedgerEntry[], failures: number): Seconds {
  const newest = attempts[0];
  if (newest?.cause === undefined) return 0;
  switch (effectOf(newest.cause)) {
    case 'Failure':
      return doubling(Math.max(1, failures));
    case 'Disruption':
      return doubling(fruitlessDisruptions(attempts) - 1);
    default:
      // It is known at once; only what undoes it over and over again is waited for.
      if (newest.cause === 'NumberGivenUp') return doubling(repeats(attempts) - 1);
      return isIntent(newest.cause) ? 0 : doubling(repeats(attempts));
  }
}

/** How many of the newest attempts in a row were disrupted without saving beyond their own start. */
export function fruitlessDisruptions(attempts: readonly LedgerEntry[]): number {
  const end = attempts.findIndex(
    (entry) => entry.cause === undefined || effectOf(entry.cause) !== 'Disruption' || madeProgress(entry),
  );
  return end < 0 ? attempts.length : end;
}

/** How many of the newest attempts in a row ended for the same cause. */
export function repeats(attempts: readonly LedgerEntry[]): number {
  const end = attempts.findIndex(({ cause }) => cause !== attempts[0]?.cause);
  const alike = end < 0 ? attempts : attempts.slice(0, end);
  return alike.reduce((times, entry) => times + timesOf(entry), 0);
}

/** 0 for none, then 10 s, doubling to 5 min. */
function doubling(times: number): Seconds {
  if (times <= 0) return 0;
  return Math.min(longestDelaySeconds, firstDelaySeconds * 2 ** Math.min(times - 1, 10));
}
