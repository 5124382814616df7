// Attempts that ended one like the other before any trainer ran share a row of the ledger: a night without the store must not push
// the history of the run out of it. Only ends that cost nothing are folded, and none whose Job is still to be tidied.
import type { Cause } from './causes.ts';
import { stopReason } from './ending.ts';
import type { AttemptView } from './ledger.ts';
import type { LedgerEntry } from './status.ts';

const foldable: readonly (Cause | undefined)[] = [
  'StoreUnavailable',
  'AgentFailed',
  'RestoreStopped',
  'TrainerNotStarted',
  'NumberGivenUp',
] satisfies Cause[];

/** True for an end that may come over and over again before a trainer runs. */
export const isRepeatable = (cause: Cause | undefined): boolean => foldable.includes(cause);

/** The same attempts, newest first, the second folded into the first where both ended alike. */
export function foldRepeats(attempts: readonly AttemptView[]): readonly AttemptView[] {
  const [newest, before, ...older] = attempts;
  if (newest === undefined || before === undefined || !isAlike(newest.entry, before.entry)) return attempts;
  if (before.job !== undefined && !before.job.hasTtl) return attempts;
  const repeats = timesOf(newest.entry) + timesOf(before.entry);
  return [{ ...newest, entry: { ...newest.entry, repeats } }, ...older];
}

const isAlike = (a: LedgerEntry, b: LedgerEntry): boolean =>
  isRepeatable(a.cause) && a.cause === b.cause && stopIn(a) === stopIn(b) && [a, b].every(isBare);

/** Restore stops for many reasons: only the same one is the same end. */
const stopIn = (entry: LedgerEntry): string => (entry.cause === 'RestoreStopped' ? stopReason(entry) : '');

const isBare = ({ endedAt, endUpdate, savedUpdate }: LedgerEntry): boolean =>
  endedAt !== undefined && endUpdate === undefined && savedUpdate === undefined;

/** How many attempts a row stands for. */
export const timesOf = ({ repeats }: LedgerEntry): number => repeats ?? 1;
