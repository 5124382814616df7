// An agent that cannot be asked (a NetworkPolicy is in the way): the run goes on, and the bucket is not listed at every look instead.
import { beforeEach, expect, test } from 'vitest';
import { RunBench } from '../../support/run-bench.ts';

let bench: RunBench;

beforeEach(async () => {
  bench = new RunBench();
  bench.training.script = { pace: 1, stepEvery: 10, target: 1000, crashes: [] };
  bench.training.read = async () => undefined;
  await bench.liveUntil(() => bench.status.phase === 'Running');
});

const listings = (): number =>
  bench.objects.faults.requests.filter(({ operation }) => operation === 'list').length;

test('the bucket is listed twice a minute, not at every look', async () => {
  const before = listings();
  await bench.live(120);
  expect(listings() - before).toBeLessThanOrEqual(5);
});

test('what is saved is seen half a minute later', async () => {
  await bench.live(45);
  expect(bench.status.resumePoint?.update).toBeGreaterThanOrEqual(10);
});

test('an end is seen at once', async () => {
  await bench.live(20);
  bench.training.kubelet.evict({ namespace: 'voice', name: 'zh-1-abcde' });
  await bench.live(3);
  expect(bench.status.attempts).toMatchObject([
    { number: 2 },
    { number: 1, cause: 'Evicted', savedUpdate: expect.any(Number) },
  ]);
});
