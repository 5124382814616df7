// Storms over retention on a real S3 server, over runs and over whole stores: see retention-storm and store-storm in test/operator/sweep. The
// bucket is real, the cluster a fake.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runs } from '../support/counts.ts';
import { describeWith } from '../support/requirement.ts';
import { RetentionStorm } from '../support/storm/retention-storm.ts';
import type { StormSite } from '../support/storm/storm-place.ts';
import { serverSite } from '../support/storm/storm-server.ts';
import { StoreStorm } from '../support/storm/store-storm.ts';
import { missingVersitygw, startVersitygw, type Versitygw } from '../support/versitygw.ts';

interface Lived {
  readonly passes: number;
  readonly removed: number;
  readonly violations: readonly string[];
}

interface Storms {
  readonly over: string;
  readonly storms: number;
  readonly rage: (seed: number, site: StormSite) => Promise<Lived>;
  /** Of all storms together; fewer, and the property says nothing. */
  readonly passesAbove: number;
  readonly removedAbove: number;
}

async function overRuns(seed: number, site: StormSite): Promise<Lived> {
  const { judge } = await RetentionStorm.rage(seed, 150, site);
  return judge;
}

async function overStore(seed: number, site: StormSite): Promise<Lived> {
  const { judge } = await StoreStorm.rage(seed, 20, site);
  const { byPolicy, byWish } = judge.left.removed;
  return {
    passes: judge.runs.passes + judge.left.passes,
    removed: judge.runs.removed + byPolicy + byWish,
    violations: judge.violations,
  };
}

const ofRuns = runs(2, 14);
const ofStores = runs(3, 12);

describeWith(missingVersitygw, 'versitygw', () => {
  let server: Versitygw;
  beforeAll(async () => {
    server = await startVersitygw();
  });
  afterAll(async () => {
    await server.close();
  });

  test.each<Storms>([
    {
      over: 'runs',
      storms: ofRuns,
      rage: overRuns,
      passesAbove: ofRuns * 40,
      removedAbove: runs(0, 3 * ofRuns),
    },
    {
      over: 'whole stores',
      storms: ofStores,
      rage: overStore,
      passesAbove: ofStores * 50,
      removedAbove: runs(0, ofStores),
    },
  ])('nothing goes that a naive reading keeps, over $over', async (row) => {
    const lived = { passes: 0, removed: 0 };
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const { passes, removed, violations } = await row.rage(seed, await serverSite(server));
        lived.passes += passes;
        lived.removed += removed;
        expect(violations).toEqual([]);
      }),
      { numRuns: row.storms, endOnFailure: true },
    );
    expect(lived.passes).toBeGreaterThan(row.passesAbove);
    expect(lived.removed).toBeGreaterThan(row.removedAbove);
  });
});
