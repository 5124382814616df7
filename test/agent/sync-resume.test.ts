// Uploads that are cut off, by the store or with the container: what is there is not sent again, and nothing is left behind.
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { parseCheckpointMetadata } from '../../src/wire/checkpoint-metadata.ts';
import { AgentBench, checkpointKey, directory, own } from '../support/agent-bench.ts';
import { checkpointAt, flipped, renamed, torn } from '../support/checkpoints.ts';
import { place, SyncRun } from '../support/sync-run.ts';

const size = checkpointAt(10).byteLength;
const stepKey = (update: number): string => checkpointKey({ attempt: own, kind: 'Step', update });

/** A sync that is killed with more than half of an upload sent. */
async function cutOff(bench: AgentBench, file: string, update: number): Promise<void> {
  bench.objects.faults.add({ on: 'upload', midwayMilliseconds: 3_600_000 });
  const before = new SyncRun(bench);
  bench.save(file, checkpointAt(update));
  await before.pass(3);
  await before.kill();
  expect(bench.objects.uploads.below('')).toHaveLength(1);
  expect(before.saved).toEqual([]);
}

const breakingOff = (): Promise<void> => Promise.reject(new Error('cut off'));

const prepared = async (): Promise<AgentBench> => {
  const bench = new AgentBench();
  await place(bench, 1, checkpointAt(1));
  return bench;
};

describe('a container that restarts in mid-upload', () => {
  test('goes on with a Step: what arrived is not sent again', async () => {
    const bench = await prepared();
    await cutOff(bench, 'model_30.pt', 30);
    const sentBefore = bench.objects.uploads.sentBytes;
    expect(sentBefore).toBeGreaterThan(size / 3);
    const after = new SyncRun(bench);
    await after.pass(3);
    expect(after.saved).toEqual(['steps/model_30.pt']);
    expect(bench.objects.uploads.sentBytes).toBe(size);
    expect(bench.objects.uploads.below('')).toEqual([]);
    expect(bench.disk.paths(`${directory}/.reprise`)).toEqual([`${directory}/.reprise/placed.json`]);
    await after.kill();
  });

  test('goes on with the snapshot of a Last that was overwritten since, then with the newer one', async () => {
    const bench = await prepared();
    await cutOff(bench, 'model_last.pt', 30);
    bench.save('model_last.pt', checkpointAt(31));
    const after = new SyncRun(bench);
    await after.pass(3);
    expect(after.saved).toEqual(['last/model_30.pt', 'last/model_31.pt']);
    expect(bench.objects.uploads.sentBytes).toBe(2 * size);
    await after.kill();
  });

  test('does not believe a snapshot that is not what was noted', async () => {
    const bench = await prepared();
    await cutOff(bench, 'model_last.pt', 30);
    bench.save('model_last.pt', torn(checkpointAt(31)));
    bench.disk.write(`${directory}/.reprise/snapshot.part`, flipped(checkpointAt(30)));
    const after = new SyncRun(bench);
    await after.pass(10);
    expect(after.saved).toEqual([]);
    expect(bench.disk.paths(`${directory}/.reprise`)).not.toContain(`${directory}/.reprise/snapshot.part`);
    await after.kill();
  });

  test('does not believe a snapshot of the same update but other bytes either', async () => {
    const bench = await prepared();
    await cutOff(bench, 'model_last.pt', 30);
    bench.save('model_last.pt', torn(checkpointAt(31)));
    bench.disk.write(`${directory}/.reprise/snapshot.part`, renamed(checkpointAt(30)));
    const after = new SyncRun(bench);
    await after.pass(10);
    expect(after.saved).toEqual([]);
    expect(bench.log.messages('warn')).not.toContain('upload failed, trying again');
    await after.kill();
  });

  test('does not mix the bytes of two saves of one update', async () => {
    const bench = await prepared();
    await cutOff(bench, 'model_30.pt', 30);
    // the same state saved under another name: the same size, other bytes
    const other = renamed(checkpointAt(30));
    bench.disk.write(`${directory}/.reprise/snapshot.part`, other);
    bench.save('model_30.pt', other);
    const after = new SyncRun(bench);
    await after.pass(3);
    const object = bench.objects.objects.get(stepKey(30));
    expect(Buffer.compare(object?.bytes ?? Buffer.alloc(0), other)).toBe(0);
    expect(parseCheckpointMetadata(object?.metadata ?? {}).crc32).toBe(crc32(other));
    expect(bench.objects.uploads.below('')).toEqual([]);
    await after.kill();
  });

  test('without its note gives the upload up and begins anew', async () => {
    const bench = await prepared();
    await cutOff(bench, 'model_30.pt', 30);
    bench.disk.write(`${directory}/.reprise/sync.json`, new TextEncoder().encode('{"version":1'));
    const after = new SyncRun(bench);
    await after.pass(3);
    expect(after.saved).toEqual(['steps/model_30.pt']);
    expect(bench.objects.uploads.below('')).toEqual([]);
    expect(bench.log.messages('warn')).toContain('the note about unfinished uploads cannot be read');
    await after.kill();
  });

  test('leaves the uploads of other attempts alone', async () => {
    const bench = await prepared();
    const key = checkpointKey({ attempt: { number: 2, pod: '22222222' }, kind: 'Step', update: 5 });
    const bytes = checkpointAt(5);
    const resumption = { uploadId: undefined, onOpened: async () => undefined };
    const upload = { key, sizeBytes: bytes.length, crc32: 0, metadata: {}, read: breakingOff, resumption };
    await expect(bench.objects.upload(upload, new AbortController().signal)).rejects.toThrow('cut off');
    const run = new SyncRun(bench);
    await run.pass(3);
    await run.finish();
    expect(bench.objects.uploads.below('')).toMatchObject([{ key }]);
  });

  test.each(['AccessDenied', 'Refused', 'Unavailable'] as const)(
    'goes on by its note alone where uploads cannot be listed (%s)',
    async (before) => {
      const bench = await prepared();
      await cutOff(bench, 'model_30.pt', 30);
      bench.objects.faults.add({ on: 'listUploads', times: Infinity, before });
      const after = new SyncRun(bench);
      await after.pass(3);
      expect(after.saved).toEqual(['steps/model_30.pt']);
      expect(bench.objects.uploads.sentBytes).toBe(size);
      await after.kill();
    },
  );

  test('goes on by its note where a store lists the uploads of an exact key only', async () => {
    const bench = await prepared();
    await cutOff(bench, 'model_30.pt', 30);
    bench.objects.uploads.isExact = true;
    const after = new SyncRun(bench);
    await after.pass(3);
    expect(after.saved).toEqual(['steps/model_30.pt']);
    expect(bench.objects.uploads.sentBytes).toBe(size);
    await after.kill();
  });

  test('whose noted upload is gone begins anew', async () => {
    const bench = await prepared();
    await cutOff(bench, 'model_30.pt', 30);
    for (const upload of bench.objects.uploads.below('')) bench.objects.uploads.abort(upload);
    const after = new SyncRun(bench);
    await after.pass(3);
    expect(after.saved).toEqual(['steps/model_30.pt']);
    expect(bench.objects.uploads.below('')).toEqual([]);
    await after.kill();
  });

  test('whose note could not be written sends everything, once', async () => {
    const bench = new AgentBench();
    bench.disk.addDirectory(`${directory}/.reprise`);
    bench.disk.isReadOnly = false;
    const run = new SyncRun(bench);
    bench.save('model_30.pt', checkpointAt(30));
    await run.pass(0.5);
    bench.disk.isReadOnly = true;
    await run.pass(5);
    expect(run.saved).toEqual(['steps/model_30.pt']);
    expect(bench.objects.uploads.sentBytes).toBe(size);
    await run.kill();
  });
});

