// Durations as people write them: a unit is never guessed.
import { expect, test } from 'vitest';
import { parseDuration } from '../../src/cli/duration.ts';

test.each([
  ['90s', 90],
  ['10m', 600],
  ['2h', 7200],
  ['1h30m', 5400],
  ['1h0m5s', 3605],
  ['0s', 0],
])('%s is %i seconds', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});

test.each(['', '10', 'h', '1.5h', '-1m', '30s1m', '1d', ' 1m', '99999h', '1m '])('"%s" is none', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});
