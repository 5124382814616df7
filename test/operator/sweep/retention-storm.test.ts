// Storms over retention: fuzzed histories, rules, policies, pins, clocks, stores and operators, from seeds that a failure prints. What
// the real passes remove is judged at once by a naive reading, and nothing goes that it would keep, nor before the grace, nor without
// approval, nor by an operator that does not lead; the newest resume point of every run survives.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RetentionStorm } from '../../support/storm/retention-storm.ts';
import { nightly, runs } from '../../support/counts.ts';

/** In each of the parts, so that none takes too long. */
const storms = runs(5, 180);
const moves = 150;

test.each([1, 2, 3, 4, 5])('nothing is removed that a naive reading keeps (part %d of 5)', async () => {
  const lived = { passes: 0, removed: 0, approved: 0 };
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const { judge } = await RetentionStorm.rage(seed, moves);
      lived.passes += judge.passes;
      lived.removed += judge.removed;
      lived.approved += judge.approved;
      expect(judge.violations).toEqual([]);
    }),
    { numRuns: storms, endOnFailure: true },
  );
  // Else the property says nothing.
  expect(lived.passes).toBeGreaterThan(storms * 50);
  expect(lived.removed).toBeGreaterThan(runs(0, storms));
  expect(nightly && lived.approved === 0).toBe(false);
});
