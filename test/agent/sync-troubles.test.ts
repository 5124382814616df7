// Sync when the store is away, the disk is short, or somebody else removes files: the training goes on, nothing is lost that
// need not be, and /status says what is wrong.
import { describe, expect, test } from 'vitest';
import { AgentBench, checkpointKey, own } from '../support/agent-bench.ts';
import { checkpointAt, flipped } from '../support/checkpoints.ts';
import { runs } from '../support/counts.ts';
import { SyncRun } from '../support/sync-run.ts';

const size = checkpointAt(10).byteLength;

describe('local Step files', () => {
  test('are freed once saved, all but the newest', async () => {
    const run = new SyncRun(new AgentBench());
    for (const update of [10, 20, 30]) {
      run.bench.save(`model_${update}.pt`, checkpointAt(update));
      await run.pass(3);
    }
    expect(run.saved).toHaveLength(3);
    expect(run.bench.loadable()).toEqual(['model_30.pt']);
    expect(run.problems).toEqual([]);
    await run.kill();
  });

  test('are not freed before they are saved', async () => {
    const bench = new AgentBench();
    bench.objects.faults.outage = 'Unavailable';
    const run = new SyncRun(bench);
    for (const update of [10, 20, 30]) bench.save(`model_${update}.pt`, checkpointAt(update));
    await run.pass(300);
    expect(bench.loadable()).toHaveLength(3);
    await run.kill();
  });

  test('are freed no more once somebody else removed one', async () => {
    const run = new SyncRun(new AgentBench());
    run.bench.save('model_10.pt', checkpointAt(10));
    await run.pass(3);
    await run.bench.disk.remove('/scratch/model_10.pt');
    for (const update of [20, 30]) run.bench.save(`model_${update}.pt`, checkpointAt(update));
    await run.pass(5);
    expect(run.problems).toEqual(['TwoOwners']);
    expect(run.status.problems[0]?.message).toMatch(/model_10\.pt.*keep_last_n_checkpoints=-1/);
    expect(run.bench.loadable()).toEqual(['model_20.pt', 'model_30.pt']);
    expect(run.saved).toHaveLength(3);
    await run.kill();
  });
});

describe('a store that is away', () => {
  test('for an hour: told while it lasts, few requests, and all is there afterwards', async () => {
    const bench = new AgentBench();
    const run = new SyncRun(bench);
    await run.pass(1);
    bench.objects.faults.outage = 'Unavailable';
    for (const update of [10, 20]) {
      bench.save(`model_${update}.pt`, checkpointAt(update));
      bench.save('model_last.pt', checkpointAt(update));
      await run.pass(1800);
    }
    expect(run.status.problems).toMatchObject([{ code: 'StoreUnavailable' }]);
    expect(run.status.problems[0]?.message).toMatch(/Nothing has reached the store for 3\d{3} s, \d+ tries/);
    expect(run.status).toMatchObject({ lastUpdateSeen: 20, lastUpdateSaved: null });
    expect(bench.objects.faults.requests.length).toBeLessThan(80);
    bench.objects.faults.outage = undefined;
    await run.pass(65);
    expect(run.saved).toEqual(['last/model_20.pt', 'steps/model_10.pt', 'steps/model_20.pt']);
    expect(run.problems).toEqual([]);
    await run.kill();
  });

  test('for a day: no more than a request or two a minute, no byte lost, and the newest Last first', async () => {
    const bench = new AgentBench();
    const run = new SyncRun(bench);
    await run.pass(1);
    bench.objects.faults.outage = 'Unavailable';
    const hours = runs(3, 24);
    for (let hour = 1; hour <= hours; hour += 1) {
      bench.save(`model_${hour * 10}.pt`, checkpointAt(hour * 10));
      bench.save('model_last.pt', checkpointAt(hour * 10));
      await run.pass(3600);
    }
    expect(bench.objects.faults.requests.length).toBeLessThan(hours * 60 * 2);
    expect(bench.loadable()).toHaveLength(hours + 1);
    bench.objects.faults.outage = undefined;
    bench.objects.faults.requests.length = 0;
    await run.pass(120);
    expect(bench.objects.faults.requests.find(({ operation }) => operation === 'upload')?.key).toMatch(
      new RegExp(`last/model_${hours * 10}\\.pt$`),
    );
    expect(run.saved).toHaveLength(hours + 1);
    expect(bench.loadable()).toEqual([`model_${hours * 10}.pt`, 'model_last.pt']);
    expect(run.problems).toEqual([]);
    await run.kill();
  }, 60_000);

  test('a new look at the same file does not copy it again', async () => {
    const bench = new AgentBench();
    let snapshots = 0;
    bench.disk.duringSnapshot = () => (snapshots += 1);
    const run = new SyncRun(bench);
    await run.pass(1);
    bench.objects.faults.outage = 'Unavailable';
    bench.save('model_10.pt', checkpointAt(10));
    await run.pass(600);
    expect(snapshots).toBe(1);
    await run.kill();
  });

  test.each([
    { code: 'AccessDenied', want: 'StoreAccessDenied' },
    { code: 'NotFound', want: 'BucketNotFound' },
    { code: 'NotS3', want: 'StoreNotS3' },
    { code: 'Refused', want: 'StoreRefused' },
  ] as const)('$code is told by its name, and tried again', async ({ code, want }) => {
    const bench = new AgentBench();
    bench.objects.faults.outage = code;
    const run = new SyncRun(bench);
    bench.save('model_10.pt', checkpointAt(10));
    await run.pass(30);
    expect(run.problems).toEqual([want]);
    bench.objects.faults.outage = undefined;
    await run.pass(65);
    expect(run.saved).toEqual(['steps/model_10.pt']);
    await run.kill();
  });

  test('an upload whose answer was lost is no second object', async () => {
    const bench = new AgentBench();
    bench.objects.faults.add({ on: 'upload', after: 'Unavailable' });
    const run = new SyncRun(bench);
    bench.save('model_10.pt', checkpointAt(10));
    await run.pass(10);
    expect(run.saved).toEqual(['steps/model_10.pt']);
    expect(run.status).toMatchObject({ uploads: 1, problems: [] });
    await run.kill();
  });

  test('a key that is taken is left as it is', async () => {
    const bench = new AgentBench();
    const run = new SyncRun(bench);
    await run.pass(1);
    const key = bench.seedCheckpoint({ attempt: own, kind: 'Step', update: 10 }, checkpointAt(11));
    bench.save('model_10.pt', checkpointAt(10));
    await run.pass(10);
    expect(Buffer.compare(bench.objects.objects.get(key)?.bytes ?? Buffer.alloc(0), checkpointAt(11))).toBe(
      0,
    );
    expect(run.status.lastUpdateSaved).toBe(10);
    await run.kill();
  });

  test('bytes damaged between proof and upload: refused, proven anew, then sent', async () => {
    const bench = new AgentBench();
    const run = new SyncRun(bench);
    bench.objects.faults.add({ on: 'upload', delayMilliseconds: 5000 });
    bench.save('model_10.pt', checkpointAt(10));
    await run.pass(3);
    bench.disk.write('/scratch/.reprise/snapshot.part', flipped(checkpointAt(10)));
    await run.pass(20);
    const object = bench.objects.objects.get(checkpointKey({ attempt: own, kind: 'Step', update: 10 }));
    expect(Buffer.compare(object?.bytes ?? Buffer.alloc(0), checkpointAt(10))).toBe(0);
    await run.kill();
  });
});

