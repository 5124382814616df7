// The end of an attempt: what still reaches the bucket, in which order, within which time, and what end.json tells.
import { describe, expect, test } from 'vitest';
import { AgentBench, directory, podUid, runUid } from '../support/agent-bench.ts';
import { checkpointAt, genuine, torn } from '../support/checkpoints.ts';
import { podEndingPath } from '../../src/wire/sync-status.ts';
import { endOf, place, SyncRun } from '../support/sync-run.ts';

const uploadsOf = (bench: AgentBench): string[] =>
  bench.objects.faults.requests
    .filter(({ operation }) => operation === 'upload' || operation === 'copy')
    .map(({ key }) => key.slice(key.lastIndexOf('/', key.lastIndexOf('/') - 1) + 1));

describe('a trainer that ended', () => {
  test('having saved: its last file goes at once, however lately a Last went', async () => {
    const run = new SyncRun(new AgentBench());
    run.bench.save('model_last.pt', checkpointAt(10));
    await run.pass(5);
    run.bench.save('model_last.pt', checkpointAt(12));
    const end = await run.finish();
    expect(run.saved).toEqual(['end.json', 'last/model_10.pt', 'last/model_12.pt']);
    expect(end).toMatchObject({
      podUid,
      flushed: true,
      filesSeen: 2,
      lastUpdateSeen: 12,
      lastUpdateSaved: 12,
    });
    expect(end.unsent).toEqual([]);
    expect(endOf(run.bench)).toEqual(end);
  });

  test.each([
    { name: 'by itself', path: undefined, want: false },
    { name: 'because its pod was being ended', path: podEndingPath(runUid), want: true },
    { name: 'by itself, another run’s pod being ended', path: podEndingPath('another'), want: false },
  ])('$name: end.json tells which', async ({ path, want }) => {
    const run = new SyncRun(new AgentBench());
    run.bench.save('model_last.pt', checkpointAt(10));
    await run.pass(5);
    if (path !== undefined) run.endPod(path);
    await run.finish();
    expect(endOf(run.bench)).toMatchObject({ flushed: true, podWasEnding: want });
  });

  test('just after its save: one look is enough', async () => {
    const run = new SyncRun(new AgentBench());
    await run.pass(2);
    run.bench.save('model_last.pt', genuine('full-update48.pt'));
    expect(await run.finish()).toMatchObject({ flushed: true, lastUpdateSaved: 48 });
  });

  test('having written nothing at all', async () => {
    const run = new SyncRun(new AgentBench());
    await run.pass(5);
    expect(await run.finish()).toMatchObject({
      flushed: true,
      filesSeen: 0,
      lastUpdateSeen: null,
      lastUpdateSaved: null,
      unsent: [],
    });
  });

  test('having written nothing over what was placed', async () => {
    const bench = new AgentBench();
    await place(bench, 40, checkpointAt(40));
    const run = new SyncRun(bench);
    await run.pass(5);
    expect(await run.finish()).toMatchObject({ flushed: true, filesSeen: 0, lastUpdateSeen: null });
    expect(run.saved).toEqual(['end.json']);
  });

  test('killed in mid-save: the torn file is named and never sent, what was whole is', async () => {
    const run = new SyncRun(new AgentBench());
    run.bench.save('model_10.pt', checkpointAt(10));
    run.bench.save('model_last.pt', torn(checkpointAt(12)));
    const end = await run.finish();
    expect(run.saved).toEqual(['end.json', 'steps/model_10.pt']);
    expect(end).toMatchObject({ flushed: true, filesSeen: 2, lastUpdateSeen: 10, lastUpdateSaved: 10 });
    expect(end.unsent).toEqual([
      { file: 'model_last.pt', reason: expect.stringContaining('no zip end record') },
    ]);
  });

  test('whose last file is whole but nothing to resume from: not flushed', async () => {
    const run = new SyncRun(new AgentBench());
    run.bench.save('model_10.pt', checkpointAt(10));
    run.bench.save('model_last.pt', genuine('ema-only.pt'));
    const end = await run.finish();
    expect(end).toMatchObject({ flushed: false, lastUpdateSaved: 10 });
    expect(end.unsent).toEqual([{ file: 'model_last.pt', reason: expect.stringContaining('emaOnly') }]);
  });

  test('while the bucket was never listed: it is learnt then', async () => {
    const bench = new AgentBench();
    const removeFault = bench.objects.faults.add({ on: 'list', times: Infinity, before: 'Unavailable' });
    const run = new SyncRun(bench);
    bench.save('model_10.pt', checkpointAt(10));
    await run.pass(5);
    expect(run.saved).toEqual([]);
    removeFault();
    expect(await run.finish()).toMatchObject({ flushed: true, lastUpdateSaved: 10 });
  });
});

