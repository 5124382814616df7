// Figures and foreign text as a person reads them.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatBytes } from '../../src/domain/size.ts';
import { describePace, formatAge, formatCount, plain } from '../../src/cli/words.ts';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.00 kB'],
  [999_499, '999 kB'],
  [999_500, '1.00 MB'],
  [5_394_161_632, '5.39 GB'],
  [7_000_000_000_000_000_000, '7.00 EB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [336_000_000, '336,000,000'],
  [20.5, '20.5'],
])('%d is counted %s', (count, text) => {
  expect(formatCount(count)).toBe(text);
});

test.each([
  [-5, '0s'],
  [59, '59s'],
  [90_000, '25h0m'],
  [3 * 86_400, '3d'],
])('%d seconds old is %s', (seconds, text) => {
  expect(formatAge(0, seconds * 1000)).toBe(text);
});

test.each([
  [1_000_000, 2000, '2.0s (500 kB/s)'],
  [1_000_000_000, 90_000, '1m30s (11.1 MB/s)'],
  [0, 0, '0.0s'],
])('%d bytes in %d ms: %s', (bytes, milliseconds, text) => {
  expect(describePace(bytes, milliseconds)).toBe(text);
});

test('no text makes a terminal do anything', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(plain(text)).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
    }),
  );
  expect(plain('model\u001b[2J\u202e.pt\n')).toBe('model\\u{1b}[2J\\u{202e}.pt\\u{a}');
  expect(plain('Stimmbänder 声音.pt')).toBe('Stimmbänder 声音.pt');
});
