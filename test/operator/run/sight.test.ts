// What the operator sees of a pod, and how often it asks: a pod that is silent, one that stands still, an operator started anew.
import { beforeEach, expect, test } from 'vitest';
import { formatTime } from '../../../src/domain/time.ts';
import { RunBench } from '../../support/run-bench.ts';

let bench: RunBench;

beforeEach(async () => {
  bench = new RunBench();
  bench.training.script = { pace: 3, stepEvery: 10, target: 900, crashes: [] };
  await bench.liveUntil(
    () => bench.status.progress?.source === 'Pod' && bench.status.resumePoint !== undefined,
  );
});

/** From now on neither its log nor its agent answers. */
function silence(): void {
  bench.cluster.before = async ({ verb }) => {
    if (verb === 'logTail') await bench.clock.sleep(3_600_000, new AbortController().signal);
  };
  bench.training.read = async () => undefined;
}

const logsAsked = (): number => bench.cluster.calls.filter(({ verb }) => verb === 'logTail').length;

/** Passes while time goes on under a look that does not end. */
async function passSlowly(times: number): Promise<void> {
  for (let left = times; left > 0; left -= 1) {
    const pass = bench.pass();
    await bench.clock.advance(1000);
    await pass;
  }
}

test('a silent pod is asked again every 20 s, and progress says what was seen last, then what is saved', async () => {
  const seen = bench.status.progress;
  silence();
  const before = logsAsked();
  await passSlowly(15);
  expect(logsAsked() - before).toBeLessThanOrEqual(1);
  expect(bench.status.progress).toMatchObject({ source: 'Pod', observedAt: seen?.observedAt });
  await passSlowly(60);
  expect(logsAsked() - before).toBeLessThanOrEqual(4);
  expect(bench.status.progress).toMatchObject({ source: 'Bucket', update: bench.status.resumePoint?.update });
});

test('since when a trainer stands still is known, also to an operator started anew', async () => {
  bench.training.script = { ...bench.training.script, pace: 0 };
  await bench.live(5);
  const still = bench.status.progress?.advancedAt;
  expect(still).toBe(bench.status.progress?.observedAt);
  await bench.live(70);
  bench.restartOperator();
  bench.change({ metadata: { labels: { touched: 'yes' } }, spec: { restart: { maxFailures: 5 } } });
  await bench.live(5);
  expect(bench.status.observedGeneration).toBe(2);
  expect(bench.status.progress).toMatchObject({ advancedAt: still });
  bench.training.script = { ...bench.training.script, pace: 20 };
  await bench.live(2);
  expect(bench.status.progress?.advancedAt).toBe(formatTime(bench.clock.now() - 1000));
});

test('what only moves on waits while the budget of writes is used up', async () => {
  bench.writesPerSecond = 1;
  bench.restartOperator();
  bench.change({ spec: { restart: { maxFailures: 5 } } });
  await bench.pass();
  const { progress, observedGeneration } = bench.status;
  expect(observedGeneration).toBe(2);
  bench.training.script = { ...bench.training.script, pace: 100, stepEvery: 1000 };
  await bench.training.turn();
  await bench.pass();
  expect(bench.status.progress).toEqual(progress);
  await bench.clock.advance(1000);
  await bench.pass();
  expect(bench.status.progress?.update).toBeGreaterThan(progress?.update ?? 0);
});
