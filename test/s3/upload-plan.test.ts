// How an upload is cut: S3's rules kept, memory bounded, slow rates spread thin.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/s3/limits.ts';
import { planUpload } from '../../src/s3/upload-plan.ts';

const MiB = 1024 * 1024;
const { partBytes: usual } = defaultLimits;

test.each([
  ['1 MB', 1_000_000, usual],
  ['a Base checkpoint', 5_394_161_632, usual],
  ['10,000 parts exactly', 10_000 * usual, usual],
  ['one byte more', 10_000 * usual + 1, usual + MiB],
  ['5 TiB', 5 * 1024 ** 4, 525 * MiB],
])('the parts of %s', (_, size, want) => {
  const { partBytes, lanes } = planUpload(size, defaultLimits, undefined);
  expect(partBytes).toBe(want);
  expect(Math.ceil(size / want)).toBeLessThanOrEqual(10_000);
  expect(lanes).toBeGreaterThanOrEqual(1);
});

const size = fc.integer({ min: 1, max: 5 * 1024 ** 4 });
const rate = fc.integer({ min: 64 * 1024, max: 4 * 1024 ** 3 });

const keepsTheRules = (bytes: number, most: number): void => {
  const { partBytes, lanes, sliceBytes } = planUpload(bytes, defaultLimits, most);
  expect(partBytes).toBeGreaterThanOrEqual(5 * MiB);
  expect(Math.ceil(bytes / partBytes)).toBeLessThanOrEqual(10_000);
  expect(lanes * partBytes).toBeLessThanOrEqual(Math.max(defaultLimits.bufferBytes, partBytes));
  // every lane gets a slice long before its connection counts as idle
  expect((lanes * sliceBytes * 1000) / most).toBeLessThan(defaultLimits.idleMilliseconds / 4);
};

test('any upload at any rate keeps the rules of parts and of memory', () => {
  fc.assert(fc.property(size, rate, keepsTheRules));
});

describe('a part', () => {
  test('is given the time its share of the rate takes', () => {
    const { partBytes, lanes, pacedMilliseconds } = planUpload(1024 ** 3, defaultLimits, MiB);
    expect({ partBytes, lanes }).toEqual({ partBytes: 5 * MiB, lanes: 1 });
    expect(pacedMilliseconds).toBe(5000);
  });
});
