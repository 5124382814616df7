// Faults by chance over a whole piece of work: never a false success, never half an object, and not much more work than needed.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runs } from '../support/counts.ts';
import { runStorm, type StormCost } from '../support/object-storm.ts';
import { type S3Bench, startS3Bench } from '../support/s3-bench.ts';

let bench: S3Bench;
beforeAll(async () => {
  bench = await startS3Bench();
});
afterAll(async () => {
  await bench.close();
});

const add = (sum: StormCost, cost: StormCost): StormCost => ({
  requests: sum.requests + cost.requests,
  bytes: sum.bytes + cost.bytes,
});

test(
  'every seed tells the truth, at no more than one and a half times the cost',
  async () => {
    const truth = bench.open({ endpoint: bench.server.endpoint });
    let calm: StormCost = { requests: 0, bytes: 0 };
    let stormy = calm;
    const count = runs(8, 500);
    for (let seed = 1; seed <= count; seed += 1) {
      const storm = { ...bench, truth, prefix: `seed-${seed}/`, largeBytes: 450_001 };
      stormy = add(
        stormy,
        await runStorm({ ...storm, store: bench.open({ limits: { idleMilliseconds: 1000 } }) }, seed, 0.15),
      );
      calm = add(calm, await runStorm(storm, seed, 0));
      expect(bench.server.objects.size, `seed ${seed}`).toBe(0);
    }
    expect(stormy.bytes).toBeLessThanOrEqual(1.5 * calm.bytes);
    expect(stormy.requests).toBeLessThanOrEqual(1.5 * calm.requests);
  },
  runs(600_000, 3_600_000),
);
