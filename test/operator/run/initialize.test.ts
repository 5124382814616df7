// initializeFrom over fakes: a run that goes on from another's checkpoint or starts with its weights, what it says while it
// cannot, that it starts by itself once it can, and that what it waits for is not deleted meanwhile.
import { beforeEach, describe, expect, test } from 'vitest';
import { runs } from '../../../src/ports/kinds.ts';
import { type AttemptDocument, attemptDocument } from '../../../src/wire/attempt-document.ts';
import { runDocument } from '../../../src/wire/run-document.ts';
import { environmentOf } from '../../support/fake-attempt-files.ts';
import type { JsonObject } from '../../support/object-storage/merge-patch.ts';
import { RunBench } from '../../support/run-bench.ts';

const prefix = 'prod/voice/emilia/';
const object = 'prod/voice/_objects/base/model.safetensors';

/** Another run's part of the bucket: one attempt with these Steps. */
function seedSource(bench: RunBench, updates: readonly number[], clusterUid = 'cluster-uid'): void {
  const run = { namespace: 'voice', name: 'emilia', runUid: 'emilia-uid', labels: {} };
  const marker = { version: 1, clusterUid, highestAttempt: 1, phase: 'Succeeded', ...run } as const;
  bench.objects.seed(`${prefix}run.json`, runDocument.format(marker));
  const folder = `${prefix}attempts/0001-11111111`;
  const document: AttemptDocument = {
    version: 1,
    attempt: { number: 1, pod: '11111111' },
    runUid: 'emilia-uid',
    podUid: '11111111',
    resumedFrom: null,
    initializedFrom: null,
    rollback: null,
    skipped: [],
    image: 'f5-tts:1',
    gpus: 0,
    restoreSeconds: 0,
    waitedSeconds: 0,
  };
  bench.objects.seed(`${folder}/attempt.json`, attemptDocument.format(document));
  for (const update of updates) bench.objects.seed(`${folder}/steps/model_${update}.pt`, 'x'.repeat(100));
}

let bench: RunBench;

beforeEach(() => {
  bench = new RunBench({ initializeFrom: { run: 'emilia', update: 20 } });
});

const isRunning = (): boolean => bench.status.phase === 'Running';
const isSucceeded = (): boolean => bench.status.phase === 'Succeeded';
const stalledFor = (): string | undefined =>
  bench.status.conditions.find(({ type, status }) => type === 'Stalled' && status === 'True')?.reason;

test('a run goes on from the update of another, and counts on from there', async () => {
  seedSource(bench, [20, 40]);
  await bench.pass();
  expect(bench.status.message).toBe('attempt 1 starts from update 20 of run emilia');
  await bench.liveUntil(isRunning);
  const initializedFrom = {
    key: `${prefix}attempts/0001-11111111/steps/model_20.pt`,
    update: 20,
    mode: 'Resume',
  };
  expect(bench.status.attempts).toMatchObject([{ number: 1, initializedFrom }]);
  expect(bench.status.attempts[0]).not.toHaveProperty('resumedFrom');
  expect(bench.status.message).toContain(', initialised from update 20 (prod/voice/emilia/');
  await bench.live(1);
  expect(bench.status.progress).toMatchObject({ update: 30, unsavedUpdates: 10 });
  await bench.liveUntil(isSucceeded);
  expect(bench.status.attempts).toMatchObject([{ number: 1, cause: 'Succeeded', savedUpdate: 100 }]);
});

test('a run that starts with the weights of an object counts from 0', async () => {
  bench = new RunBench({ initializeFrom: { object: 'base/model.safetensors', mode: 'WarmStart' } });
  bench.objects.seed(object, 'weights');
  await bench.pass();
  expect(bench.status.message).toBe('attempt 1 starts with the weights of object base/model.safetensors');
  const { initializeFrom } = environmentOf(bench.jobs[0]?.spec.template ?? {});
  expect(initializeFrom).toEqual({
    mode: 'WarmStart',
    clusterUid: 'cluster-uid',
    adoptClusters: [],
    source: { is: 'Object', object: 'base/model.safetensors' },
  });
  await bench.liveUntil(isRunning);
  expect(bench.status.progress?.update ?? 0).toBeLessThan(20);
  expect(bench.status.message).toContain(`, with the weights of ${object}`);
});

test('an attempt that was lost before its first save is initialised anew; one that saved is resumed', async () => {
  bench.change({ spec: { podTemplate: { spec: { terminationGracePeriodSeconds: 20 } } } });
  bench.training.script = { pace: 3, stepEvery: 10, target: 60, crashes: [] };
  seedSource(bench, [20]);
  await bench.liveUntil(isRunning);
  bench.training.flushes = false;
  bench.training.kubelet.evict({ namespace: 'voice', name: 'zh-1-abcde' });
  await bench.liveUntil(() => isRunning() && bench.status.attempt === 2);
  expect(bench.status.attempts[0]).toMatchObject({ number: 2, initializedFrom: { update: 20 } });
  await bench.liveUntil(() => bench.checkpoints.length > 0);
  bench.training.kubelet.evict({ namespace: 'voice', name: 'zh-2-abcde' });
  await bench.liveUntil(() => isRunning() && bench.status.attempt === 3);
  expect(bench.status.attempts[0]).toMatchObject({ number: 3, resumedFrom: { attempt: 2, update: 30 } });
  expect(bench.status.attempts[0]).not.toHaveProperty('initializedFrom');
});

