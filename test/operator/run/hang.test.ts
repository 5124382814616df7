// A trainer that stops training is told after restart.hungAfterSeconds, however long ago the bucket was listed last.
import { expect, test } from 'vitest';
import { RunBench } from '../../support/run-bench.ts';

test('also while the bucket is not listed, because nothing comes', async () => {
  const bench = new RunBench();
  bench.training.script = { pace: 5, stepEvery: 10, target: 1000, crashes: [] };
  bench.change({ spec: { restart: { hungAfterSeconds: 20 } } });
  await bench.liveUntil(() => bench.status.phase === 'Running');
  await bench.live(8);
  bench.training.script = { ...bench.training.script, pace: 0 };
  await bench.live(15);
  expect(bench.status.phase).toBe('Running');
  await bench.live(15);
  expect(bench.status.conditions.find(({ type }) => type === 'Stalled')).toMatchObject({
    status: 'True',
    reason: 'Hung',
  });
  bench.training.script = { ...bench.training.script, pace: 5 };
  await bench.live(10);
  expect(bench.status).toMatchObject({ phase: 'Running', attempt: 1 });
});
