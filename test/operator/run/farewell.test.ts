// A run that is deleted: what run.json says afterwards, and that nothing holds the object up for longer than a minute.
import { beforeEach, describe, expect, test } from 'vitest';
import { finalizer } from '../../../src/api/names.ts';
import { definitions, pods, runs } from '../../../src/ports/kinds.ts';
import { refusal } from '../../support/fake-cluster.ts';
import type { JsonObject } from '../../support/object-storage/merge-patch.ts';
import { definitionName, RunBench, runName, runPrefix } from '../../support/run-bench.ts';

let bench: RunBench;

async function begin(spec: Parameters<RunBench['apply']>[0] = { deletionPolicy: 'Delete' }): Promise<void> {
  bench = new RunBench(spec);
  await bench.liveUntil(() => bench.checkpoints.length > 0);
}

beforeEach(async () => begin());

const exists = (): boolean => bench.cluster.storage.read(runs, runName) !== undefined;
const finalizers = (): readonly string[] =>
  bench.cluster.storage.read(runs, runName)?.metadata.finalizers ?? [];
const reasons = (): readonly string[] => bench.events.map(({ reason }) => reason);

/** The operator looks as long as it wants to; returns after how many seconds the object was gone. */
async function secondsUntilGone(): Promise<number> {
  for (let second = 0; second < 300; second += 1) {
    await bench.pass().catch(() => undefined);
    if (!exists()) return second;
    await bench.clock.advance(1000);
  }
  throw new Error('the run is still there');
}

test('with Delete the run waits until run.json says what is to go', async () => {
  expect(finalizers()).toEqual([finalizer]);
  const { uid } = bench.run.metadata;
  bench.deleteRun();
  expect(exists()).toBe(true);
  expect(await secondsUntilGone()).toBe(0);
  expect(bench.marker).toMatchObject({
    runUid: uid,
    deletion: { runUid: uid, upToAttempt: 1, begun: false },
  });
  expect(bench.deletionsAsked).toEqual([{ store: 'main', namespace: 'voice', run: 'zh' }]);
});

test("another's finalizer stays where it is", async () => {
  bench.change({ metadata: { finalizers: [finalizer, 'example.com/mine'] } });
  bench.deleteRun();
  await bench.passes();
  expect(finalizers()).toEqual(['example.com/mine']);
});

test('with Retain nothing waits and nothing is asked for', async () => {
  await begin({});
  expect(finalizers()).toEqual([]);
  bench.deleteRun();
  expect(exists()).toBe(false);
  expect(bench.marker).not.toHaveProperty('deletion');
});

test('deletionPolicy can be changed while the run lives', async () => {
  bench.change({ spec: { deletionPolicy: 'Retain' } });
  await bench.passes();
  expect(finalizers()).toEqual([]);
  bench.change({ spec: { deletionPolicy: 'Delete' } });
  await bench.passes();
  expect(finalizers()).toEqual([finalizer]);
});

test('a run that may not be patched trains all the same, and says so', async () => {
  bench = new RunBench({ deletionPolicy: 'Delete' });
  bench.cluster.before = ({ verb, plural }) => {
    if (verb === 'patch' && plural === 'ttstrainingruns') throw refusal('Forbidden');
  };
  await bench.liveUntil(() => bench.status.phase === 'Running');
  expect(reasons()).toContain('DeletionNotHeld');
});

const isRetained = (): boolean => !JSON.stringify(bench.marker).includes('"deletion"');

