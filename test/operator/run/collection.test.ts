// What retention condemned leaves the bucket: after the grace, never before status says so, and never on a stale look.
import { beforeEach, describe, expect, test } from 'vitest';
import { refusal } from '../../support/fake-cluster.ts';
import { RunBench, runPrefix } from '../../support/run-bench.ts';

let bench: RunBench;

beforeEach(() => {
  bench = new RunBench({ retention: { keepNewest: 1, minAgeSeconds: 0 } });
  bench.training.script = { pace: 5, stepEvery: 10, target: 1000, crashes: [] };
});

const isRunning = (): boolean => bench.status.phase === 'Running';
const updates = (): readonly number[] =>
  bench.checkpoints.map((key) => Number(/model_(\d+)/.exec(key)?.[1])).toSorted((a, b) => a - b);
const condemned = (): readonly number[] =>
  (bench.status.checkpoints?.newest ?? [])
    .filter(({ verdict }) => verdict === 'Condemned')
    .map(({ update }) => update);
const deletes = (): number =>
  bench.objects.faults.requests.filter(({ operation }) => operation === 'delete').length;

/** Trains until Steps 10 to 40 are saved, with 10 and 20 condemned. */
async function trainTo40(): Promise<void> {
  await bench.liveUntil(isRunning);
  while (!updates().includes(40)) await bench.live(1);
  await bench.passes();
}

test('the resume point and one before it stay; older ones go after the grace', async () => {
  bench.graceSeconds = 4;
  bench.restartOperator();
  await trainTo40();
  bench.training.script = { ...bench.training.script, pace: 0 };
  expect(bench.status.checkpoints?.newest.slice(0, 2)).toMatchObject([
    { update: 40, verdict: 'Locked' },
    { update: 30, verdict: 'Locked' },
  ]);
  await bench.live(8);
  expect(updates()).toEqual([30, 40]);
  expect(bench.status).toMatchObject({ checkpoints: { count: 2 }, totals: { reclaimedBytes: 200 } });
});

describe('the grace', () => {
  beforeEach(async () => {
    bench.graceSeconds = 30;
    bench.restartOperator();
    await trainTo40();
    bench.training.script = { ...bench.training.script, pace: 0 };
  });

  test('is waited for, and every checkpoint stands in status as Condemned before it goes', async () => {
    expect(condemned()).toEqual([20, 10]);
    const seen = new Set<number>();
    for (let second = 0; second < 45; second += 1) {
      condemned().forEach((update) => seen.add(update));
      const before = updates();
      await bench.live(1);
      const gone = before.filter((update) => !updates().includes(update));
      expect(gone.filter((update) => !seen.has(update))).toEqual([]);
    }
    expect(updates()).toEqual([30, 40]);
  });

  test('starts again when the operator does', async () => {
    await bench.live(25);
    bench.restartOperator();
    await bench.live(25);
    expect(updates()).toEqual([10, 20, 30, 40]);
    await bench.live(10);
    expect(updates()).toEqual([30, 40]);
  });

  test('starts again when a rule keeps it in between', async () => {
    await bench.live(20);
    bench.change({ spec: { retention: { keepNewest: 10 } } });
    await bench.passes();
    expect(condemned()).toEqual([]);
    bench.change({ spec: { retention: { keepNewest: 1 } } });
    await bench.live(25);
    expect(updates()).toEqual([10, 20, 30, 40]);
  });
});

