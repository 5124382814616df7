// Files that change while they are looked at or copied: a writer that pauses, one that never rests, one that saves faster than
// anything can be sent. What reaches the bucket is whole, and something does.
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { parseCheckpointMetadata } from '../../src/wire/checkpoint-metadata.ts';
import { AgentBench } from '../support/agent-bench.ts';
import { verdictOn } from '../support/checkpoint-audit.ts';
import { checkpointAt, torn, withoutCrcs } from '../support/checkpoints.ts';
import { SyncRun } from '../support/sync-run.ts';

const size = checkpointAt(10).byteLength;

/** Every checkpoint in the bucket is whole, is what its metadata says, and lies under the key of its own update. */
async function expectAllWhole(bench: AgentBench): Promise<void> {
  for (const [key, { bytes, metadata }] of bench.objects.objects) {
    if (!key.endsWith('.pt')) continue;
    expect(await verdictOn(bytes)).toBe('verified');
    expect(parseCheckpointMetadata(metadata).crc32).toBe(crc32(bytes));
    expect(key.endsWith(`/model_${parseCheckpointMetadata(metadata).update}.pt`)).toBe(true);
  }
}

/** Saves every `milliseconds`, for a minute. */
async function saveEvery(run: SyncRun, milliseconds: number): Promise<number> {
  let update = 0;
  for (let passed = 0; passed < 60_000; passed += milliseconds) {
    update = (update + 1) % 256;
    run.bench.save('model_last.pt', checkpointAt(update));
    await run.pass(milliseconds / 1000);
  }
  return update;
}

describe('a save that pauses', () => {
  test.each([0.05, 0.5, 0.97, 0.9999])(
    'for minutes with %d written is not taken for finished',
    async (part) => {
      const run = new SyncRun(new AgentBench());
      run.bench.save('model_last.pt', checkpointAt(9));
      await run.pass(3);
      for (const update of [10, 11]) {
        // O_TRUNC in place: the inode stays, what was whole is torn
        run.bench.save('model_last.pt', torn(checkpointAt(update), part));
        await run.pass(60);
        expect(run.saved).not.toContain(`last/model_${update}.pt`);
        run.bench.save('model_last.pt', checkpointAt(update));
        await run.pass(310);
        expect(run.saved).toContain(`last/model_${update}.pt`);
      }
      await expectAllWhole(run.bench);
      await run.kill();
    },
  );

  test('over the old bytes, without cutting them off, is not taken for finished either', async () => {
    const run = new SyncRun(new AgentBench());
    const [old, fresh] = [checkpointAt(9), checkpointAt(10)];
    run.bench.save('model_last.pt', Buffer.concat([fresh.subarray(0, size / 2), old.subarray(size / 2)]));
    await run.pass(60);
    await expectAllWhole(run.bench);
    run.bench.save('model_last.pt', fresh);
    await run.pass(3);
    expect(run.saved).toContain('last/model_10.pt');
    await expectAllWhole(run.bench);
    await run.kill();
  });
});

test('a long save whose last bytes fall into the same tick as the ones before is found finished at rest', async () => {
  const run = new SyncRun(new AgentBench());
  const bytes = checkpointAt(10);
  const unfinished = Buffer.concat([torn(bytes, 0.5), Buffer.alloc(size)]).subarray(0, size);
  for (let piece = 0; piece < 50; piece += 1) {
    run.bench.save('model_10.pt', unfinished);
    await run.pass(0.1);
  }
  await run.pass(0.15);
  run.bench.disk.touchUnseen('/scratch/model_10.pt', bytes);
  await run.pass(3);
  expect(run.saved).toEqual(['steps/model_10.pt']);
  await run.kill();
});

