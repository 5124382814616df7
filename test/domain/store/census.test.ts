import { expect, test } from 'vitest';
import { doubtOf } from '../../../src/domain/store/census.ts';

test.each([
  { what: 'the first list', before: undefined, now: 0, isDoubted: false },
  { what: 'more runs', before: 100, now: 120, isDoubted: false },
  { what: 'half of them gone', before: 100, now: 50, isDoubted: false },
  { what: 'more than half of them gone', before: 100, now: 49, isDoubted: true },
  { what: 'all of few gone', before: 10, now: 0, isDoubted: false },
  { what: 'all of some gone', before: 11, now: 0, isDoubted: true },
])('$what', ({ before, now, isDoubted }) => {
  expect(doubtOf(before, now) !== undefined).toBe(isDoubted);
});
