// Storms over whole stores on a real S3 server: see test/operator/sweep/store-storm.test.ts. The bucket is real, the cluster a fake.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runs } from '../support/counts.ts';
import { describeWith } from '../support/requirement.ts';
import { serverSite } from '../support/storm/storm-server.ts';
import { StoreStorm } from '../support/storm/store-storm.ts';
import { missingVersitygw, startVersitygw, type Versitygw } from '../support/versitygw.ts';

const storms = runs(3, 12);
const moves = 20;

describeWith(missingVersitygw, 'versitygw', () => {
  let server: Versitygw;
  beforeAll(async () => {
    server = await startVersitygw();
  });
  afterAll(async () => {
    await server.close();
  });

  test('nothing goes that a naive reading keeps', async () => {
    const lived = { passes: 0, removed: 0 };
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const { judge } = await StoreStorm.rage(seed, moves, await serverSite(server));
        const { byPolicy, byWish } = judge.left.removed;
        lived.passes += judge.runs.passes + judge.left.passes;
        lived.removed += judge.runs.removed + byPolicy + byWish;
        expect(judge.violations).toEqual([]);
      }),
      { numRuns: storms, endOnFailure: true },
    );
    // Else the property says nothing.
    expect(lived.passes).toBeGreaterThan(storms * 50);
    expect(lived.removed).toBeGreaterThan(runs(0, storms));
  });
});
