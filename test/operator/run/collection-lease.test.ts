// Retention of an operator that may lose the Lease: it deletes only in the time that the Lease leaves.
import { beforeEach, expect, test } from 'vitest';
import { unchallenged } from '../../../src/operator/engine/tenure.ts';
import { RunBench } from '../../support/run-bench.ts';

let bench: RunBench;

const updates = (): readonly number[] =>
  bench.checkpoints.map((key) => Number(/model_(\d+)/.exec(key)?.[1])).toSorted((a, b) => a - b);
const deletes = (): number =>
  bench.objects.faults.requests.filter(({ operation }) => operation === 'delete').length;

beforeEach(async () => {
  bench = new RunBench({ retention: { keepNewest: 1, minAgeSeconds: 0 } });
  bench.graceSeconds = 4;
  bench.restartOperator();
  bench.training.script = { pace: 5, stepEvery: 10, target: 1000, crashes: [] };
  await bench.liveUntil(() => bench.status.phase === 'Running');
  while (!updates().includes(40)) await bench.live(1);
  await bench.passes();
  bench.training.script = { ...bench.training.script, pace: 0 };
});

test('deletes nothing while it may not, and everything that is due when it may', async () => {
  bench.right = { mayDelete: async () => undefined };
  await bench.live(12);
  expect(updates()).toEqual([10, 20, 30, 40]);
  expect(deletes()).toBe(0);
  expect(bench.status.totals.reclaimedBytes).toBe(0);
  bench.right = unchallenged;
  await bench.live(8);
  expect(updates()).toEqual([30, 40]);
});

test('gives up a batch that takes longer than it may, and says so', async () => {
  bench.right = { mayDelete: async () => 100 };
  bench.objects.faults.add({ on: 'delete', delayMilliseconds: 60_000, times: Infinity });
  const living = bench.live(12);
  for (let left = 200; left > 0; left -= 1) await bench.clock.advance(100);
  await living;
  expect(updates()).toEqual([10, 20, 30, 40]);
  expect(bench.log.messages('warn')).toContain('a condemned checkpoint stayed');
});
