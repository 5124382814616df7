// Storms over whole stores: runs and namespaces that come and go, policies for what they leave and for all there is, sweeps, plans and two
// operators, from seeds that a failure prints. Whatever goes is judged at once by a naive reading: see retention-storm.test.ts.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '../../support/counts.ts';
import { StoreStorm } from '../../support/storm/store-storm.ts';

const parts = [1, 2, 3, 4, 5];
/** In each of the parts, so that none takes too long. */
const storms = runs(4, 60);
const moves = 40;

/** By all of them. */
const lived = { storms: 0, passes: 0, removed: 0, evicted: 0, byPolicy: 0, byWish: 0 };

test.each(parts)(`nothing goes that a naive reading keeps (part %d of ${parts.length})`, async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const { judge } = await StoreStorm.rage(seed, moves);
      lived.storms += 1;
      lived.passes += judge.runs.passes + judge.left.passes;
      lived.removed += judge.runs.removed;
      lived.evicted += judge.runs.evicted;
      lived.byPolicy += judge.left.removed.byPolicy;
      lived.byWish += judge.left.removed.byWish;
      expect(judge.violations).toEqual([]);
    }),
    { numRuns: storms, endOnFailure: true },
  );
});

// Else the property says nothing.
test('of all ways to go something went', () => {
  expect(lived.passes).toBeGreaterThan(lived.storms * 100);
  expect(lived.removed).toBeGreaterThan(lived.storms);
  expect(lived.evicted).toBeGreaterThan(0);
  expect(lived.byPolicy).toBeGreaterThan(0);
  expect(lived.byWish).toBeGreaterThan(0);
});
