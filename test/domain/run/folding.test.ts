// A store that is away all night: one row of the ledger, with the history before it kept and the waits as long as ever.
import { describe, expect, test } from 'vitest';
import { delayAfter } from '../../../src/domain/run/delay.ts';
import { type LedgerEntry, ledgerLimit } from '../../../src/domain/run/status.ts';
import {
  ended,
  jobOfAttempt,
  passOver,
  type RunTale,
  statusWith,
  timeAgo,
} from '../../support/run-snapshots.ts';

const away = (number: number, facts: Partial<LedgerEntry> = {}): LedgerEntry =>
  ended(number, 'StoreUnavailable', {
    message: 'StoreUnavailable: no answer',
    endedAt: timeAgo(1000),
    ...facts,
  });
const evicted = ended(1, 'Evicted', { savedUpdate: 30, endUpdate: 35 });

const after = (attempts: readonly LedgerEntry[], tale: RunTale = {}): readonly LedgerEntry[] =>
  passOver({ status: statusWith(attempts), bucket: [{ number: 1, last: [30] }], ...tale }).status.attempts;

describe('the ledger', () => {
  test('has one row for attempts that ended alike before a trainer ran, and says for how many', () => {
    expect(after([away(3), away(2), evicted])).toMatchObject([
      { number: 4 },
      { number: 3, cause: 'StoreUnavailable', repeats: 2 },
      { number: 1, cause: 'Evicted' },
    ]);
  });

  test('keeps the history however long the store is away', () => {
    let attempts: readonly LedgerEntry[] = [away(2), evicted];
    for (let night = 0; night < 100; night += 1) {
      const [fresh, ...rest] = after(attempts);
      attempts = [away(fresh?.number ?? 0), ...rest];
    }
    expect(attempts).toHaveLength(3);
    expect(attempts.at(-1)).toMatchObject({ number: 1, cause: 'Evicted' });
    expect(attempts).toMatchObject([{ number: 102 }, { number: 101, repeats: 100 }, { number: 1 }]);
  });

  test.each<{ name: string; attempts: readonly LedgerEntry[] }>([
    { name: 'other causes', attempts: [away(3), ended(2, 'AgentFailed'), evicted] },
    { name: 'an attempt that saved something', attempts: [away(3), away(2, { savedUpdate: 40 }), evicted] },
    {
      name: 'failures, which are counted one by one',
      attempts: [ended(3, 'TrainerFailed'), ended(2, 'TrainerFailed')],
    },
  ])('keeps apart $name', ({ attempts }) => {
    expect(after(attempts).length).toBeGreaterThanOrEqual(attempts.length);
    expect(after(attempts).filter(({ repeats }) => repeats !== undefined)).toEqual([]);
  });

  test('keeps the row of a Job that is still to be tidied', () => {
    const jobs = [jobOfAttempt(2, { hasTtl: false })];
    expect(after([away(3), away(2)], { jobs })).toMatchObject([{ number: 4 }, { number: 3 }, { number: 2 }]);
  });

  test('stays within its limit', () => {
    const attempts = Array.from({ length: ledgerLimit }, (_, index) => ended(40 - index, 'Evicted'));
    expect(after([away(41), ...attempts].slice(0, ledgerLimit))).toHaveLength(ledgerLimit);
  });
});

test('the wait goes by the attempts, not by the rows', () => {
  expect(delayAfter([away(3)], 0)).toBe(10);
  expect(delayAfter([away(4, { repeats: 3 }), evicted], 0)).toBe(40);
  expect(delayAfter([away(5), away(4, { repeats: 3 }), evicted], 0)).toBe(80);
});

test('the message says how often, and whose credentials were refused', () => {
  const message = 'StoreAccessDenied: InvalidAccessKeyId';
  const attempts = [away(4, { message, endedAt: timeAgo(1) }), away(3, { repeats: 2 })];
  const { status } = passOver({ status: statusWith(attempts), bucket: [] });
  expect(status.message).toContain(
    'its credentials are those of Secret voice/reprise-store; 3 attempts in a row have ended so',
  );
});
