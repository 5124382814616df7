// Sync over a fake disk and bucket while the trainer lives: what reaches the bucket, when, how often, and what stays local.
import { describe, expect, test } from 'vitest';
import { parseCheckpointMetadata } from '../../src/wire/checkpoint-metadata.ts';
import { AgentBench, checkpointKey, directory, own } from '../support/agent-bench.ts';
import { checkpointAt, flipped, genuine, torn } from '../support/checkpoints.ts';
import { place, SyncRun } from '../support/sync-run.ts';

describe('a finished file', () => {
  test('reaches the bucket under its key, byte for byte, with what is known of it', async () => {
    const run = new SyncRun(new AgentBench());
    await run.pass(2);
    const bytes = genuine('full-update48.pt');
    run.bench.save('model_last.pt', bytes);
    await run.pass(2);
    expect(run.saved).toEqual(['last/model_48.pt']);
    const object = run.bench.objects.objects.get(checkpointKey({ attempt: own, kind: 'Last', update: 48 }));
    expect(Buffer.compare(object?.bytes ?? Buffer.alloc(0), bytes)).toBe(0);
    expect(parseCheckpointMetadata(object?.metadata ?? {})).toMatchObject({
      update: 48,
      kind: 'Last',
      parent: '',
      worldSize: 1,
      plannedUpdates: 48,
      crc32: expect.any(Number),
    });
    expect(run.bench.disk.paths(`${directory}/.reprise`)).toEqual([]);
    await run.kill();
  });

  test('names the attempt it descends from; two ranks and era B are read alike', async () => {
    const bench = new AgentBench();
    await place(bench, 20, checkpointAt(20));
    const run = new SyncRun(bench);
    bench.save('model_24.pt', genuine('two-rank.pt'));
    bench.save('model_48.pt', genuine('era-b-step.pt'));
    await run.pass(5);
    expect(run.saved).toEqual(['steps/model_24.pt', 'steps/model_48.pt']);
    const metadata = (update: number) =>
      parseCheckpointMetadata(
        bench.objects.objects.get(checkpointKey({ attempt: own, kind: 'Step', update }))?.metadata ?? {},
      );
    expect(metadata(24)).toMatchObject({ parent: '0002-22222222', worldSize: 2 });
    expect(metadata(48)).toMatchObject({ parent: '0002-22222222', worldSize: undefined });
    await run.kill();
  });

  test('is not sent while it is being written, however long the writer pauses', async () => {
    const run = new SyncRun(new AgentBench());
    run.bench.save('model_10.pt', torn(checkpointAt(10), 0.3));
    await run.pass(70);
    expect(run.saved).toEqual([]);
    expect(run.problems).toEqual(['TornFile']);
    run.bench.save('model_10.pt', checkpointAt(10));
    await run.pass(2);
    expect(run.saved).toEqual(['steps/model_10.pt']);
    expect(run.problems).toEqual([]);
    await run.kill();
  });

  test.each([
    { name: 'with a flipped bit', file: 'model_10.pt', bytes: flipped(checkpointAt(10)), code: 'TornFile' },
    { name: 'pruned to its EMA', file: 'model_10.pt', bytes: genuine('ema-only.pt'), code: 'UnusableFile' },
    { name: 'of another update', file: 'model_10.pt', bytes: checkpointAt(11), code: 'UnusableFile' },
  ])('$name is never sent, and said', async ({ file, bytes, code }) => {
    const run = new SyncRun(new AgentBench());
    run.bench.save(file, bytes);
    await run.pass(100);
    expect(run.saved).toEqual([]);
    expect(run.problems).toEqual([code]);
    await run.kill();
  });

  test.each(['model_best.pt', 'model_10.safetensors', 'pretrained_model_10.pt', 'model_010.pt', 'x.pt'])(
    'named %s is none of ours',
    async (name) => {
      const run = new SyncRun(new AgentBench());
      run.bench.save(name, checkpointAt(10));
      await run.pass(10);
      expect(run.saved).toEqual([]);
      expect(run.problems).toEqual([]);
      await run.kill();
    },
  );

  test('that restore placed is not sent back, and tells the plan; once rewritten it is the trainer’s', async () => {
    const bench = new AgentBench();
    await place(bench, 40, checkpointAt(40));
    const run = new SyncRun(bench);
    await run.pass(400);
    expect(run.saved).toEqual([]);
    expect(run.status).toMatchObject({ lastUpdateSeen: null, lastUpdateSaved: null, plannedUpdates: 48 });
    bench.save('model_last.pt', checkpointAt(41));
    await run.pass(2);
    expect(run.saved).toEqual(['last/model_41.pt']);
    expect(run.status).toMatchObject({ lastUpdateSeen: 41, lastUpdateSaved: 41, uploads: 1 });
    await run.kill();
  });
});

