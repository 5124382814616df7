// Storms over retention on a real S3 server: see test/operator/sweep/retention-storm.test.ts. The bucket is real, the cluster a fake.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runs } from '../support/counts.ts';
import { describeWith } from '../support/requirement.ts';
import { RetentionStorm } from '../support/storm/retention-storm.ts';
import { serverSite } from '../support/storm/storm-server.ts';
import { missingVersitygw, startVersitygw, type Versitygw } from '../support/versitygw.ts';

const storms = runs(2, 14);
const moves = 150;

describeWith(missingVersitygw, 'versitygw', () => {
  let server: Versitygw;
  beforeAll(async () => {
    server = await startVersitygw();
  });
  afterAll(async () => {
    await server.close();
  });

  test('nothing is removed that a naive reading keeps', async () => {
    const lived = { passes: 0, removed: 0 };
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const { judge } = await RetentionStorm.rage(seed, moves, await serverSite(server));
        lived.passes += judge.passes;
        lived.removed += judge.removed;
        expect(judge.violations).toEqual([]);
      }),
      { numRuns: storms, endOnFailure: true },
    );
    expect(lived.passes).toBeGreaterThan(storms * 40);
    // Else the property says nothing.
    expect(lived.removed).toBeGreaterThan(runs(0, 3 * storms));
  });
});
