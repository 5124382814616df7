// Restore when the world is not as it should be: a predecessor still flushing, a store that is away, a bucket that changes
// under the reading, and an init container that is run once more.
import { describe, expect, test } from 'vitest';
import { restore } from '../../src/agent/restore/restore.ts';
import { exitCodeOf } from '../../src/agent/restore/stop.ts';
import type { RestoreResult } from '../../src/wire/restore-result.ts';
import {
  AgentBench,
  checkpointKey,
  directory,
  first,
  never,
  own,
  podUid,
  prefix,
  second,
} from '../support/agent-bench.ts';
import { checkpointAt, torn } from '../support/checkpoints.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import type { AgentEnvironment } from '../../src/wire/agent-environment.ts';

const ownAttempt = `${prefix}attempts/0003-9f31c2aa/attempt.json`;
const predecessorEnd = `${prefix}attempts/0002-22222222/end.json`;
const predecessorGone = `${prefix}attempts/0002-22222222/gone.json`;
const at50 = { attempt: second, kind: 'Last', update: 50 } as const;
const at60 = { attempt: second, kind: 'Last', update: 60 } as const;

/** The moment so many seconds after every bench's start. */
const inSeconds = (seconds: number): number => new VirtualClock().now() + seconds * 1000;

function resumable(changes: Partial<AgentEnvironment> = {}): AgentBench {
  const bench = new AgentBench(changes);
  bench.seedRun();
  bench.seedAttempt(second);
  bench.seedCheckpoint(at50, checkpointAt(50));
  return bench;
}

/** Runs restore while virtual time passes; also tells how much of it did. */
async function run(bench: AgentBench): Promise<RestoreResult & { readonly seconds: number }> {
  const started = bench.clock.monotonic();
  let result: RestoreResult | undefined;
  const running = restore(bench, never).then((ended) => (result = ended));
  await bench.clock.advanceUntil(() => result !== undefined, 3_600_000);
  return { ...(await running), seconds: (bench.clock.monotonic() - started) / 1000 };
}

describe('a predecessor that may still flush', () => {
  test('is waited for until its end.json, and what it flushed is the resume point', async () => {
    const bench = resumable({ predecessor: { attempt: second, until: inSeconds(300) } });
    const running = restore(bench, never);
    await bench.clock.advance(20_000);
    expect(bench.opened()).toBeUndefined();
    bench.seedCheckpoint(at60, checkpointAt(60));
    bench.objects.seed(predecessorEnd, '{}');
    await bench.clock.advance(500);
    expect(await running).toMatchObject({ outcome: 'Restored', update: 60 });
    expect(bench.opened()?.waitedSeconds).toBe(20.5);
    expect(bench.log.messages('info')).toContain('waiting for the predecessor to flush');
  });

  test.each([
    { name: 'its grace', seconds: 45, want: 45 },
    { name: 'a moment already past', seconds: -5, want: 0 },
    { name: "the pod's whole grace, whatever another clock says", seconds: 100_000, want: 600 },
  ])('is waited for no longer than $name', async ({ seconds, want }) => {
    const bench = resumable({ predecessor: { attempt: second, until: inSeconds(seconds) } });
    expect(await run(bench)).toMatchObject({ outcome: 'Restored', update: 50, seconds: want });
    expect(bench.opened()?.waitedSeconds).toBe(want);
    expect(bench.log.messages('warn')).toContain('predecessor did not end in time, going on');
  });

  test('is not waited for any more once the operator has told that it is gone', async () => {
    const bench = resumable({ predecessor: { attempt: second, until: inSeconds(300) } });
    const running = restore(bench, never);
    await bench.clock.advance(20_000);
    bench.objects.seed(predecessorGone, '{}');
    await bench.clock.advance(500);
    expect(await running).toMatchObject({ outcome: 'Restored', update: 50 });
    expect(bench.opened()?.waitedSeconds).toBe(20.5);
    expect(bench.log.messages('warn')).toContain('predecessor is gone without having flushed, going on');
  });

  test('a store that is away meanwhile does not end the wait', async () => {
    const bench = resumable({ predecessor: { attempt: second, until: inSeconds(45) } });
    bench.objects.faults.add({ on: 'head', times: 5, before: 'Unavailable' });
    expect(await run(bench)).toMatchObject({ outcome: 'Restored', seconds: 45 });
  });
});