describe('the note about the placed file', () => {
  test('that cannot be read is as good as none: the file is sent once, nothing else happens', async () => {
    const bench = new AgentBench();
    await place(bench, 40, checkpointAt(40));
    bench.disk.write(`${directory}/.reprise/placed.json`, new TextEncoder().encode('{"version":1,'));
    const run = new SyncRun(bench);
    await run.pass(5);
    expect(run.saved).toEqual(['last/model_40.pt']);
    expect(bench.log.messages('warn')).toContain('the note about the placed file cannot be read');
    await run.kill();
  });
});

describe('how often', () => {
  test('a Last goes at once, then at most every so many seconds, the newest then', async () => {
    const run = new SyncRun(new AgentBench({ modelLastEverySeconds: 60 }));
    for (let update = 1; update <= 65; update += 1) {
      run.bench.save('model_last.pt', checkpointAt(update));
      await run.pass(2);
    }
    expect(run.saved).toHaveLength(3);
    expect(run.saved).toContain('last/model_1.pt');
    expect(run.status.lastUpdateSaved).toBeGreaterThan(58);
    await run.kill();
  });

  test('every Step goes; a (kind, update) goes once, rewritten or not', async () => {
    const run = new SyncRun(new AgentBench({ modelLastEverySeconds: 1 }));
    for (const update of [10, 20, 30]) {
      run.bench.save('model_last.pt', checkpointAt(update));
      run.bench.save(`model_${update}.pt`, checkpointAt(update));
      await run.pass(5);
      run.bench.save('model_last.pt', checkpointAt(update));
      await run.pass(5);
    }
    expect(run.saved).toEqual(
      [10, 20, 30]
        .flatMap((u) => `last/model_${u}.pt`)
        .concat([10, 20, 30].map((u) => `steps/model_${u}.pt`)),
    );
    const sent = run.bench.objects.faults.requests.map(({ operation }) => operation);
    expect(sent.filter((operation) => operation === 'upload')).toHaveLength(3);
    expect(sent.filter((operation) => operation === 'copy')).toHaveLength(3);
    await run.kill();
  });

  test('a restarted container sends nothing twice and goes on', async () => {
    const bench = new AgentBench();
    await place(bench, 20, checkpointAt(20));
    const before = new SyncRun(bench);
    bench.save('model_30.pt', checkpointAt(30));
    await before.pass(3);
    await before.kill();
    expect(bench.clock.sleeping).toBe(0);
    const after = new SyncRun(bench);
    bench.save('model_40.pt', checkpointAt(40));
    await after.pass(3);
    expect(after.saved).toEqual(['steps/model_30.pt', 'steps/model_40.pt']);
    expect(after.status).toMatchObject({ lastUpdateSaved: 40, uploads: 2 });
    const uploads = bench.objects.faults.requests.filter(({ operation }) => operation === 'upload');
    expect(uploads).toHaveLength(2);
    await after.kill();
  });

  test('a container killed in mid-upload leaves nothing half, and its successor sends it', async () => {
    const bench = new AgentBench();
    bench.objects.faults.add({ on: 'upload', hang: true });
    const before = new SyncRun(bench);
    bench.save('model_30.pt', checkpointAt(30));
    await before.pass(3);
    expect(before.status.uploading).toMatchObject({ file: 'model_30.pt' });
    await before.kill();
    const after = new SyncRun(bench);
    expect(after.saved).toEqual([]);
    await after.pass(3);
    expect(after.saved).toEqual(['steps/model_30.pt']);
    await after.kill();
  });
});