describe('an upload that breaks off while sync lives', () => {
  test('goes on after the trouble, before anything newer', async () => {
    const bench = await prepared();
    bench.objects.faults.add({ on: 'upload', midway: 'Unavailable' });
    const run = new SyncRun(bench);
    bench.save('model_last.pt', checkpointAt(30));
    await run.pass(0.8);
    expect(run.problems).toEqual(['StoreUnavailable']);
    bench.save('model_last.pt', checkpointAt(31));
    await run.pass(20);
    expect(run.saved).toEqual(['last/model_30.pt']);
    expect(bench.objects.uploads.sentBytes).toBe(size);
    await run.kill();
  });

  test('and never finds its way before the end is given up in the store', async () => {
    const bench = new AgentBench({ graceSeconds: 60 });
    bench.objects.faults.add({ on: 'upload', midwayMilliseconds: 3_600_000, times: Infinity });
    const run = new SyncRun(bench);
    bench.save('model_30.pt', checkpointAt(30));
    await run.pass(3);
    const end = await run.finish();
    expect(end).toMatchObject({ flushed: false, lastUpdateSaved: null });
    expect(bench.objects.uploads.below('')).toEqual([]);
    expect(run.saved).toEqual(['end.json']);
  });

  test('or whose beginning was answered by nobody, is given up at the end', async () => {
    const bench = await prepared();
    const run = new SyncRun(bench);
    await run.pass(3);
    const resumption = { uploadId: undefined, onOpened: async () => undefined };
    const lost = { key: stepKey(5), sizeBytes: size, crc32: 0, metadata: {}, read: breakingOff, resumption };
    await expect(bench.objects.upload(lost, new AbortController().signal)).rejects.toThrow('cut off');
    expect(bench.objects.uploads.below('')).toHaveLength(1);
    await run.finish();
    expect(bench.objects.uploads.below('')).toEqual([]);
  });

  test('to make way at the end is gone on with afterwards', async () => {
    const bench = await prepared();
    bench.objects.faults.add({ on: 'upload', key: /model_10/, midwayMilliseconds: 3_600_000 });
    const run = new SyncRun(bench);
    bench.save('model_10.pt', checkpointAt(10));
    await run.pass(3);
    bench.save('model_last.pt', checkpointAt(15));
    expect(await run.finish()).toMatchObject({ flushed: true, unsent: [] });
    expect(run.saved).toEqual(['end.json', 'last/model_15.pt', 'steps/model_10.pt']);
    expect(bench.objects.uploads.sentBytes).toBe(2 * size);
  });

  test('of a file that is replaced by another is given up before the next one', async () => {
    const bench = await prepared();
    bench.objects.faults.add({ on: 'upload', midway: 'Unavailable' });
    const run = new SyncRun(bench);
    bench.save('model_last.pt', checkpointAt(30));
    await run.pass(0.8);
    await bench.disk.remove(`${directory}/.reprise/snapshot.part`);
    bench.save('model_last.pt', checkpointAt(31));
    await run.pass(400);
    expect(run.saved).toEqual(['last/model_31.pt']);
    expect(bench.objects.uploads.below('')).toEqual([]);
    await run.kill();
  });
});
