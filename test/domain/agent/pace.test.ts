// How fast an upload may go.
import { expect, test } from 'vitest';
import { paceOf } from '../../../src/domain/agent/pace.ts';

test.each([
  { name: 'no limit is no limit', limit: null, bytes: 1000, secondsLeft: 1, want: undefined },
  { name: 'while the trainer lives', limit: 10, bytes: 1e9, secondsLeft: Infinity, want: 10 },
  { name: 'with time enough', limit: 100, bytes: 1000, secondsLeft: 20, want: 100 },
  { name: 'with too little time', limit: 10, bytes: 1000, secondsLeft: 20, want: 100 },
  { name: 'with none', limit: 10, bytes: 1000, secondsLeft: -5, want: 2000 },
])('$name', ({ limit, bytes, secondsLeft, want }) => {
  expect(paceOf({ limit, bytes, secondsLeft })).toBe(want);
});