describe('a file that changes while it is copied', () => {
  test('after the copy was whole: the copy counts, once proven', async () => {
    const run = new SyncRun(new AgentBench());
    const writes = [torn(checkpointAt(12))];
    run.bench.disk.duringSnapshot = () => {
      const bytes = writes.shift();
      if (bytes !== undefined) run.bench.save('model_last.pt', bytes);
    };
    run.bench.save('model_last.pt', checkpointAt(10));
    await run.pass(10);
    expect(run.saved).toEqual(['last/model_10.pt']);
    run.bench.save('model_last.pt', checkpointAt(12));
    await run.pass(310);
    expect(run.saved).toEqual(['last/model_10.pt', 'last/model_12.pt']);
    await expectAllWhole(run.bench);
    await run.kill();
  });

  test('in the middle of the copy: nothing of it is sent, and the file is not called damaged', async () => {
    const run = new SyncRun(new AgentBench());
    const writes = [checkpointAt(11), torn(checkpointAt(12), 0.3)];
    run.bench.disk.midSnapshot = () => {
      const bytes = writes.shift();
      if (bytes !== undefined) run.bench.save('model_last.pt', bytes);
    };
    run.bench.save('model_last.pt', checkpointAt(10));
    await run.pass(20);
    await expectAllWhole(run.bench);
    run.bench.save('model_last.pt', checkpointAt(13));
    await run.pass(310);
    expect(run.saved).toContain('last/model_13.pt');
    expect(run.problems).toEqual([]);
    expect(run.bench.log.messages('warn')).not.toContain('file is damaged, not sent');
    await expectAllWhole(run.bench);
    await run.kill();
  });

  test('to a newer update: sent under the update that was proven', async () => {
    const run = new SyncRun(new AgentBench());
    let update = 10;
    const save = (): void => run.bench.save('model_last.pt', checkpointAt((update += 1)));
    save();
    await run.pass(0.3);
    save();
    await run.pass(400);
    expect(run.saved.every((name) => name.startsWith('last/'))).toBe(true);
    await expectAllWhole(run.bench);
    await run.kill();
  });

  test('to an update that was sent already: it is not sent again', async () => {
    const run = new SyncRun(new AgentBench({ modelLastEverySeconds: 1 }));
    run.bench.save('model_last.pt', checkpointAt(10));
    await run.pass(3);
    const writes = [checkpointAt(10)];
    run.bench.disk.midSnapshot = () => {
      const bytes = writes.shift();
      if (bytes !== undefined) run.bench.save('model_last.pt', bytes);
    };
    // the look shows update 11; what the copy then holds is update 10, whole
    run.bench.disk.midSnapshotAt = 0;
    run.bench.save('model_last.pt', checkpointAt(11));
    await run.pass(3);
    expect(run.saved).toEqual(['last/model_10.pt']);
    expect(run.status.uploads).toBe(1);
    expect(run.bench.disk.paths('/scratch/.reprise')).toEqual([]);
    await run.kill();
  });

  test('a Step that turns into one of another update under its name is not sent', async () => {
    const run = new SyncRun(new AgentBench());
    const writes = [checkpointAt(11)];
    run.bench.disk.midSnapshotAt = 0;
    run.bench.disk.midSnapshot = () => {
      const bytes = writes.shift();
      if (bytes !== undefined) run.bench.save('model_10.pt', bytes);
    };
    run.bench.save('model_10.pt', checkpointAt(10));
    await run.pass(5);
    expect(run.saved).toEqual([]);
    expect(run.problems).toEqual(['UnusableFile']);
    await run.kill();
  });

  test('without CRCs to prove the copy by: it waits for rest', async () => {
    const run = new SyncRun(new AgentBench());
    let writes = 3;
    run.bench.disk.duringSnapshot = () => {
      writes -= 1;
      if (writes > 0) run.bench.save('model_last.pt', withoutCrcs(checkpointAt(10 + writes)));
    };
    run.bench.save('model_last.pt', withoutCrcs(checkpointAt(20)));
    await run.pass(30);
    expect(run.saved).toEqual(['last/model_11.pt']);
    expect(run.problems).toEqual(['UnverifiableFile']);
    await run.kill();
  });
});

describe('a trainer that never rests', () => {
  test.each([350, 150, 90])('saving every %d ms still gets checkpoints through', async (milliseconds) => {
    const run = new SyncRun(new AgentBench({ modelLastEverySeconds: 10 }));
    await saveEvery(run, milliseconds);
    expect(run.saved.length).toBeGreaterThanOrEqual(4);
    expect(run.saved.length).toBeLessThanOrEqual(7);
    await expectAllWhole(run.bench);
    await run.kill();
  });

  test('saving faster than an upload lasts: each upload that was begun gets through', async () => {
    const run = new SyncRun(new AgentBench({ modelLastEverySeconds: 1 }));
    run.bench.objects.faults.add({ on: 'upload', midwayMilliseconds: 4_000, times: Infinity });
    await saveEvery(run, 1000);
    expect(run.saved.length).toBeGreaterThanOrEqual(3);
    await expectAllWhole(run.bench);
    await run.kill();
  });

  test('and tears every copy: the disk is not worn out by trying', async () => {
    const run = new SyncRun(new AgentBench());
    let copies = 0;
    run.bench.disk.midSnapshot = () => {
      copies += 1;
      run.bench.save('model_last.pt', checkpointAt(100 + (copies % 100)));
    };
    await saveEvery(run, 150);
    expect(copies).toBeGreaterThan(3);
    expect(copies).toBeLessThan(60);
    await expectAllWhole(run.bench);
    run.bench.disk.midSnapshot = () => undefined;
    expect(await run.finish()).toMatchObject({ flushed: true });
  });
});
