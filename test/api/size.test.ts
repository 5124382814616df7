// Sizes as people write them, in bytes.
import { expect, test } from 'vitest';
import { parseSize } from '../../src/api/size.ts';

test.each([
  { size: 1000, want: 1000 },
  { size: '1000', want: 1000 },
  { size: '2k', want: 2000 },
  { size: '40Gi', want: 40 * 2 ** 30 },
  { size: '3M', want: 3_000_000 },
  { size: '1Ti', want: 2 ** 40 },
  { size: '9Ei', want: Number.MAX_SAFE_INTEGER },
])('$size', ({ size, want }) => {
  expect(parseSize(size)).toBe(want);
});
