// The scratch volume as somebody else's: files are removed under sync's eyes, the file system becomes read-only or breaks. What
// was finished still reaches the bucket, and /status says what is wrong while the trainer lives.
import { describe, expect, test } from 'vitest';
import { AgentBench, checkpointKey, directory, own } from '../support/agent-bench.ts';
import { checkpointAt, flipped } from '../support/checkpoints.ts';
import { SyncRun } from '../support/sync-run.ts';

const size = checkpointAt(10).byteLength;
const path = (update: number): string => `${directory}/model_${update}.pt`;

/** A sync that has seen these Steps finished, with the store away. */
async function seenUnsent(bench: AgentBench, updates: readonly number[]): Promise<SyncRun> {
  const run = new SyncRun(bench);
  await run.pass(1);
  bench.objects.faults.outage = 'Unavailable';
  for (const update of updates) bench.save(`model_${update}.pt`, checkpointAt(update));
  await run.pass(3);
  return run;
}

describe('an unsent Step that somebody else removes', () => {
  test('is held open, and sent once the store is back', async () => {
    const bench = new AgentBench();
    const run = await seenUnsent(bench, [10, 20, 30]);
    for (const update of [10, 20]) await bench.disk.remove(path(update));
    await run.pass(30);
    expect(run.problems).toContain('TwoOwners');
    bench.objects.faults.outage = undefined;
    await run.pass(65);
    expect(run.saved).toEqual(['steps/model_10.pt', 'steps/model_20.pt', 'steps/model_30.pt']);
    for (const update of [10, 20]) {
      const object = bench.objects.objects.get(checkpointKey({ attempt: own, kind: 'Step', update }));
      expect(Buffer.compare(object?.bytes ?? Buffer.alloc(0), checkpointAt(update))).toBe(0);
    }
    expect(bench.disk.openFiles).toBe(0);
    await run.kill();
  });

  test('in mid-upload is sent to its end', async () => {
    const bench = new AgentBench();
    bench.objects.faults.add({ on: 'upload', midwayMilliseconds: 2000 });
    const run = new SyncRun(bench);
    bench.save('model_10.pt', checkpointAt(10));
    await run.pass(1);
    await bench.disk.remove(path(10));
    await run.pass(10);
    expect(run.saved).toEqual(['steps/model_10.pt']);
    expect(bench.disk.openFiles).toBe(0);
    await run.kill();
  });

  test('is flushed at the end, or named in end.json', async () => {
    const bench = new AgentBench({ graceSeconds: 60 });
    const run = await seenUnsent(bench, [10, 20]);
    await bench.disk.remove(path(10));
    await run.pass(3);
    bench.objects.faults.outage = undefined;
    bench.objects.faults.add({ on: 'upload', key: /model_10/, hang: true, times: Infinity });
    const end = await run.finish();
    expect(end).toMatchObject({ flushed: true, lastUpdateSaved: 20 });
    expect(end.unsent).toEqual([{ file: 'model_10.pt', reason: expect.any(String) }]);
    expect(bench.disk.openFiles).toBe(0);
  });

  test('is proven like any other: damaged, it is never sent', async () => {
    const bench = new AgentBench();
    const run = new SyncRun(bench);
    await run.pass(1);
    bench.objects.faults.outage = 'Unavailable';
    bench.save('model_10.pt', flipped(checkpointAt(10)));
    bench.save('model_20.pt', checkpointAt(20));
    await run.pass(3);
    await bench.disk.remove(path(10));
    bench.objects.faults.outage = undefined;
    await run.pass(65);
    expect(run.saved).toEqual(['steps/model_20.pt']);
    expect(bench.disk.openFiles).toBe(0);
    expect((await run.finish()).unsent).toEqual([{ file: 'model_10.pt', reason: 'its bytes are damaged' }]);
  });

  test('with the disk short and the store away is let go, oldest first, and said; the newest stays', async () => {
    const bench = new AgentBench();
    const run = await seenUnsent(bench, [10, 20, 30]);
    for (const update of [10, 20, 30]) await bench.disk.remove(path(update));
    await run.pass(2);
    expect(bench.disk.openFiles).toBe(3);
    bench.disk.capacityBytes = 2.1 * size;
    bench.save('model_last.pt', checkpointAt(5));
    await run.pass(10);
    expect(bench.disk.openFiles).toBe(1);
    expect(run.status.problems.map(({ message }) => message).join()).toMatch(
      /model_10\.pt was removed unsent.*model_20\.pt was removed unsent/,
    );
    bench.objects.faults.outage = undefined;
    bench.disk.capacityBytes = Number.MAX_SAFE_INTEGER;
    await run.pass(65);
    expect(run.saved).toContain('steps/model_30.pt');
    await run.kill();
  });

  test('and that comes back under its name is the new file’s', async () => {
    const bench = new AgentBench();
    const run = await seenUnsent(bench, [10]);
    await bench.disk.remove(path(10));
    await run.pass(3);
    bench.save('model_10.pt', checkpointAt(10));
    bench.objects.faults.outage = undefined;
    await run.pass(65);
    expect(run.saved).toEqual(['steps/model_10.pt']);
    expect(bench.disk.openFiles).toBe(0);
    await run.kill();
  });
});

