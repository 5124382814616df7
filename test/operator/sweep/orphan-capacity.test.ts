// What a policy's capacity takes of what a run that is gone left, before its time.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { day, OperatorBench, sweepSeconds } from '../../support/operator-bench.ts';

let bench: OperatorBench;

/** Room for five checkpoints of the six there are. */
const policy = {
  orphans: { deleteAfterSeconds: day, includeRetained: true },
  capacity: { bytes: '500', highThresholdPercent: 100, lowThresholdPercent: 90 },
};

beforeEach(async () => {
  bench = new OperatorBench();
  bench.seedRun('zh', [10, 20], { gone: { since: bench.clock.now() } });
  bench.applyRun('en', [10, 20, 30, 40]);
  await bench.sweeps(3);
});
afterEach(async () => bench.end());

const isEvicting = (): boolean => bench.told('clean', 'CapacitySatisfied').reason === 'Evicting';

/** Lives until it is so, for as long as two sweeps. */
async function until(isSo: () => boolean): Promise<void> {
  for (let second = 0; second < 2 * sweepSeconds && !isSo(); second += 1) await bench.live(1);
  expect(isSo()).toBe(true);
}

test('all of it goes after the grace, and no Step of a run', async () => {
  bench.applyPolicy('clean', policy);
  await until(isEvicting);
  await until(() => bench.steps('zh').length === 0);
  expect(bench.steps('en')).toEqual([10, 20, 30, 40]);
});

test('once another policy comes it goes only when all is planned with it', async () => {
  bench.applyPolicy('clean', policy);
  await until(isEvicting);
  // Of this run nobody can say what the new policy makes of it, so that nobody can plan.
  bench.objects.seed('prod/voice/en/run.json', '{"version": 9}');
  bench.applyPolicy('other', { selector: { runs: { matchLabels: { speaker: 'nobody' } } } });
  await bench.sweeps(2);
  expect(bench.steps('zh')).toEqual([10, 20]);
  bench.seedRun('en', [10, 20, 30, 40], { runUid: bench.uidOf('en') });
  await bench.sweeps(2);
  expect(bench.steps('zh')).toEqual([]);
});
