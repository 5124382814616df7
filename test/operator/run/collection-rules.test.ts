// Every field of spec.retention, and spec.pins, from the manifest to the bucket: what is left of a run's Steps after the grace.
import { expect, test } from 'vitest';
import type { JsonObject } from '../../support/object-storage/merge-patch.ts';
import { RunBench } from '../../support/run-bench.ts';

const trained = async (spec: JsonObject, target = 1000): Promise<RunBench> => {
  const bench = new RunBench(spec);
  bench.graceSeconds = 3;
  bench.restartOperator();
  bench.training.script = { pace: 5, stepEvery: 10, target, crashes: [] };
  await bench.liveUntil(() => stepsOf(bench).includes(50) || bench.status.phase === 'Succeeded');
  bench.training.script = { ...bench.training.script, pace: 0 };
  await bench.live(8);
  return bench;
};

const stepsOf = (bench: RunBench): readonly number[] =>
  bench.checkpoints
    .filter((key) => key.includes('/steps/'))
    .map((key) => Number(/model_(\d+)/.exec(key)?.[1]))
    .toSorted((a, b) => a - b);

test.each<{ name: string; spec: JsonObject; want: readonly number[] }>([
  { name: 'no retention: every Step', spec: {}, want: [10, 20, 30, 40, 50] },
  { name: 'keepNewest', spec: { retention: { keepNewest: 3, minAgeSeconds: 0 } }, want: [30, 40, 50] },
  { name: 'keepEvery', spec: { retention: { keepEvery: 20, minAgeSeconds: 0 } }, want: [20, 40, 50] },
  {
    name: 'keepWithinSeconds (a Step comes every two seconds)',
    spec: { retention: { keepWithinSeconds: 5, minAgeSeconds: 0 } },
    want: [30, 40, 50],
  },
  {
    name: 'minAgeSeconds, by default an hour',
    spec: { retention: { keepNewest: 1 } },
    want: [10, 20, 30, 40, 50],
  },
  { name: 'maxBytes', spec: { retention: { maxBytes: 300, minAgeSeconds: 0 } }, want: [20, 40, 50] },
  {
    name: 'pins',
    spec: { retention: { keepNewest: 1, minAgeSeconds: 0 }, pins: [{ update: 10 }] },
    want: [10, 40, 50],
  },
  {
    name: 'pins whose time is over',
    spec: {
      retention: { keepNewest: 1, minAgeSeconds: 0 },
      pins: [{ update: 10, until: '2020-01-01T00:00:00Z' }],
    },
    want: [40, 50],
  },
])('$name', async ({ spec, want }) => {
  expect(stepsOf(await trained(spec))).toEqual(want);
});

test('onCompletion takes the place of the rules once the run has Succeeded', async () => {
  const onCompletion = { keepNewest: 0, minAgeSeconds: 0 };
  const bench = await trained({ retention: { keepNewest: 10, minAgeSeconds: 0, onCompletion } }, 40);
  expect(bench.checkpoints.map((key) => key.slice(key.indexOf('/', 9) + 1))).toEqual(['last/model_40.pt']);
});

test('keepAbandonedSeconds count from the attempt that left it behind', async () => {
  const bench = await trained({ retention: { keepNewest: 10, keepAbandonedSeconds: 60, minAgeSeconds: 0 } });
  bench.change({ spec: { rollback: { update: 20, id: 'a' } } });
  await bench.liveUntil(() => bench.status.attempt === 2 && bench.status.phase === 'Running');
  await bench.live(30);
  expect(stepsOf(bench)).toEqual([10, 20, 30, 40, 50]);
  await bench.live(45);
  expect(stepsOf(bench)).toEqual([10, 20]);
});

test('what is told beside the rulings stands in the condition', async () => {
  const bench = await trained({ retention: { maxBytes: 100, minAgeSeconds: 0 }, pins: [{ update: 15 }] });
  expect(bench.status.conditions.at(-1)).toMatchObject({
    type: 'RetentionApplied',
    reason: 'NothingToDelete',
    message: expect.stringMatching(
      /spec.pins names what is not there.*update 15;.*maxBytes cannot be kept: 200 B stay/,
    ),
  });
});
