// One state under two names: the second is a copy inside the store, but only where it is proven to be the same state.
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { parseCheckpointMetadata } from '../../src/wire/checkpoint-metadata.ts';
import { AgentBench, checkpointKey, own } from '../support/agent-bench.ts';
import { checkpointAt, flipped, genuine, renamed, withoutCrcs } from '../support/checkpoints.ts';
import { SyncRun } from '../support/sync-run.ts';

const size = checkpointAt(10).byteLength;
const step = { attempt: own, kind: 'Step', update: 10 } as const;
const last = { attempt: own, kind: 'Last', update: 10 } as const;

const operations = (bench: AgentBench, operation: string): number =>
  bench.objects.faults.requests.filter((request) => request.operation === operation).length;

/** A sync that has sent the Last of update 10, and then sees this Step. */
async function sentLast(bench: AgentBench, bytes: Uint8Array): Promise<SyncRun> {
  const run = new SyncRun(bench);
  bench.save('model_last.pt', checkpointAt(10));
  await run.pass(3);
  bench.save('model_10.pt', bytes);
  await run.pass(3);
  expect(run.saved).toEqual(['last/model_10.pt', 'steps/model_10.pt']);
  return run;
}

describe('a Step that is the Last of its update', () => {
  test('is copied: the bytes of the Last with their CRC32, as a Step, without a byte read or sent', async () => {
    const bench = new AgentBench();
    const run = await sentLast(bench, renamed(checkpointAt(10)));
    expect(bench.objects.uploads.sentBytes).toBe(size);
    const object = bench.objects.objects.get(checkpointKey(step));
    expect(Buffer.compare(object?.bytes ?? Buffer.alloc(0), checkpointAt(10))).toBe(0);
    expect(parseCheckpointMetadata(object?.metadata ?? {})).toEqual({
      ...parseCheckpointMetadata(bench.objects.objects.get(checkpointKey(last))?.metadata ?? {}),
      kind: 'Step',
      crc32: crc32(checkpointAt(10)),
    });
    bench.save('model_20.pt', checkpointAt(20));
    await run.pass(3);
    expect(bench.loadable()).toEqual(['model_20.pt', 'model_last.pt']);
    await run.kill();
  });

  test('is copied also by a restarted container, which learns from the bucket what the Last is', async () => {
    const bench = new AgentBench();
    const before = new SyncRun(bench);
    bench.save('model_last.pt', checkpointAt(10));
    await before.pass(3);
    await before.kill();
    bench.save('model_10.pt', renamed(checkpointAt(10)));
    const after = new SyncRun(bench);
    await after.pass(3);
    expect(after.saved).toContain('steps/model_10.pt');
    expect(bench.objects.uploads.sentBytes).toBe(size);
    await after.kill();
  });

  test('is sent where the store does not copy, and the store is not asked again', async () => {
    const bench = new AgentBench();
    bench.objects.capabilities = { ...bench.objects.capabilities, copyPart: false };
    const run = await sentLast(bench, renamed(checkpointAt(10)));
    const object = bench.objects.objects.get(checkpointKey(step));
    expect(Buffer.compare(object?.bytes ?? Buffer.alloc(0), renamed(checkpointAt(10)))).toBe(0);
    bench.save('model_last.pt', checkpointAt(11));
    bench.save('model_11.pt', checkpointAt(11));
    await run.pass(400);
    expect(run.saved).toContain('steps/model_11.pt');
    expect(operations(bench, 'copy')).toBe(1);
    await run.kill();
  });

  test.each(['NotFound', 'PreconditionFailed', 'Corrupted'] as const)(
    'is sent when the Last turns out to be gone or another (%s)',
    async (before) => {
      const bench = new AgentBench();
      bench.objects.faults.add({ on: 'copy', before });
      const run = await sentLast(bench, renamed(checkpointAt(10)));
      const object = bench.objects.objects.get(checkpointKey(step));
      expect(Buffer.compare(object?.bytes ?? Buffer.alloc(0), renamed(checkpointAt(10)))).toBe(0);
      await run.kill();
    },
  );

  test('while the store is away is no reason to send it: the copy is tried again', async () => {
    const bench = new AgentBench();
    const run = new SyncRun(bench);
    bench.save('model_last.pt', checkpointAt(10));
    await run.pass(3);
    bench.objects.faults.add({ on: 'copy', after: 'Unavailable' });
    bench.save('model_10.pt', checkpointAt(10));
    await run.pass(10);
    expect(run.saved).toEqual(['last/model_10.pt', 'steps/model_10.pt']);
    expect(bench.objects.uploads.sentBytes).toBe(size);
    expect(run.status).toMatchObject({ uploads: 2, problems: [] });
    await run.kill();
  });
});

test('a Last that is a Step sent before is copied too, and the next Last waits its time', async () => {
  const bench = new AgentBench();
  const run = new SyncRun(bench);
  bench.save('model_10.pt', checkpointAt(10));
  await run.pass(3);
  bench.save('model_last.pt', renamed(checkpointAt(10)));
  await run.pass(3);
  expect(run.saved).toEqual(['last/model_10.pt', 'steps/model_10.pt']);
  expect(bench.objects.uploads.sentBytes).toBe(size);
  bench.save('model_last.pt', checkpointAt(11));
  await run.pass(200);
  expect(run.saved).not.toContain('last/model_11.pt');
  await run.pass(110);
  expect(run.saved).toContain('last/model_11.pt');
  await run.kill();
});

describe('a Step that is not the Last of its update', () => {
  test('though its counter is the same: sent', async () => {
    const bench = new AgentBench();
    const run = new SyncRun(bench);
    bench.save('model_last.pt', checkpointAt(48));
    await run.pass(3);
    bench.save('model_48.pt', genuine('era-b-step.pt'));
    await run.pass(3);
    const object = bench.objects.objects.get(checkpointKey({ ...step, update: 48 }));
    expect(Buffer.compare(object?.bytes ?? Buffer.alloc(0), genuine('era-b-step.pt'))).toBe(0);
    expect(operations(bench, 'copy')).toBe(0);
    await run.kill();
  });

  test('though both record no CRCs and have the same sizes: sent', async () => {
    const bench = new AgentBench();
    const run = new SyncRun(bench);
    bench.save('model_last.pt', withoutCrcs(checkpointAt(10)));
    await run.pass(3);
    const other = withoutCrcs(flipped(checkpointAt(10)));
    bench.save('model_10.pt', other);
    await run.pass(3);
    const object = bench.objects.objects.get(checkpointKey(step));
    expect(Buffer.compare(object?.bytes ?? Buffer.alloc(0), other)).toBe(0);
    await run.kill();
  });

  test('because the Last vouches for no CRC32: sent', async () => {
    const bench = new AgentBench();
    const run = new SyncRun(bench);
    bench.save('model_last.pt', checkpointAt(10));
    await run.pass(3);
    bench.objects.seed(checkpointKey(last), checkpointAt(10), { 'reprise-update': '10' });
    bench.save('model_10.pt', renamed(checkpointAt(10)));
    await run.pass(3);
    expect(operations(bench, 'copy')).toBe(0);
    expect(run.saved).toContain('steps/model_10.pt');
    await run.kill();
  });
});
