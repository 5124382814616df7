// What retention removes from a run is written down beside it, whatever happens on the way; and in a bucket that keeps old versions it
// is removed for good.
import { beforeEach, expect, test } from 'vitest';
import { runs } from '../../support/counts.ts';
import { RunBench, runPrefix } from '../../support/run-bench.ts';

let bench: RunBench;

/** Trains until Steps 10 to 40 are saved, with 10 and 20 condemned and due. */
async function begin(prepare: (bench: RunBench) => void = () => undefined): Promise<void> {
  bench = new RunBench({ retention: { keepNewest: 1, minAgeSeconds: 0 } });
  prepare(bench);
  bench.training.script = { pace: 5, stepEvery: 10, target: 1000, crashes: [] };
  bench.graceSeconds = 30;
  bench.restartOperator();
  await bench.liveUntil(() => bench.status.phase === 'Running');
  while (!updates().includes(40)) await bench.live(1);
  await bench.passes();
  bench.training.script = { ...bench.training.script, pace: 0 };
  await bench.clock.advance(31_000);
}

beforeEach(async () => begin());

const updates = (): readonly number[] =>
  bench.checkpoints.map((key) => Number(/model_(\d+)/.exec(key)?.[1])).toSorted((a, b) => a - b);

const logKey = `${runPrefix}deletions/2026-11-22.json`;

interface Log {
  readonly deletions: readonly { readonly key: string; readonly reasons: readonly string[] }[];
}

function log(): Log | undefined {
  const object = bench.objects.objects.get(logKey);
  return object === undefined ? undefined : (JSON.parse(new TextDecoder().decode(object.bytes)) as Log);
}

const loggedUpdates = (): readonly number[] =>
  (log()?.deletions ?? []).map(({ key }) => Number(/model_(\d+)/.exec(key)?.[1])).toSorted((a, b) => a - b);

test('the log tells what went, when and why', async () => {
  await bench.live(1);
  expect(updates()).toEqual([30, 40]);
  expect(loggedUpdates()).toEqual([10, 20]);
  expect(log()).toMatchObject({
    version: 1,
    more: { count: 0, bytes: 0 },
    deletions: [{ sizeBytes: 100, deletedAt: expect.stringContaining('2026-11-22T12:') }, {}],
  });
  expect(log()?.deletions.every(({ reasons }) => reasons.length > 0)).toBe(true);
});

test('what the store refused is not in the log', async () => {
  bench.objects.faults.keeps = (key) => (key.endsWith('steps/model_10.pt') ? 'AccessDenied' : undefined);
  await bench.live(1);
  expect(updates()).toEqual([10, 30, 40]);
  expect(loggedUpdates()).toEqual([20]);
});

test('what cannot be written down is not deleted', async () => {
  bench.objects.faults.add({ on: 'put', key: /deletions/, before: 'AccessDenied', times: Infinity });
  await bench.live(5);
  expect(updates()).toEqual([10, 20, 30, 40]);
  expect(bench.status.conditions.at(-1)).toMatchObject({ reason: 'DeleteRefused' });
});

test('a log that is none of ours is not overwritten, and nothing is deleted', async () => {
  bench.objects.seed(logKey, 'my notes');
  await bench.live(5);
  expect(updates()).toEqual([10, 20, 30, 40]);
  expect(new TextDecoder().decode(bench.objects.objects.get(logKey)?.bytes)).toBe('my notes');
});

test('the log of a day goes on', async () => {
  await bench.live(1);
  bench.training.script = { pace: 5, stepEvery: 10, target: 1000, crashes: [] };
  while (!updates().includes(60)) await bench.live(1);
  bench.training.script = { ...bench.training.script, pace: 0 };
  await bench.live(40);
  expect(updates()).toEqual([50, 60]);
  expect(loggedUpdates()).toEqual([10, 20, 30, 40]);
});

test('in a bucket that keeps old versions nothing of them is left', async () => {
  await begin(({ objects }) => {
    objects.capabilities = { ...objects.capabilities, versioning: true };
  });
  await bench.live(1);
  expect(updates()).toEqual([30, 40]);
  const kept = bench.objects.versions.below(runPrefix).map(({ key }) => key);
  expect(kept.filter((key) => /model_[12]0/.test(key))).toEqual([]);
});

test('what an object lock keeps is told as such, and asked for only now and then', async () => {
  await begin(({ objects }) => {
    objects.capabilities = { ...objects.capabilities, versioning: true };
    objects.faults.locks = (key) => key.endsWith('steps/model_10.pt');
  });
  await bench.live(5);
  expect(updates()).toEqual([10, 30, 40]);
  expect(bench.status.conditions.at(-1)).toMatchObject({ status: 'False', reason: 'LockedObjects' });
  const asked = (): number =>
    bench.objects.faults.requests.filter(({ operation }) => operation === 'bulkDelete').length;
  const before = asked();
  await bench.live(120);
  expect(asked()).toBe(before);
});

const hows = (['stopped after', 'stopped before', 'unanswered'] as const).slice(0, runs(1, 3));

test('wherever the operator is stopped in the pass that deletes, everything that went is in the log', async () => {
  for (const how of hows) {
    for (let call = 0; ; call += 1) {
      await begin();
      bench.trace.calls = [];
      bench.trace.strike = { call, how };
      await bench.pass().catch(() => undefined);
      const isOver = bench.trace.strike !== undefined;
      bench.trace.strike = undefined;
      expect(missing()).toEqual(missing().filter((update) => loggedUpdates().includes(update)));
      bench.restartOperator();
      await bench.live(34);
      expect(updates()).toEqual([30, 40]);
      expect(loggedUpdates()).toEqual([10, 20]);
      if (isOver) break;
    }
  }
});

const missing = (): readonly number[] => [10, 20, 30, 40].filter((update) => !updates().includes(update));
