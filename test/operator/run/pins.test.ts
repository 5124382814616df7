// spec.pins in the bucket: written once, followed as long as the run lives, kept when it is gone, and bound to by a run made anew.
import { beforeEach, describe, expect, test } from 'vitest';
import { ObjectStoreError } from '../../../src/ports/objects.ts';
import { pinDocument } from '../../../src/wire/pin-document.ts';
import { RunBench, runPrefix } from '../../support/run-bench.ts';

let bench: RunBench;

const tight = { keepNewest: 1, minAgeSeconds: 0 };

beforeEach(async () => {
  bench = new RunBench({ retention: tight, pins: [{ update: 10, reason: 'demo voice' }] });
  bench.graceSeconds = 3;
  bench.restartOperator();
  bench.training.script = { pace: 5, stepEvery: 10, target: 1000, crashes: [] };
  await bench.liveUntil(() => stepsOf().includes(40));
  bench.training.script = { ...bench.training.script, pace: 0 };
  await bench.live(8);
});

const stepsOf = (): readonly number[] =>
  bench.checkpoints
    .filter((key) => key.includes('/steps/'))
    .map((key) => Number(/model_(\d+)/.exec(key)?.[1]))
    .toSorted((a, b) => a - b);

const pinned = (): readonly string[] =>
  bench.objects.keys(`${runPrefix}pins/`).map((key) => key.slice(runPrefix.length));

const documentAt = (name: string) => {
  const object = bench.objects.objects.get(runPrefix + name);
  return pinDocument.parse(new TextDecoder().decode(object?.bytes), name);
};

const etagAt = (name: string): string | undefined => bench.objects.objects.get(runPrefix + name)?.etag;

const setPins = async (...pins: readonly Record<string, string | number>[]): Promise<void> => {
  bench.change({ spec: { pins } });
  await bench.live(2);
};

const message = (): string =>
  bench.status.conditions.find(({ type }) => type === 'RetentionApplied')?.message ?? '';

test('a pin of the spec stands in the bucket, with the attempt it means and the keys it holds', async () => {
  expect(pinned()).toEqual(['pins/0001-10.json']);
  expect(documentAt('pins/0001-10.json')).toMatchObject({
    runUid: bench.run.metadata.uid,
    attempt: 1,
    update: 10,
    reason: 'demo voice',
    until: null,
    keys: [expect.stringMatching(/^attempts\/0001-[0-9a-f]{8}\/steps\/model_10\.pt$/)],
  });
  expect(stepsOf()).toEqual([10, 30, 40]);
});

test('it is written once, by no operator twice, and read once', async () => {
  const etag = etagAt('pins/0001-10.json');
  bench.restartOperator();
  await bench.live(3);
  await bench.live(70);
  expect(etagAt('pins/0001-10.json')).toBe(etag);
  const reads = bench.objects.faults.requests.filter(({ key }) => key.includes('/pins/'));
  // By the operator that wrote it, and by the one after it.
  expect(reads.map(({ operation }) => operation)).toEqual(['put', 'get', 'get']);
});

const reason = (): string | undefined =>
  bench.status.conditions.find(({ type }) => type === 'RetentionApplied')?.reason;

describe('a store that takes no pin', () => {
  let takesPins: () => void;

  beforeEach(async () => {
    takesPins = bench.objects.faults.add({
      on: 'put',
      key: /pins\//,
      times: Infinity,
      before: 'AccessDenied',
    });
    bench.change({ spec: { pins: [{ update: 10 }, { update: 30 }] } });
    bench.training.script = { ...bench.training.script, pace: 5 };
    for (let second = 0; second < 30; second += 1) {
      await bench.pass().catch(expectRefused);
      await bench.training.turn();
      await bench.clock.advance(1000);
    }
    bench.training.script = { ...bench.training.script, pace: 0 };
  });

  test('is told with the cure, and nothing of the run goes', () => {
    expect(reason()).toBe('PinsRefused');
    expect(message()).toMatch(/Nothing is deleted: .*pins\/.*right to put and delete/);
    expect(bench.events.map((event) => event.reason)).toContain('PinsRefused');
    expect(bench.status.retention?.nextDeletionTime).toBeUndefined();
    expect(stepsOf()).toEqual(expect.arrayContaining([10, 30, 40, 50, 60]));
  });

  test('is forgotten once it takes them', async () => {
    takesPins();
    await bench.live(90);
    expect(pinned()).toEqual(['pins/0001-10.json', 'pins/0001-30.json']);
    expect(reason()).not.toBe('PinsRefused');
    expect(stepsOf()).toEqual(expect.arrayContaining([10, 30]));
    expect(stepsOf()).not.toContain(40);
  });

  test('is forgotten once nothing is asked of it', async () => {
    bench.change({ spec: { pins: [{ update: 10, reason: 'demo voice' }] } });
    await bench.live(90);
    expect(reason()).not.toBe('PinsRefused');
    expect(stepsOf()).toContain(10);
    expect(stepsOf()).not.toContain(40);
  });
});