describe('a file system that becomes read-only', () => {
  test('is said at once; what is there is sent from where it lies', async () => {
    const bench = new AgentBench();
    bench.disk.addDirectory(`${directory}/.reprise`);
    const run = new SyncRun(bench);
    bench.save('model_10.pt', checkpointAt(10));
    bench.save('model_20.pt', checkpointAt(20));
    bench.disk.isReadOnly = true;
    await run.pass(5);
    expect(run.problems).toEqual(['ScratchReadOnly']);
    expect(run.status.problems[0]?.message).toMatch(/read-only \(EROFS.*trainer will fail at its next save/);
    expect(run.saved).toEqual(['steps/model_10.pt', 'steps/model_20.pt']);
    expect(bench.loadable()).toEqual(['model_10.pt', 'model_20.pt']);
    expect(await run.finish()).toMatchObject({ flushed: true, lastUpdateSaved: 20 });
  });

  test('with a snapshot under way does not stop it', async () => {
    const bench = new AgentBench();
    bench.disk.addDirectory(`${directory}/.reprise`);
    bench.objects.faults.add({ on: 'upload', midwayMilliseconds: 3000 });
    const run = new SyncRun(bench);
    bench.save('model_last.pt', checkpointAt(10));
    await run.pass(2);
    bench.disk.isReadOnly = true;
    await run.pass(20);
    expect(run.saved).toEqual(['last/model_10.pt']);
    await run.kill();
  });
});

test('a directory that only the trainer may write to is said; what is there is sent from where it lies', async () => {
  const bench = new AgentBench();
  bench.disk.addDirectory(`${directory}/.reprise`);
  bench.disk.isClosed = true;
  const run = new SyncRun(bench);
  for (const update of [10, 20]) bench.save(`model_${update}.pt`, checkpointAt(update));
  await run.pass(5);
  expect(run.problems).toEqual(['ScratchNotWritable']);
  expect(run.status.problems[0]?.message).toMatch(/may not write .*EACCES.*fsGroup/);
  expect(run.saved).toEqual(['steps/model_10.pt', 'steps/model_20.pt']);
  expect(bench.loadable()).toHaveLength(2);
  await run.kill();
});

test('a directory that cannot be read is said, and looked at again', async () => {
  const bench = new AgentBench();
  const run = new SyncRun(bench);
  await run.pass(1);
  bench.disk.unreadable = new Error('EIO: i/o error, scandir');
  bench.save('model_10.pt', checkpointAt(10));
  await run.pass(10);
  expect(run.problems).toEqual(['ScratchUnreadable']);
  bench.disk.unreadable = undefined;
  await run.pass(3);
  expect(run.problems).toEqual([]);
  expect(run.saved).toEqual(['steps/model_10.pt']);
  await run.kill();
});

describe('requests that fail while an upload still hopes', () => {
  test('are said before the upload fails, and forgotten when it goes on', async () => {
    const bench = new AgentBench();
    bench.objects.faults.add({ on: 'upload', delayMilliseconds: 30_000 });
    const run = new SyncRun(bench);
    bench.save('model_10.pt', checkpointAt(10));
    await run.pass(1);
    const message = 'cannot upload part 1 of it: ECONNREFUSED';
    bench.objects.failing = { code: 'Unavailable', message, tries: 3, since: bench.clock.monotonic() };
    await run.pass(1);
    expect(run.problems).toEqual([]);
    await run.pass(9);
    expect(run.status.problems).toEqual([
      {
        code: 'StoreUnavailable',
        message: expect.stringMatching(/nothing good for 10 s, 3 tries: .*ECONNREFUSED/),
      },
    ]);
    bench.objects.failing = undefined;
    await run.pass(25);
    expect(run.problems).toEqual([]);
    expect(run.saved).toEqual(['steps/model_10.pt']);
    await run.kill();
  });
});