describe('nothing is deleted', () => {
  beforeEach(async () => {
    bench.graceSeconds = 30;
    bench.restartOperator();
    await trainTo40();
    bench.training.script = { ...bench.training.script, pace: 0 };
    await bench.clock.advance(31_000);
  });

  test('before a pass looks', () => {
    expect(updates()).toEqual([10, 20, 30, 40]);
  });

  test('by a pass that does anything else', async () => {
    bench.training.kubelet.evict({ namespace: 'voice', name: 'zh-1-abcde' });
    await bench.pass();
    expect(bench.jobNames).toEqual(['zh-1', 'zh-2']);
    expect([updates(), deletes()]).toEqual([[10, 20, 30, 40], 0]);
  });

  test('while an attempt chooses what to start from', async () => {
    bench.training.hasRoom = false;
    bench.training.kubelet.evict({ namespace: 'voice', name: 'zh-1-abcde' });
    await bench.live(20);
    expect(condemned()).toEqual([]);
    expect(updates()).toEqual([10, 20, 30, 40, 40]);
    bench.training.hasRoom = true;
    await bench.live(40);
    expect(updates()).toEqual([30, 40, 40]);
  });

  test('when the run was changed, or is another, since the pass began', async () => {
    bench.cluster.before = ({ verb }) => {
      if (verb === 'get') bench.change({ spec: { retention: { keepNewest: 10 } } });
    };
    await bench.pass();
    expect([updates(), deletes()]).toEqual([[10, 20, 30, 40], 0]);
  });

  test('when its status could not be written', async () => {
    bench.change({ metadata: { labels: { a: 'b' } }, spec: { restart: { maxFailures: 5 } } });
    bench.cluster.before = ({ verb }) => {
      if (verb === 'applyStatus') throw refusal('Conflict');
    };
    await expect(bench.pass()).rejects.toMatchObject({ code: 'Conflict' });
    expect(deletes()).toBe(0);
  });

  test.each([
    {
      name: 'cannot be listed whole',
      spoil: () => bench.objects.faults.add({ on: 'list', after: 'Unavailable' }),
    },
    {
      name: 'has another owner',
      spoil: () =>
        bench.objects.seed(
          `${runPrefix}run.json`,
          JSON.stringify({ ...Object(bench.marker), runUid: 'other' }),
        ),
    },
    { name: 'has no owner', spoil: () => bench.objects.objects.delete(`${runPrefix}run.json`) },
    {
      name: 'has a lineage that cannot be read',
      spoil: () => bench.objects.seed(bench.attemptKey(1), 'not json'),
    },
  ])('from a place that $name', async ({ spoil }) => {
    spoil();
    await bench.pass();
    expect([updates(), deletes()]).toEqual([[10, 20, 30, 40], 0]);
    expect(bench.status.conditions.at(-1)).toMatchObject({
      type: 'RetentionApplied',
      status: 'False',
      reason: 'Stopped',
    });
  });

  test('that is not a checkpoint of ours', async () => {
    const strangers = ['notes.txt', 'attempts/0001-zzzzzzzz/steps/model_5.pt', 'attempts/extra/model_5.pt'];
    for (const name of strangers) bench.objects.seed(runPrefix + name, 'not ours');
    await bench.live(5);
    expect(updates().filter((update) => update >= 10)).toEqual([30, 40]);
    expect(strangers.filter((name) => !bench.objects.objects.has(runPrefix + name))).toEqual([]);
  });
});

test('a listing is made anew before anything is deleted, also while training goes on undisturbed', async () => {
  bench.graceSeconds = 3;
  bench.restartOperator();
  await trainTo40();
  bench.training.script = { ...bench.training.script, pace: 0 };
  // Somebody else's deletion that the operator's last listing does not know of.
  const key = bench.checkpoints.find((name) => name.endsWith('model_40.pt')) ?? '';
  bench.objects.objects.delete(runPrefix + key);
  await bench.live(10);
  expect(updates()).toEqual([20, 30]);
});

test('what becomes due in the middle of a pass waits for the next, which lists', async () => {
  bench.graceSeconds = 30;
  await trainTo40();
  bench.training.script = { ...bench.training.script, pace: 0 };
  bench.restartOperator();
  await bench.passes();
  await bench.clock.advance(29_900);
  for (const key of bench.checkpoints.filter((name) => name.endsWith('model_40.pt')))
    bench.objects.objects.delete(runPrefix + key);
  bench.cluster.before = async ({ verb }) => {
    if (verb === 'logTail') await bench.clock.advance(200);
  };
  await bench.pass();
  expect(updates()).toEqual([10, 20, 30]);
  await bench.pass();
  expect(updates()).toEqual([20, 30]);
});

test('a checkpoint that the store will not delete stays condemned, and is tried again', async () => {
  bench.graceSeconds = 3;
  bench.restartOperator();
  bench.objects.faults.keeps = (key) => (key.endsWith('steps/model_10.pt') ? 'AccessDenied' : undefined);
  await trainTo40();
  bench.training.script = { ...bench.training.script, pace: 0 };
  await bench.live(8);
  expect(updates()).toEqual([10, 30, 40]);
  const told = bench.log.lines.map(({ message, fields }) => ({ message, run: fields['run'] }));
  expect(told).toContainEqual({ message: 'a condemned checkpoint stayed', run: 'voice/zh' });
  expect(told).toContainEqual({ message: 'deleted checkpoints that no rule keeps', run: 'voice/zh' });
  expect(bench.log.lines.filter(({ fields }) => String(fields['deleted']) === '')).toEqual([]);
  expect(bench.status.conditions.at(-1)).toMatchObject({
    reason: 'DeleteRefused',
    message: expect.stringContaining('AccessDenied: the store keeps'),
  });
  bench.objects.faults.keeps = () => undefined;
  await bench.live(70);
  expect(updates()).toEqual([30, 40]);
  expect(bench.status.conditions.at(-1)).toMatchObject({ reason: 'NothingToDelete' });
  expect(bench.status.totals.reclaimedBytes).toBe(200);
});

test('a run that succeeded keeps its final checkpoint and what the rules keep', async () => {
  bench.graceSeconds = 3;
  bench.restartOperator();
  bench.training.script = { pace: 5, stepEvery: 10, target: 40, crashes: [] };
  await bench.liveUntil(() => bench.status.phase === 'Succeeded');
  await bench.live(8);
  expect(bench.checkpoints.map((key) => key.slice(key.indexOf('/', 9) + 1))).toEqual([
    'last/model_40.pt',
    'steps/model_40.pt',
  ]);
});
