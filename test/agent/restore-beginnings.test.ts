// Restore of a run that has no checkpoint of its own: another run's, the weights of one, or an object that a person put there.
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { restore } from '../../src/agent/restore/restore.ts';
import { sync } from '../../src/agent/sync/sync.ts';
import { examineCheckpoint } from '../../src/checkpoint/inspection.ts';
import { formatRunObject } from '../../src/domain/bucket/keys.ts';
import type { AgentEnvironment } from '../../src/wire/agent-environment.ts';
import { formatCheckpointMetadata } from '../../src/wire/checkpoint-metadata.ts';
import { runDocument } from '../../src/wire/run-document.ts';
import { AgentBench, directory, first, never, prefix, second } from '../support/agent-bench.ts';
import { memorySource } from '../support/byte-sources.ts';
import { checkpointAt, genuine } from '../support/checkpoints.ts';

const weightsPath = `${directory}/model_0.safetensors`;
const source = 'prod/voice/emilia-zh/';
const objects = 'prod/voice/_objects/';

type From = NonNullable<AgentEnvironment['initializeFrom']>;

const fromRun = (mode: From['mode'], update: number | null = null): From => ({
  mode,
  clusterUid: 'cluster',
  adoptClusters: ['former'],
  source: { is: 'Run', run: 'emilia-zh', update },
});
const fromObject = (mode: From['mode'], object: string): From => ({
  mode,
  clusterUid: 'cluster',
  adoptClusters: ['former'],
  source: { is: 'Object', object },
});

/** A bench whose run has nothing of its own. */
function freshBench(initializeFrom: From): AgentBench {
  const bench = new AgentBench({ initializeFrom });
  bench.seedRun();
  return bench;
}

function seedSourceRun(bench: AgentBench, clusterUid = 'cluster'): void {
  const run = { namespace: 'voice', name: 'emilia-zh', runUid: 'emilia', labels: {} };
  const marker = { version: 1, clusterUid, highestAttempt: 1, phase: 'Running', ...run } as const;
  bench.objects.seed(`${source}run.json`, runDocument.format(marker));
  bench.seedAttempt(first);
  const text = bench.objects.objects.get(`${prefix}attempts/0001-11111111/attempt.json`)?.bytes;
  bench.objects.objects.delete(`${prefix}attempts/0001-11111111/attempt.json`);
  bench.objects.seed(`${source}attempts/0001-11111111/attempt.json`, text ?? '');
}

/** A Step of the source run; returns its key. */
function seedSourceStep(bench: AgentBench, update: number, bytes: Uint8Array): string {
  const key = source + formatRunObject({ is: 'Checkpoint', attempt: first, kind: 'Step', update });
  const facts = { crc32: crc32(bytes), update, kind: 'Step', parent: '' } as const;
  const metadata = formatCheckpointMetadata({ ...facts, worldSize: 1, plannedUpdates: 48 });
  bench.objects.seed(key, bytes, metadata);
  return key;
}