describe('a store that is away', () => {
  test('for a minute: restore waits, says so and goes on', async () => {
    const bench = resumable();
    bench.objects.faults.outage = 'Unavailable';
    const running = restore(bench, never);
    await bench.clock.advance(60_000);
    bench.objects.faults.outage = undefined;
    await bench.clock.advance(20_000);
    expect(await running).toMatchObject({ outcome: 'Restored', update: 50 });
    expect(bench.log.messages('warn')).toContain('store unreachable, trying again');
  });

  test('for good: a retryable end after a few minutes, nothing started', async () => {
    const bench = resumable();
    bench.objects.faults.outage = 'Unavailable';
    const result = await run(bench);
    expect(result).toMatchObject({ outcome: 'Unavailable', reason: 'StoreUnavailable' });
    expect(result.seconds).toBeGreaterThanOrEqual(180);
    expect(result.seconds).toBeLessThan(240);
    expect(exitCodeOf(result)).toBe(11);
    expect(bench.loadable()).toEqual([]);
  });

  test.each([
    { code: 'AccessDenied', reason: 'StoreAccessDenied' },
    { code: 'NotFound', reason: 'BucketNotFound' },
    { code: 'NotS3', reason: 'StoreNotS3' },
    { code: 'Refused', reason: 'StoreRefused' },
  ] as const)('$code is told at once', async ({ code, reason }) => {
    const bench = resumable();
    bench.objects.faults.outage = code;
    expect(await run(bench)).toMatchObject({ outcome: 'Unavailable', reason, seconds: 0 });
  });

  test('in mid-download: the download is begun again', async () => {
    const bench = resumable();
    bench.objects.faults.add({ on: 'download', times: 2, midway: 'Unavailable' });
    expect(await run(bench)).toMatchObject({ outcome: 'Restored', update: 50 });
    expect(bench.holds(`${directory}/model_last.pt`, checkpointAt(50))).toBe(true);
  });

  test('after it took attempt.json: the lost answer is success', async () => {
    const bench = resumable();
    bench.objects.faults.add({ on: 'put', after: 'Unavailable' });
    expect(await run(bench)).toMatchObject({ outcome: 'Restored' });
    expect(bench.opened()).toMatchObject({ resumedFrom: { update: 50 } });
  });
});

describe('a bucket that changes under the reading', () => {
  test('a candidate that went away before its HEAD: listed and planned again', async () => {
    const bench = resumable();
    const key = bench.seedCheckpoint(at60, checkpointAt(60));
    bench.objects.faults.add({ on: 'head', delayMilliseconds: 1000 });
    const running = restore(bench, never);
    await bench.clock.advance(500);
    bench.objects.objects.delete(key);
    await bench.clock.advance(500);
    expect(await running).toMatchObject({ outcome: 'Restored', update: 50 });
    expect(bench.opened()?.skipped).toEqual([]);
  });

  test('a candidate that was replaced before its HEAD, or went away before its GET: the same', async () => {
    const bench = resumable();
    const key = bench.seedCheckpoint(at60, torn(checkpointAt(60)));
    bench.objects.faults.add({ on: 'head', delayMilliseconds: 1000 });
    bench.objects.faults.add({ on: 'download', before: 'NotFound' });
    const running = restore(bench, never);
    await bench.clock.advance(500);
    bench.seedCheckpoint(at60, checkpointAt(60));
    await bench.clock.advance(500);
    expect(await running).toMatchObject({ outcome: 'Restored', update: 60 });
    expect(bench.opened()?.resumedFrom?.key).toBe(key);
    expect(bench.objects.faults.requests.filter(({ operation }) => operation === 'list')).toHaveLength(3);
  });

  test('again and again: retryable, not for ever', async () => {
    const bench = resumable();
    bench.objects.faults.add({ on: 'download', times: Infinity, before: 'PreconditionFailed' });
    const result = await run(bench);
    expect(result).toMatchObject({ outcome: 'Unavailable' });
    expect(exitCodeOf(result)).toBe(11);
    expect(bench.objects.faults.requests.filter(({ operation }) => operation === 'list')).toHaveLength(5);
  });
});

