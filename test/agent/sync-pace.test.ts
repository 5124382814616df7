// The limit of what uploads may take of the network: kept while the trainer lives, and at the end as long as there is time.
import { describe, expect, test } from 'vitest';
import { AgentBench } from '../support/agent-bench.ts';
import { checkpointAt } from '../support/checkpoints.ts';
import { SyncRun } from '../support/sync-run.ts';

describe('a limit of what uploads may take', () => {
  const size = checkpointAt(10).byteLength;

  test('holds while the trainer lives', async () => {
    const run = new SyncRun(new AgentBench({ maxBytesPerSecond: Math.ceil(size / 100) }));
    run.bench.save('model_last.pt', checkpointAt(10));
    await run.pass(95);
    expect(run.saved).toEqual([]);
    expect(run.status.uploading?.sentBytes).toBeGreaterThan(size / 2);
    await run.pass(10);
    expect(run.saved).toEqual(['last/model_10.pt']);
    await run.kill();
  });

  test('gives way at the end as far as the grace demands, for what is under way and what is not', async () => {
    const bench = new AgentBench({ maxBytesPerSecond: Math.ceil(size / 1000), graceSeconds: 120 });
    const run = new SyncRun(bench);
    bench.save('model_last.pt', checkpointAt(10));
    await run.pass(400);
    expect(run.saved).toEqual([]);
    bench.save('model_20.pt', checkpointAt(20));
    const end = await run.finish();
    expect(end).toMatchObject({ flushed: true, unsent: [], lastUpdateSaved: 20 });
    expect(run.saved).toEqual(['end.json', 'last/model_10.pt', 'steps/model_20.pt']);
    expect(bench.objects.uploads.sentBytes).toBeLessThan(2.3 * size);
  });

  test('gives way for the newest that is under way too, and goes on with what was sent', async () => {
    const bench = new AgentBench({ maxBytesPerSecond: Math.ceil(size / 1000), graceSeconds: 120 });
    const run = new SyncRun(bench);
    bench.save('model_last.pt', checkpointAt(10));
    await run.pass(400);
    const end = await run.finish();
    expect(end).toMatchObject({ flushed: true, lastUpdateSaved: 10 });
    expect(end.flushSeconds).toBeLessThan(110);
    expect(bench.objects.uploads.sentBytes).toBeLessThan(1.3 * size);
  });

  test('holds at the end where there is time enough', async () => {
    const bench = new AgentBench({ maxBytesPerSecond: Math.ceil(size / 100), graceSeconds: 1800 });
    const run = new SyncRun(bench);
    bench.save('model_last.pt', checkpointAt(10));
    const end = await run.finish();
    expect(end.flushed).toBe(true);
    expect(end.flushSeconds).toBeGreaterThan(95);
  });
});