describe('another run', () => {
  test('of a cluster that is no more is gone on from, where the store takes its runs over', async () => {
    const bench = freshBench(fromRun('Resume'));
    seedSourceRun(bench, 'former');
    seedSourceStep(bench, 40, checkpointAt(40));
    expect(await restore(bench, never)).toMatchObject({ outcome: 'Restored', update: 40 });
  });

  test('is gone on from: its newest checkpoint is model_last.pt, and no link of the lineage', async () => {
    const bench = freshBench(fromRun('Resume'));
    seedSourceRun(bench);
    seedSourceStep(bench, 40, checkpointAt(40));
    const key = seedSourceStep(bench, 60, checkpointAt(60));
    expect(await restore(bench, never)).toMatchObject({ outcome: 'Restored', update: 60 });
    expect(bench.loadable()).toEqual(['model_last.pt']);
    expect(bench.opened()).toMatchObject({
      resumedFrom: null,
      initializedFrom: { key, update: 60, mode: 'Resume' },
    });
  });

  test('a bad checkpoint of it is skipped and named', async () => {
    const bench = freshBench(fromRun('Resume'));
    seedSourceRun(bench);
    seedSourceStep(bench, 40, checkpointAt(40));
    const key = seedSourceStep(bench, 60, checkpointAt(59));
    expect(await restore(bench, never)).toMatchObject({ update: 40 });
    expect(bench.opened()?.skipped).toMatchObject([{ key }]);
  });

  test('a bad checkpoint of the named update stops the start', async () => {
    const bench = freshBench(fromRun('WarmStart', 60));
    seedSourceRun(bench);
    seedSourceStep(bench, 40, checkpointAt(40));
    seedSourceStep(bench, 60, checkpointAt(59));
    const result = await restore(bench, never);
    expect(result).toMatchObject({ outcome: 'Stopped', reason: 'NoUsableCheckpoint' });
    expect(result.message).toMatch(/of run emilia-zh.*update 59, not 60/);
    expect(bench.loadable()).toEqual([]);
  });

  test('is no matter to a run that has a checkpoint of its own', async () => {
    const bench = freshBench(fromRun('WarmStart'));
    bench.seedAttempt(second);
    bench.seedCheckpoint({ attempt: second, kind: 'Last', update: 20 }, checkpointAt(20));
    expect(await restore(bench, never)).toMatchObject({ update: 20 });
    expect(bench.loadable()).toEqual(['model_last.pt']);
    expect(bench.opened()).toMatchObject({ initializedFrom: null, resumedFrom: { update: 20 } });
  });

  test.each<{ name: string; reason: string; seed: (bench: AgentBench) => void }>([
    { name: 'that is not there', reason: 'SourceNotFound', seed: () => undefined },
    { name: 'of another cluster', reason: 'SourceForeign', seed: (bench) => seedSourceRun(bench, 'other') },
    { name: 'that has nothing', reason: 'SourceNotSaved', seed: seedSourceRun },
    {
      name: 'that is not understood',
      reason: 'SourceUnreadable',
      seed: (bench) => bench.objects.seed(`${source}run.json`, '{'),
    },
  ])('$name stops the start', async ({ reason, seed }) => {
    const bench = freshBench(fromRun('Resume'));
    seed(bench);
    expect(await restore(bench, never)).toMatchObject({ outcome: 'Stopped', reason });
    expect(bench.opened()).toBeUndefined();
  });
});