describe('a source that is not as it should be', () => {
  test.each<{ name: string; spoil: () => void; reason: string; says: RegExp }>([
    {
      name: 'was never trained',
      spoil: () => undefined,
      reason: 'SourceNotFound',
      says: /no run has ever started below prod\/voice\/emilia\/.*Start it/,
    },
    {
      name: 'is of another cluster',
      spoil: () => seedSource(bench, [20], 'elsewhere'),
      reason: 'SourceForeign',
      says: /belongs to another cluster \(UID elsewhere\)/,
    },
    {
      name: 'has another update',
      spoil: () => seedSource(bench, [10, 40]),
      reason: 'SourceNotSaved',
      says: /no checkpoint of update 20.*Saved on the lineage: 10, 40/,
    },
    {
      name: 'cannot be understood',
      spoil: () => bench.objects.seed(`${prefix}run.json`, '{'),
      reason: 'SourceUnreadable',
      says: /initializeFrom: prod\/voice\/emilia\/run\.json is not what Reprise writes: it is not JSON\. Put it back/,
    },
  ])(
    'because it $name: the run says so, and starts by itself once it is',
    async ({ spoil, reason, says }) => {
      spoil();
      expect(await bench.passes()).toBe(30);
      expect([stalledFor(), bench.jobNames, bench.status.attempt]).toEqual([reason, [], 0]);
      expect(bench.status.message).toMatch(says);
      seedSource(bench, [20]);
      await bench.liveUntil(isSucceeded);
      expect(bench.status.attempts[0]).toMatchObject({ initializedFrom: { update: 20 } });
    },
  );

  test('an object that is not there', async () => {
    bench = new RunBench({ initializeFrom: { object: 'base/model.safetensors', mode: 'WarmStart' } });
    await bench.passes();
    expect(stalledFor()).toBe('SourceNotFound');
    expect(bench.status.message).toContain(`no object ${object} in the bucket. Upload it`);
    bench.objects.seed(object, 'weights');
    await bench.liveUntil(isSucceeded);
  });

  test('of another number of GPUs waits for a word, unless only its weights are taken', async () => {
    const resources = { limits: { 'nvidia.com/gpu': '2' } };
    bench.change({ spec: { trainer: { resources } } });
    seedSource(bench, [20]);
    await bench.passes();
    expect(stalledFor()).toBe('WorldSizeChanged');
    expect(bench.status.message).toMatch(/update 20 was trained on 0 GPUs and the run now asks for 2 GPUs/);
    const initializeFrom = { run: 'emilia', update: 20, mode: 'WarmStart' };
    bench = new RunBench({ initializeFrom });
    bench.change({ spec: { trainer: { resources } } });
    seedSource(bench, [20]);
    await bench.passes();
    expect(bench.jobNames).toEqual(['zh-1']);
  });

  test('that goes away before its restore looks: the stop is lifted when it is back', async () => {
    seedSource(bench, [20]);
    bench.training.hasRoom = false;
    await bench.live(2);
    bench.objects.objects.delete(`${prefix}attempts/0001-11111111/steps/model_20.pt`);
    bench.training.hasRoom = true;
    await bench.liveUntil(() => bench.status.phase === 'Stalled');
    expect(stalledFor()).toBe('RestoreStopped');
    expect(bench.status.message).toContain('no checkpoint of update 20');
    await bench.live(5);
    expect(bench.status.attempt).toBe(1);
    seedSource(bench, [20]);
    await bench.liveUntil(isSucceeded);
    expect(bench.status.attempt).toBe(2);
  });

  test('cannot be read for a moment: it is asked again', async () => {
    seedSource(bench, [20]);
    bench.objects.faults.add({ on: 'list', key: /emilia/, times: 3, before: 'Unavailable' });
    await bench.passes();
    expect(stalledFor()).toBe('SourceUnreadable');
    await bench.clock.advance(30_000);
    await bench.liveUntil(isSucceeded);
  });
});

const from = (run: string, update: number): JsonObject => ({ spec: { initializeFrom: { run, update } } });

/** Which Steps of 20, 40, 60, 80 and 100 stay when only the newest is kept and this run exists beside it. */
async function stepsBeside(other: JsonObject): Promise<readonly string[]> {
  const bench = new RunBench({ retention: { keepNewest: 1, minAgeSeconds: 0 } });
  bench.cluster.storage.seed(runs, { metadata: { namespace: 'voice', name: 'other' }, ...other });
  await bench.liveUntil(() => bench.status.phase === 'Succeeded');
  await bench.live(20);
  return bench.checkpoints.flatMap((key) => /steps\/model_(\d+)/.exec(key)?.[1] ?? []);
}

describe('retention of a run that others wait for', () => {
  test.each<{ name: string; other: JsonObject; want: readonly string[] }>([
    { name: 'nothing for a run that waits for another', other: from('somebody', 40), want: ['100'] },
    { name: 'the update that a run is to start from', other: from('zh', 40), want: ['100', '40'] },
    {
      name: 'nothing for one that has a checkpoint of its own',
      other: { ...from('zh', 40), status: { checkpoints: { count: 1 } } },
      want: ['100'],
    },
    {
      name: 'nothing for one of another namespace',
      other: { ...from('zh', 40), metadata: { namespace: 'elsewhere', name: 'other' } },
      want: ['100'],
    },
  ])('keeps $name', async ({ other, want }) => {
    expect(await stepsBeside(other)).toEqual(want);
  });
});
