import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatTime, parseTime } from '../../src/domain/time.ts';
import { runs } from '../support/counts.ts';

const instant = fc.integer({
  min: Date.parse('1970-01-01T00:00:00Z'),
  max: Date.parse('2399-12-31T23:59:59Z'),
});

test('times are written as the platform writes them, in whole seconds', () => {
  fc.assert(
    fc.property(instant, (at) => {
      expect(formatTime(at)).toBe(`${new Date(at).toISOString().slice(0, 19)}Z`);
    }),
    { numRuns: runs(1000, 100_000) },
  );
});

test('times are read as the platform reads them', () => {
  fc.assert(
    fc.property(instant, (at) => {
      expect(parseTime(new Date(at).toISOString())).toBe(at);
    }),
    { numRuns: runs(1000, 100_000) },
  );
});

test.each([
  ['2026-11-22T10:15:30.123456Z', Date.parse('2026-11-22T10:15:30.123Z')],
  ['2024-02-29T00:00:00Z', Date.parse('2024-02-29T00:00:00Z')],
  ['2026-02-29T00:00:00Z', undefined],
  ['2026-13-01T00:00:00Z', undefined],
  ['2026-11-22T24:00:00Z', undefined],
  ['2026-11-22T10:15:61Z', undefined],
  ['2026-11-22 10:15:30', undefined],
  ['2026-11-22T10:15:30+01:00', undefined],
  ['', undefined],
])('%j is %j', (text, want) => {
  expect(parseTime(text)).toBe(want);
});