describe('a warm start', () => {
  test('hands over the weights of a full checkpoint, and nothing else, under a name the trainer sorts last', async () => {
    const bench = freshBench(fromRun('WarmStart'));
    seedSourceRun(bench);
    const key = seedSourceStep(bench, 48, genuine('full-update48.pt'));
    expect(await restore(bench, never)).toMatchObject({ outcome: 'Restored', update: 0 });
    expect(bench.loadable()).toEqual(['model_0.safetensors']);
    const written = bench.disk.bytesAt(weightsPath) ?? new Uint8Array();
    const { facts } = await examineCheckpoint(memorySource(written));
    expect(facts).toMatchObject({ format: 'safetensors', kind: 'emaOnly', complete: true, problems: [] });
    expect(bench.opened()).toMatchObject({
      resumedFrom: null,
      initializedFrom: { key, update: 48, mode: 'WarmStart' },
    });
    const fetched = bench.objects.faults.requests.filter(({ operation }) => operation === 'download');
    expect(fetched).toEqual([]);
  });

  test.each([
    { name: 'an EMA-only .pt', object: 'pruned.pt', bytes: genuine('ema-only.pt') },
    {
      name: 'a .safetensors, as it is',
      object: 'base/model_1250000.safetensors',
      bytes: genuine('ema.safetensors'),
    },
  ])('takes $name that a person put there', async ({ object, bytes }) => {
    const bench = freshBench(fromObject('WarmStart', object));
    bench.objects.seed(objects + object, bytes);
    expect(await restore(bench, never)).toMatchObject({ outcome: 'Restored', update: 0 });
    expect(bench.loadable()).toEqual(['model_0.safetensors']);
    const written = bench.disk.bytesAt(weightsPath) ?? new Uint8Array();
    const { facts } = await examineCheckpoint(memorySource(written));
    expect(facts).toMatchObject({ format: 'safetensors', kind: 'emaOnly', complete: true });
    expect(bench.holds(weightsPath, bytes)).toBe(object.endsWith('.safetensors'));
    expect(bench.disk.paths(`${directory}/.reprise/`)).toEqual([`${directory}/.reprise/placed.json`]);
  });

  test.each([
    { name: 'weights without EMA', object: 'raw.safetensors', bytes: genuine('raw.safetensors') },
    { name: 'no checkpoint', object: 'notes.pt', bytes: new Uint8Array(5000).fill(7) },
    { name: 'a damaged checkpoint', object: 'bad.pt', bytes: flippedInWeights() },
  ])('refuses $name', async ({ object, bytes }) => {
    const bench = freshBench(fromObject('WarmStart', object));
    bench.objects.seed(objects + object, bytes);
    const result = await restore(bench, never);
    expect(result).toMatchObject({ outcome: 'Stopped', reason: 'NoUsableCheckpoint' });
    expect(result.message).toContain(objects + object);
    expect([bench.loadable(), bench.opened()]).toEqual([[], undefined]);
  });

  test('bytes that arrive wrong once are fetched once more', async () => {
    const bench = freshBench(fromRun('WarmStart'));
    seedSourceRun(bench);
    const key = seedSourceStep(bench, 48, genuine('full-update48.pt'));
    let ranges = 0;
    const counted = bench.objects.getRange.bind(bench.objects);
    bench.objects.getRange = async (range, signal) => {
      const bytes = (await counted(range, signal)).slice();
      ranges += 1;
      // after the two that open it, the first that carries weights
      if (ranges === 3) bytes[bytes.length - 1000] = (bytes[bytes.length - 1000] ?? 0) ^ 1;
      return bytes;
    };
    expect(await restore(bench, never)).toMatchObject({ outcome: 'Restored' });
    expect(bench.opened()?.skipped).toEqual([]);
    expect(bench.opened()?.initializedFrom?.key).toBe(key);
  });

  test('a source that is replaced while it is read is read again', async () => {
    const bench = freshBench(fromRun('WarmStart'));
    seedSourceRun(bench);
    seedSourceStep(bench, 48, genuine('full-update48.pt'));
    bench.objects.faults.add({ on: 'getRange', before: 'PreconditionFailed' });
    expect(await restore(bench, never)).toMatchObject({ outcome: 'Restored' });
  });

  test('without room for the weights says how many bytes are missing', async () => {
    const bench = freshBench(fromRun('WarmStart'));
    seedSourceRun(bench);
    seedSourceStep(bench, 48, genuine('full-update48.pt'));
    bench.disk.capacityBytes = 100_000;
    const result = await restore(bench, never);
    expect(result).toMatchObject({ outcome: 'Stopped', reason: 'NotEnoughDisk' });
    expect(result.message).toMatch(/needs \d{6} bytes in the scratch volume.*scratch\.size/);
  });

  test('that is run once more in the same pod finds its file as it left it', async () => {
    const bench = freshBench(fromRun('WarmStart'));
    seedSourceRun(bench);
    seedSourceStep(bench, 48, genuine('full-update48.pt'));
    await restore(bench, never);
    bench.objects.faults.requests.length = 0;
    const again = new AgentBench(bench.config.environment, bench);
    expect(await restore(again, never)).toMatchObject({ message: 'an earlier try had finished' });
    expect(bench.objects.faults.requests.map(({ operation }) => operation)).toEqual(['get']);
  });
});

/** A full checkpoint with a bit of its EMA turned over. */
function flippedInWeights(): Uint8Array {
  const bytes = genuine('full-update48.pt').slice();
  const at = bytes.length - 60_000;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
}

test('the sync of a warm start neither sends nor frees the weights, nor takes them for the trainer’s work', async () => {
  const bench = freshBench(fromRun('WarmStart'));
  seedSourceRun(bench);
  seedSourceStep(bench, 48, genuine('full-update48.pt'));
  await restore(bench, never);
  const told = new AbortController();
  const status = { serve: async () => ({ [Symbol.asyncDispose]: async () => undefined }) };
  const running = sync(Object.assign(bench, { status }), { told: told.signal, signal: never });
  await bench.clock.advance(10_000);
  told.abort();
  await bench.clock.advance(10_000);
  const { document } = await running;
  expect(document).toMatchObject({ filesSeen: 0, lastUpdateSeen: null, lastUpdateSaved: null, unsent: [] });
  expect(bench.loadable()).toEqual(['model_0.safetensors']);
  expect(bench.objects.keys(prefix).filter((key) => key.endsWith('.pt'))).toEqual([]);
});
