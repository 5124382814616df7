import { expect, test } from 'vitest';
import {
  dayOf,
  mostTold,
  oldestKeptDay,
  withDeletions,
  withoutDeletions,
} from '../../../src/domain/bucket/deletion-log.ts';

const empty = { deletions: [], more: { count: 0, bytes: 0 } };
const entry = (key: string, sizeBytes = 1) => ({ key, sizeBytes });

test('a day is a day in UTC, and ninety of them are kept', () => {
  expect(dayOf(Date.UTC(2026, 10, 22, 23, 59))).toBe('2026-11-22');
  expect(oldestKeptDay(Date.UTC(2026, 10, 22, 12))).toBe('2026-08-24');
});

test('what is asked for again is told once, as it came last', () => {
  const log = withDeletions(withDeletions(empty, [entry('a'), entry('b')]), [entry('a', 2)]);
  expect(log.deletions).toEqual([entry('b'), entry('a', 2)]);
});

test('a log tells so many one by one, and of the rest how much it was', () => {
  const many = Array.from({ length: mostTold + 3 }, (_, n) => entry(`k${n}`, 2));
  const log = withDeletions(empty, many);
  expect(log.deletions).toHaveLength(mostTold);
  expect(log.more).toEqual({ count: 3, bytes: 6 });
  expect(withDeletions(log, [entry('x', 5)]).more).toEqual({ count: 4, bytes: 11 });
});

test('what stayed is taken back', () => {
  expect(withoutDeletions(withDeletions(empty, [entry('a'), entry('b')]), new Set(['a'])).deletions).toEqual([
    entry('b'),
  ]);
});