describe('an init container that is run once more', () => {
  test('after it had finished: done, nothing is fetched again', async () => {
    const bench = resumable();
    await restore(bench, never);
    const before = bench.objects.faults.requests.length;
    expect(await restore(bench, never)).toMatchObject({ outcome: 'Restored', update: 50 });
    const again = bench.objects.faults.requests.slice(before);
    expect(again).toEqual([{ operation: 'get', key: ownAttempt }]);
  });

  test('after a start from scratch: done as well', async () => {
    const bench = new AgentBench();
    bench.seedRun();
    await restore(bench, never);
    expect(await restore(bench, never)).toMatchObject({ outcome: 'Scratch' });
    expect(bench.opened()).toMatchObject({ resumedFrom: null });
  });

  test('after it died between placing and attempt.json: starts over', async () => {
    const bench = resumable();
    bench.objects.faults.add({ on: 'put', before: 'Refused' });
    expect(await restore(bench, never)).toMatchObject({ outcome: 'Unavailable' });
    expect(bench.loadable()).toEqual(['model_last.pt']);
    bench.seedCheckpoint(at60, checkpointAt(60));
    expect(await restore(bench, never)).toMatchObject({ outcome: 'Restored', update: 60 });
    expect(bench.loadable()).toEqual(['model_last.pt']);
    expect(bench.disk.paths(`${directory}/.reprise/`)).toEqual([`${directory}/.reprise/placed.json`]);
  });

  test('on an emptied volume: placed again, and attempt.json follows what was placed', async () => {
    const bench = resumable();
    await restore(bench, never);
    await bench.disk.remove(directory);
    bench.objects.objects.delete(checkpointKey(at50));
    const other = { ...at50, update: 40 };
    bench.seedCheckpoint(other, checkpointAt(40));
    expect(await restore(bench, never)).toMatchObject({ outcome: 'Restored', update: 40 });
    expect(bench.opened()).toMatchObject({ resumedFrom: { key: checkpointKey(other) } });
  });

  test('with files of a trainer: they are put aside, not deleted, and not loaded', async () => {
    const bench = resumable();
    bench.save('model_last.pt', checkpointAt(55));
    bench.save('model_40.pt', checkpointAt(40));
    bench.save('train.log', new Uint8Array(3));
    expect(await restore(bench, never)).toMatchObject({ update: 50 });
    expect(bench.loadable()).toEqual(['model_last.pt', 'train.log']);
    expect(bench.holds(`${directory}/model_last.pt`, checkpointAt(50))).toBe(true);
    expect(bench.holds(`${directory}/.reprise/found/model_last.pt`, checkpointAt(55))).toBe(true);
  });

  test("another pod's attempt.json in our folder is never replaced", async () => {
    const bench = resumable();
    bench.seedAttempt(own, { attempt: first, update: 1 });
    bench.seedAttempt(first);
    const before = bench.opened();
    expect(before?.podUid).not.toBe(podUid);
    expect(await restore(bench, never)).toMatchObject({ outcome: 'Stopped' });
    expect(bench.opened()).toEqual(before);
  });

  test('an abortion ends it at once, with the reason given', async () => {
    const bench = resumable({ predecessor: { attempt: second, until: Number.MAX_SAFE_INTEGER } });
    const ending = new AbortController();
    const running = restore(bench, ending.signal);
    await bench.clock.advance(1_000);
    ending.abort(new Error('told to stop'));
    await expect(running).rejects.toThrow('told to stop');
    expect(bench.clock.sleeping).toBe(0);
  });
});