describe('a disk that is short', () => {
  test('is told before it is full', async () => {
    const run = new SyncRun(new AgentBench());
    run.bench.disk.capacityBytes = size * 2.2;
    run.bench.save('model_last.pt', checkpointAt(10));
    await run.pass(3);
    expect(run.saved).toEqual(['last/model_10.pt']);
    expect(run.problems).toEqual(['DiskShort']);
    await run.kill();
  });

  test('without room for a snapshot the file itself is sent', async () => {
    const run = new SyncRun(new AgentBench());
    run.bench.disk.capacityBytes = size * 1.5;
    run.bench.save('model_last.pt', checkpointAt(10));
    await run.pass(3);
    expect(run.saved).toEqual(['last/model_10.pt']);
    await run.kill();
  });

  test('with the store away, our own copy goes before any Step, and is not made again while room is short', async () => {
    const bench = new AgentBench();
    let copies = 0;
    bench.disk.duringSnapshot = () => (copies += 1);
    const run = new SyncRun(bench);
    await run.pass(1);
    bench.objects.faults.outage = 'Unavailable';
    bench.disk.capacityBytes = size * 4.1;
    for (const update of [10, 20]) {
      bench.save(`model_${update}.pt`, checkpointAt(update));
      await run.pass(5);
    }
    await run.pass(600);
    expect(bench.loadable()).toEqual(['model_10.pt', 'model_20.pt']);
    expect(bench.disk.paths('/scratch/.reprise')).toEqual([]);
    expect(copies).toBeLessThan(4);
    expect(run.problems).toEqual(['StoreUnavailable']);
    bench.objects.faults.outage = undefined;
    await run.pass(65);
    expect(run.saved).toEqual(['steps/model_10.pt', 'steps/model_20.pt']);
    await run.kill();
  });

  test('with the store away, unsent Steps go, oldest first, the newest never, and end.json names them', async () => {
    const bench = new AgentBench();
    const run = new SyncRun(bench);
    await run.pass(1);
    bench.objects.faults.outage = 'Unavailable';
    bench.disk.capacityBytes = size * 5;
    for (const update of [10, 20, 30, 40]) {
      bench.save(`model_${update}.pt`, checkpointAt(update));
      await run.pass(60);
    }
    expect(run.problems).toContain('UnsentStepRemoved');
    expect(bench.loadable()).not.toContain('model_10.pt');
    expect(bench.loadable()).toContain('model_40.pt');
    bench.objects.faults.outage = undefined;
    const end = await run.finish();
    expect(end).toMatchObject({ flushed: true, lastUpdateSaved: 40 });
    expect(end.unsent[0]).toMatchObject({
      file: 'model_10.pt',
      reason: expect.stringContaining('nearly full'),
    });
  });
});
