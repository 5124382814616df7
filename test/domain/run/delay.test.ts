// How long the next attempt waits.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { causes } from '../../../src/domain/run/causes.ts';
import { delayAfter, fruitlessDisruptions, longestDelaySeconds } from '../../../src/domain/run/delay.ts';
import type { LedgerEntry } from '../../../src/domain/run/status.ts';
import { runs } from '../../support/counts.ts';
import { ended } from '../../support/run-snapshots.ts';

const saved = { savedUpdate: 10 };
/** A ledger of these causes, newest first. */
const ledger = (
  ...ends: readonly (LedgerEntry['cause'] | readonly [LedgerEntry['cause'], Partial<LedgerEntry>])[]
) =>
  ends.map((told, index) => {
    const [cause, facts] = Array.isArray(told)
      ? (told as [LedgerEntry['cause'], Partial<LedgerEntry>])
      : [told as LedgerEntry['cause'], {}];
    return ended(ends.length - index, cause, facts);
  });

test.each<{ name: string; attempts: readonly LedgerEntry[]; failures?: number; want: number }>([
  { name: 'the first disruption', attempts: ledger('Evicted'), want: 0 },
  { name: 'a disruption after one that saved', attempts: ledger('Evicted', ['PodDeleted', saved]), want: 0 },
  {
    name: 'a disruption that saved, however many before it',
    attempts: ledger(['Evicted', saved], 'Evicted', 'Evicted'),
    want: 0,
  },
  { name: 'the second in a row without a save', attempts: ledger('Evicted', 'NodeLost'), want: 10 },
  { name: 'the third', attempts: ledger('Evicted', 'NodeLost', 'Preempted'), want: 20 },
  {
    name: 'a failure between starts the row anew',
    attempts: ledger('Evicted', 'TrainerFailed', 'Evicted'),
    failures: 1,
    want: 0,
  },
  { name: 'the first failure', attempts: ledger('TrainerFailed'), failures: 1, want: 10 },
  { name: 'a failure that saved', attempts: ledger(['TrainerFailed', saved]), failures: 0, want: 10 },
  { name: 'the second failure', attempts: ledger('OutOfMemory', 'TrainerFailed'), failures: 2, want: 20 },
  { name: 'the sixth failure', attempts: ledger('TrainerFailed'), failures: 6, want: 300 },
  { name: 'the thousandth failure', attempts: ledger('TrainerFailed'), failures: 1000, want: 300 },
  { name: 'the store was away', attempts: ledger('StoreUnavailable'), want: 10 },
  { name: 'the store was away again', attempts: ledger('StoreUnavailable', 'StoreUnavailable'), want: 20 },
  {
    name: 'the agent died after the store was away',
    attempts: ledger('AgentFailed', 'StoreUnavailable'),
    want: 10,
  },
  { name: 'a number that was given up', attempts: ledger('NumberGivenUp', 'Evicted'), want: 0 },
  {
    name: 'the third in a row',
    attempts: ledger('NumberGivenUp', 'NumberGivenUp', 'NumberGivenUp'),
    want: 20,
  },
  { name: 'a suspension', attempts: ledger('Suspended', 'Suspended'), want: 0 },
  { name: 'a replacement', attempts: ledger('Replaced', 'Replaced', 'Replaced'), want: 0 },
  { name: 'no attempt at all', attempts: [], want: 0 },
  { name: 'an attempt that has not ended', attempts: [{ number: 1 }], want: 0 },
])('$name waits $want s', ({ attempts, failures = 0, want }) => {
  expect(delayAfter(attempts, failures)).toBe(want);
});

const entries = fc.array(
  fc.record({
    number: fc.nat(),
    cause: fc.constantFrom(...causes),
    savedUpdate: fc.constantFrom(undefined, 10),
  }),
  { maxLength: 20 },
);

test('no wait is longer than the longest, and none is a fraction', () => {
  fc.assert(
    fc.property(entries, fc.nat({ max: 2000 }), (attempts, failures) => {
      const delay = delayAfter(attempts, failures);
      expect(delay).toBeLessThanOrEqual(longestDelaySeconds);
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(Number.isInteger(delay)).toBe(true);
    }),
    { numRuns: runs(500, 20_000) },
  );
});

test('one more fruitless disruption never waits less', () => {
  fc.assert(
    fc.property(entries, (attempts) => {
      const more = [{ number: 99, cause: 'Evicted' as const }, ...attempts];
      expect(fruitlessDisruptions(more)).toBe(fruitlessDisruptions(attempts) + 1);
      expect(delayAfter([...more], 0)).toBeLessThanOrEqual(
        delayAfter([{ number: 100, cause: 'NodeLost' }, ...more], 0),
      );
    }),
    { numRuns: runs(300, 10_000) },
  );
});
