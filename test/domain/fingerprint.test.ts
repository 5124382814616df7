import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fingerprintOf } from '../../src/domain/fingerprint.ts';
import { runs } from '../support/counts.ts';

const reordered = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, field]) => [name, reordered(field)]),
  );
};

const numRuns = { numRuns: runs(300, 20_000) };

test('the order of keys and absent fields do not matter', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const fingerprint = fingerprintOf(value);
      expect(fingerprint).toMatch(/^[0-9a-f]{16}$/);
      expect(fingerprintOf(reordered(value))).toBe(fingerprint);
    }),
    numRuns,
  );
  expect(fingerprintOf({ a: 1, b: undefined })).toBe(fingerprintOf({ a: 1 }));
});

test('different values have different fingerprints', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      fc.pre(JSON.stringify(reordered(a)) !== JSON.stringify(reordered(b)));
      fc.pre(JSON.stringify(sorted(a)) !== JSON.stringify(sorted(b)));
      expect(fingerprintOf(a)).not.toBe(fingerprintOf(b));
    }),
    numRuns,
  );
});

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return fields.map(([name, field]) => [name, sorted(field)]);
};

test.each([
  [['a', 'b'], ['ab']],
  [{ a: 'b,c' }, { a: 'b', c: undefined }],
  [
    [1, 2],
    [2, 1],
  ],
  ['1', 1],
  [null, 'null'],
  [{}, []],
])('%j is not %j', (a, b) => {
  expect(fingerprintOf(a)).not.toBe(fingerprintOf(b));
});