test('a pin that is changed is written anew, and one that is taken from the spec is taken away', async () => {
  await setPins({ update: 10, reason: 'for the talk', until: '2027-01-01T00:00:00Z' });
  const { reason, until } = documentAt('pins/0001-10.json');
  expect([reason, until]).toEqual(['for the talk', Date.UTC(2027, 0, 1)]);
  await setPins();
  expect(pinned()).toEqual([]);
  await bench.live(8);
  expect(stepsOf()).toEqual([30, 40]);
});

test('an operator that is stopped anywhere in between leaves it to the next', async () => {
  for (const how of ['stopped before', 'stopped after', 'unanswered'] as const) {
    for (let call = 0; ; call += 1) {
      bench.change({ spec: { pins: [{ update: 40 }] } });
      bench.trace.calls = [];
      bench.trace.strike = { call, how };
      await bench.live(1).catch(() => undefined);
      const isOver = bench.trace.strike !== undefined;
      bench.trace.strike = undefined;
      bench.restartOperator();
      await bench.live(2);
      expect(pinned()).toEqual(['pins/0001-40.json']);
      await setPins();
      expect(pinned()).toEqual([]);
      if (isOver) break;
    }
  }
});

test('a pin that is not to be understood holds, is told, and is left alone', async () => {
  bench.objects.seed(`${runPrefix}pins/0001-40.json`, 'not JSON');
  bench.training.script = { ...bench.training.script, pace: 5 };
  await bench.liveUntil(() => stepsOf().includes(60));
  await bench.live(8);
  expect(stepsOf()).toContain(40);
  expect(pinned()).toEqual(['pins/0001-10.json', 'pins/0001-40.json']);
  expect(message()).toContain('update 40 of attempt 1');
});

test('a pin of a newer layout stops retention and nothing else', async () => {
  bench.objects.seed(`${runPrefix}pins/0001-20.json`, JSON.stringify({ version: 2 }));
  bench.restartOperator();
  await bench.live(3);
  expect(message()).toMatch(/^Nothing is deleted: .*pins\/0001-20\.json has layout version 2/);
  expect(bench.status.phase).toBe('Running');
});

test('a store that takes no pin holds no attempt up, and nothing is deleted', async () => {
  bench.objects.faults.add({ on: 'put', key: /pins\//, before: 'AccessDenied', times: Infinity });
  bench.change({ spec: { pins: [{ update: 40 }] } });
  for (let second = 0; second < 5; second += 1) {
    await bench.pass().catch(expectRefused);
    await bench.training.turn();
    await bench.clock.advance(1000);
  }
  expect(stepsOf()).toContain(10);
  expect(bench.status.phase).toBe('Running');
});

function expectRefused(cause: unknown): void {
  expect(cause).toBeInstanceOf(ObjectStoreError);
}

describe('of a run that is gone', () => {
  beforeEach(async () => {
    bench.deleteRun();
    await bench.live(3);
  });

  test('pins stay in the bucket', () => {
    expect(pinned()).toEqual(['pins/0001-10.json']);
  });

  test('pins bind the one that is made anew and goes on, and are told', async () => {
    bench.apply({ retention: tight });
    await bench.live(20);
    expect(bench.status.attempt).toBe(2);
    expect(stepsOf()).toContain(10);
    expect(pinned()).toEqual(['pins/0001-10.json']);
    expect(message()).toContain('update 10 of attempt 1; kubectl reprise unpin');
  });

  test('one that its own spec names is its own from then on', async () => {
    bench.apply({ retention: tight, pins: [{ update: 10 }] });
    await bench.live(10);
    expect(documentAt('pins/0001-10.json')).toMatchObject({ runUid: bench.run.metadata.uid, reason: null });
    await setPins();
    await bench.live(8);
    expect(pinned()).toEqual([]);
    expect(stepsOf()).not.toContain(10);
  });
});