describe('the checkpoints stay', () => {
  test('when the store is gone: after a minute nobody waits any more', async () => {
    bench.objects.faults.outage = 'Unavailable';
    bench.deleteRun();
    const seconds = await secondsUntilGone();
    expect(seconds).toBeGreaterThan(50);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(isRetained()).toBe(true);
    expect(reasons()).toContain('CheckpointsRetained');
  });

  test('when the store never answers', async () => {
    bench.objects.faults.add({ on: 'get', hang: true, times: Infinity });
    bench.deleteRun();
    await bench.settled();
    const pass = bench.pass();
    await bench.clock.advance(60_000);
    await pass;
    expect(exists()).toBe(false);
    expect(reasons()).toContain('CheckpointsRetained');
  });

  test('when the CheckpointStore is not Available', async () => {
    bench.refusedStore = { kind: 'Unready', reason: 'StoreNotAvailable', message: 'It is away.' };
    bench.deleteRun();
    expect(await secondsUntilGone()).toBeLessThanOrEqual(60);
    expect(isRetained()).toBe(true);
  });

  test('while the CRD itself is being deleted', async () => {
    bench.cluster.storage.delete(definitions, { name: definitionName }, {});
    bench.deleteRun();
    expect(await secondsUntilGone()).toBe(0);
    expect(isRetained()).toBe(true);
    expect(reasons()).toContain('CheckpointsRetained');
  });

  test("when the place is another run's, or nobody's", async () => {
    const marker = { ...(bench.marker as object), runUid: 'another' };
    bench.objects.seed(`${runPrefix}run.json`, JSON.stringify(marker));
    bench.deleteRun();
    expect(await secondsUntilGone()).toBe(0);
    expect(isRetained()).toBe(true);
    expect(bench.deletionsAsked).toEqual([]);
  });

  test('when run.json is of a newer layout', async () => {
    bench.objects.seed(`${runPrefix}run.json`, JSON.stringify({ ...(bench.marker as object), version: 2 }));
    bench.deleteRun();
    expect(await secondsUntilGone()).toBe(0);
    expect(reasons()).toContain('CheckpointsRetained');
  });
});

const pinned = (): readonly string[] =>
  bench.objects.keys(`${runPrefix}pins/`).map((key) => key.slice(runPrefix.length));
const pin = (pins: readonly JsonObject[]): void => bench.change({ spec: { pins } });

describe('pins', () => {
  test('that no pass has seen yet stand in the bucket before the wish does, and are told', async () => {
    pin([{ update: 10 }, { update: 20, attempt: 1 }]);
    bench.deleteRun();
    await secondsUntilGone();
    expect(pinned()).toEqual(['pins/0001-10.json', 'pins/0001-20.json']);
    expect(bench.marker).toHaveProperty('deletion');
    const told = bench.events.find(({ reason }) => reason === 'PinnedCheckpointsStay');
    expect(told?.message).toContain('update 10 of attempt 1, update 20 of attempt 1');
  });

  test('that cannot be written hold everything back', async () => {
    bench.objects.faults.add({ on: 'put', key: /pins\//, before: 'AccessDenied', times: Infinity });
    pin([{ update: 10 }]);
    bench.deleteRun();
    expect(await secondsUntilGone()).toBeLessThanOrEqual(60);
    expect(isRetained()).toBe(true);
    expect(reasons()).toContain('CheckpointsRetained');
  });

  test('whose time is over are told of by nobody', async () => {
    pin([{ update: 10, until: '2026-11-22T12:00:01Z' }]);
    await bench.passes();
    bench.deleteRun();
    await secondsUntilGone();
    expect(bench.marker).toHaveProperty('deletion');
    expect(reasons()).not.toContain('PinnedCheckpointsStay');
  });
});

test('a new run of the name that goes on from the checkpoints takes the wish back', async () => {
  bench.deleteRun();
  await secondsUntilGone();
  bench.apply();
  await bench.liveUntil(() => bench.status.attempt === 2);
  expect(bench.marker).toMatchObject({ runUid: bench.run.metadata.uid });
  expect(bench.marker).not.toHaveProperty('deletion');
});

test('a new run of the name takes over nothing that has begun to go, and starts once it is gone', async () => {
  bench.deleteRun();
  await secondsUntilGone();
  await bench.liveUntil(() => bench.cluster.storage.list(pods, {}).length === 0);
  const marker = bench.marker as { deletion: object };
  const begun = { ...marker, deletion: { ...marker.deletion, begun: true } };
  bench.objects.seed(`${runPrefix}run.json`, JSON.stringify(begun));
  bench.apply();
  await bench.passes();
  expect(bench.status).toMatchObject({ phase: 'Stalled', attempt: 0 });
  expect(bench.status.message).toContain('being deleted');
  for (const key of bench.objects.keys(runPrefix)) bench.objects.objects.delete(key);
  await bench.liveUntil(() => bench.status.phase === 'Running');
});

const hows = ['stopped before', 'stopped after', 'unanswered'] as const;

test('wherever the operator is stopped in the last pass, run.json says what is to go and the object goes', async () => {
  for (const how of hows) {
    for (let call = 0; call < 6; call += 1) {
      await begin();
      bench.deleteRun();
      bench.trace.calls = [];
      bench.trace.strike = { call, how };
      await bench.pass().catch(() => undefined);
      bench.restartOperator();
      await secondsUntilGone();
      expect(bench.marker).toHaveProperty('deletion');
    }
  }
});