describe('the order', () => {
  test('newest first, an update the bucket has in the other kind last', async () => {
    const bench = new AgentBench();
    bench.objects.faults.outage = 'Unavailable';
    const run = new SyncRun(bench);
    for (const update of [10, 20, 30]) {
      bench.save(`model_${update}.pt`, checkpointAt(update));
      await run.pass(20);
    }
    bench.save('model_last.pt', checkpointAt(30));
    await run.pass(20);
    bench.objects.faults.outage = undefined;
    bench.objects.faults.requests.length = 0;
    await run.finish();
    expect(uploadsOf(bench)).toEqual([
      'last/model_30.pt',
      'steps/model_20.pt',
      'steps/model_10.pt',
      'steps/model_30.pt',
    ]);
  });

  test('an older upload under way gives way to a newer file', async () => {
    const run = new SyncRun(new AgentBench());
    run.bench.objects.faults.add({ on: 'upload', key: /model_10/, hang: true });
    run.bench.save('model_10.pt', checkpointAt(10));
    await run.pass(3);
    run.bench.save('model_last.pt', checkpointAt(15));
    const end = await run.finish();
    expect(uploadsOf(run.bench)).toEqual(['steps/model_10.pt', 'last/model_15.pt', 'steps/model_10.pt']);
    expect(end).toMatchObject({ flushed: true, unsent: [], flushSeconds: 0 });
  });

  test('an upload of the newest under way is finished', async () => {
    const run = new SyncRun(new AgentBench());
    run.bench.save('model_10.pt', checkpointAt(10));
    await run.pass(3);
    run.bench.objects.faults.add({ on: 'upload', delayMilliseconds: 30_000 });
    run.bench.save('model_last.pt', checkpointAt(15));
    await run.pass(3);
    expect(await run.finish()).toMatchObject({ flushed: true, lastUpdateSaved: 15 });
    expect(uploadsOf(run.bench)).toEqual(['steps/model_10.pt', 'last/model_15.pt']);
  });

  test('a snapshot kept of a Last outlives the torn file that replaced it', async () => {
    const bench = new AgentBench();
    const run = new SyncRun(bench);
    await run.pass(1);
    bench.objects.faults.outage = 'Unavailable';
    bench.save('model_last.pt', checkpointAt(10));
    await run.pass(30);
    bench.save('model_last.pt', torn(checkpointAt(12)));
    bench.objects.faults.outage = undefined;
    const end = await run.finish();
    expect(run.saved).toEqual(['end.json', 'last/model_10.pt']);
    expect(end).toMatchObject({ flushed: true, lastUpdateSeen: 10, lastUpdateSaved: 10 });
    expect(end.unsent).toMatchObject([{ file: 'model_last.pt' }]);
  });
});

describe('the time', () => {
  test('a file is proven once, however often its upload is tried', async () => {
    const bench = new AgentBench({ graceSeconds: 300 });
    const run = new SyncRun(bench);
    await run.pass(1);
    bench.objects.faults.outage = 'Unavailable';
    bench.save('model_last.pt', checkpointAt(10));
    run.tell();
    await run.pass(20);
    const before = bench.disk.bytesRead;
    await run.pass(200);
    expect(bench.disk.bytesRead - before).toBeLessThan(checkpointAt(10).byteLength);
    bench.objects.faults.outage = undefined;
    expect(await run.finish()).toMatchObject({ flushed: true });
  });

  test('the store is away until nearly the end of the grace: tried again and again, then saved', async () => {
    const bench = new AgentBench({ graceSeconds: 120 });
    const run = new SyncRun(bench);
    await run.pass(1);
    bench.save('model_last.pt', checkpointAt(10));
    bench.objects.faults.outage = 'Unavailable';
    run.tell();
    await run.pass(100);
    expect(run.isOver).toBe(false);
    expect(run.status).toMatchObject({ flushing: true, lastUpdateSaved: null });
    bench.objects.faults.outage = undefined;
    await run.pass(10);
    expect((await run.ended).document).toMatchObject({ flushed: true, unsent: [] });
    expect(bench.clock.sleeping).toBe(0);
  });

  test('an upload too slow for the grace is given up, and end.json says so in time', async () => {
    const bench = new AgentBench({ graceSeconds: 60 });
    const run = new SyncRun(bench);
    await run.pass(1);
    bench.objects.faults.add({ on: 'upload', hang: true, times: Infinity });
    bench.save('model_10.pt', checkpointAt(10));
    const started = bench.clock.monotonic();
    const end = await run.finish();
    expect(bench.clock.monotonic() - started).toBe(54_000);
    expect(end).toMatchObject({ flushed: false, lastUpdateSeen: 10, lastUpdateSaved: null });
    expect(end.unsent).toEqual([{ file: 'model_10.pt', reason: 'the grace ended before it was sent' }]);
    expect(run.saved).toEqual(['end.json']);
  });

  test('with the store away to the end there is no end.json, and sync still ends within the grace', async () => {
    const bench = new AgentBench({ graceSeconds: 60 });
    const run = new SyncRun(bench);
    await run.pass(1);
    bench.objects.faults.outage = 'Unavailable';
    bench.save('model_10.pt', checkpointAt(10));
    const started = bench.clock.monotonic();
    const end = await run.finish();
    expect(bench.clock.monotonic() - started).toBeLessThan(60_000);
    expect(end.unsent).toEqual([{ file: 'model_10.pt', reason: expect.stringContaining('Unavailable') }]);
    expect((await run.ended).isWritten).toBe(false);
    expect(run.saved).toEqual([]);
    expect(bench.clock.sleeping).toBe(0);
  });

  test('nothing is left behind in the private directory but the note', async () => {
    const bench = new AgentBench();
    await place(bench, 40, checkpointAt(40));
    const run = new SyncRun(bench);
    bench.save('model_last.pt', checkpointAt(41));
    await run.pass(3);
    await run.finish();
    expect(bench.disk.paths(`${directory}/.reprise`)).toEqual([`${directory}/.reprise/placed.json`]);
  });
});
