// Fuzzed buckets, rules, pins, clocks and troubles through the real planner and the real deletion: nothing goes that a naive reading would
// keep, or that was not condemned for the whole grace.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CollectionTale, collectionTales, hasty, type PassResult } from '../../support/collection-tale.ts';
import { runs } from '../../support/counts.ts';
import { lineageOf, nameOf } from '../../support/tale-checkpoints.ts';

test('nothing goes but what was condemned at every pass of the grace, and the newest resume point never', async () => {
  let deleted = 0;
  await fc.assert(
    fc.asyncProperty(collectionTales, async ({ tales, passes }) => {
      const collection = new CollectionTale(tales);
      const results: PassResult[] = [];
      for (const pass of passes) results.push(await collection.pass(pass));
      expect(hasty(results)).toEqual([]);
      const gone = new Set(results.flatMap((result) => [...result.gone]));
      deleted += gone.size;
      const isAnyBad = tales.some(({ skipped = [] }) => skipped.length > 0);
      const [newest] = lineageOf(tales).map(nameOf);
      expect(isAnyBad || newest === undefined || !gone.has(newest)).toBe(true);
    }),
    { numRuns: runs(200, 10_000) },
  );
  // Else the property says nothing.
  expect(deleted).toBeGreaterThan(50);
});
