// Restore over a fake disk and bucket: what the trainer finds, what attempt.json tells, and when there must be no start.
import { describe, expect, test } from 'vitest';
import { restore } from '../../src/agent/restore/restore.ts';
import {
  AgentBench,
  checkpointKey,
  directory,
  first,
  never,
  own,
  podUid,
  second,
} from '../support/agent-bench.ts';
import { checkpointAt, flipped, genuine, torn } from '../support/checkpoints.ts';

const placedPath = `${directory}/model_last.pt`;

/** A run whose newest checkpoint (update 60) has these bytes, before a good one of update 50. */
function withCandidate(bytes: Uint8Array): AgentBench {
  const bench = new AgentBench();
  bench.seedRun();
  bench.seedAttempt(second);
  bench.seedCheckpoint({ attempt: second, kind: 'Last', update: 60 }, bytes);
  bench.seedCheckpoint({ attempt: second, kind: 'Step', update: 50 }, checkpointAt(50));
  return bench;
}

describe('a start', () => {
  test('from scratch when nothing was ever saved: nothing loadable, a lineage of its own', async () => {
    const bench = new AgentBench();
    bench.seedRun();
    expect(await restore(bench, never)).toMatchObject({ outcome: 'Scratch', update: null });
    expect(bench.loadable()).toEqual([]);
    expect(bench.opened()).toMatchObject({ attempt: own, podUid, resumedFrom: null, skipped: [] });
  });

  test('from a genuine checkpoint, handed over byte for byte as model_last.pt alone', async () => {
    const bench = new AgentBench();
    const bytes = genuine('full-update48.pt');
    bench.seedRun();
    bench.seedAttempt(second);
    const key = bench.seedCheckpoint({ attempt: second, kind: 'Step', update: 48 }, bytes);
    expect(await restore(bench, never)).toMatchObject({ outcome: 'Restored', update: 48 });
    expect(bench.loadable()).toEqual(['model_last.pt']);
    expect(bench.holds(placedPath, bytes)).toBe(true);
    const resumedFrom = { key, attempt: second, update: 48, sizeBytes: bytes.length };
    expect(bench.opened()).toMatchObject({ resumedFrom, skipped: [], image: 'f5-tts:1', gpus: 1 });
  });

  test.each([
    { on: 'list', said: 'looking for what to start from' },
    { on: 'download', said: 'fetching the checkpoint to start from' },
  ] as const)('that is killed at its $on has said what it was at: $said', async ({ on, said }) => {
    const bench = withCandidate(checkpointAt(60));
    bench.objects.faults.add({ on, hang: true, times: Infinity });
    const killing = new AbortController();
    const running = restore(bench, killing.signal);
    await bench.clock.advance(10_000);
    expect(bench.log.messages('info').at(-1)).toBe(said);
    killing.abort(new Error('killed'));
    await expect(running).rejects.toThrow('killed');
  });

  test('follows the lineage, not the highest update: an abandoned branch is no candidate', async () => {
    const bench = new AgentBench();
    bench.seedRun();
    bench.seedAttempt(first);
    bench.seedCheckpoint({ attempt: first, kind: 'Last', update: 90 }, checkpointAt(90));
    bench.seedCheckpoint({ attempt: first, kind: 'Last', update: 40 }, checkpointAt(40));
    bench.seedAttempt(second, { attempt: first, update: 40 });
    expect(await restore(bench, never)).toMatchObject({ update: 40 });
  });

  test('an era-B checkpoint is known by its step', async () => {
    const bench = new AgentBench();
    bench.seedRun();
    bench.seedAttempt(second);
    bench.seedCheckpoint({ attempt: second, kind: 'Last', update: 48 }, genuine('era-b-step.pt'));
    expect(await restore(bench, never)).toMatchObject({ outcome: 'Restored', update: 48 });
  });

  test('an object without a CRC is proven by its entries', async () => {
    const bench = new AgentBench();
    bench.seedRun();
    bench.seedAttempt(second);
    bench.objects.seed(
      checkpointKey({ attempt: second, kind: 'Last', update: 48 }),
      flipped(checkpointAt(48)),
    );
    bench.objects.seed(checkpointKey({ attempt: second, kind: 'Last', update: 45 }), checkpointAt(45));
    expect(await restore(bench, never)).toMatchObject({ outcome: 'Restored', update: 45 });
    expect(bench.opened()?.skipped[0]?.reason).toMatch(/CRC32/);
  });
});

describe('bad candidates', () => {
  const bad = checkpointKey({ attempt: second, kind: 'Last', update: 60 });

  test.each([
    { name: 'truncated before it was sent', bytes: torn(checkpointAt(60)), reason: /no zip end record/ },
    { name: 'empty', bytes: new Uint8Array(0), reason: /./ },
    { name: 'of another update', bytes: checkpointAt(59), reason: /update 59, not 60/ },
    { name: 'pruned to its EMA', bytes: genuine('ema-only.pt'), reason: /emaOnly/ },
    { name: 'no checkpoint at all', bytes: new Uint8Array(5000).fill(7), reason: /neither/ },
  ])('$name: skipped and named, the one before is placed', async ({ bytes, reason }) => {
    const bench = withCandidate(bytes);
    expect(await restore(bench, never)).toMatchObject({ outcome: 'Restored', update: 50 });
    expect(bench.holds(placedPath, checkpointAt(50))).toBe(true);
    expect(bench.opened()?.skipped).toEqual([{ key: bad, reason: expect.stringMatching(reason) }]);
    expect(bench.disk.paths(`${directory}/.reprise/`)).toEqual([`${directory}/.reprise/placed.json`]);
  });

  test('damaged at rest: fetched twice, then skipped', async () => {
    const bench = withCandidate(checkpointAt(60));
    bench.objects.damage(bad, flipped);
    expect(await restore(bench, never)).toMatchObject({ update: 50 });
    expect(bench.opened()?.skipped[0]?.reason).toMatch(/CRC32 [0-9a-f]{8}, not [0-9a-f]{8}/);
  });

  test('damaged on the way: fetched once more, then good', async () => {
    const bench = withCandidate(checkpointAt(60));
    bench.objects.faults.add({ on: 'download', flipAt: 500_000 });
    expect(await restore(bench, never)).toMatchObject({ update: 60 });
    expect(bench.opened()?.skipped).toEqual([]);
  });

  test('all bad: no start, and certainly none from zero', async () => {
    const bench = new AgentBench();
    bench.seedRun();
    bench.seedAttempt(second);
    for (const update of [60, 50])
      bench.seedCheckpoint({ attempt: second, kind: 'Last', update }, torn(checkpointAt(update)));
    const result = await restore(bench, never);
    expect(result).toMatchObject({ outcome: 'Stopped', reason: 'NoUsableCheckpoint' });
    expect(result.message).toContain('last/model_60.pt');
    expect(result.message).toContain('last/model_50.pt');
    expect(bench.loadable()).toEqual([]);
    expect(bench.opened()).toBeUndefined();
  });
});

describe('no start', () => {
  test('without run.json: the wrong place is not an empty place', async () => {
    const bench = new AgentBench();
    expect(await restore(bench, never)).toMatchObject({ outcome: 'Stopped', reason: 'WrongPlace' });
  });

  test("with another run's run.json", async () => {
    const bench = new AgentBench();
    bench.seedRun('someone-else');
    expect(await restore(bench, never)).toMatchObject({ outcome: 'Stopped', reason: 'WrongPlace' });
  });

  test('when the operator knew of a checkpoint and there is none', async () => {
    const bench = new AgentBench({ expected: { attempt: second, update: 50 } });
    bench.seedRun();
    expect(await restore(bench, never)).toMatchObject({ outcome: 'Stopped', reason: 'NoUsableCheckpoint' });
  });

  test.each([
    { name: 'damaged', text: '{' },
    { name: 'of a newer layout', text: '{"version":2}' },
  ])('when the newest attempt.json is $name', async ({ text }) => {
    const bench = new AgentBench();
    bench.seedRun();
    bench.seedAttempt(first);
    bench.seedCheckpoint({ attempt: first, kind: 'Last', update: 50 }, checkpointAt(50));
    bench.objects.seed('prod/voice/xiaoyi-zh/attempts/0002-22222222/attempt.json', text);
    expect(await restore(bench, never)).toMatchObject({ outcome: 'Stopped', reason: 'LineageUnreadable' });
    expect(bench.loadable()).toEqual([]);
  });

  test('when the disk is too small, with what is needed and what is there', async () => {
    const bench = new AgentBench();
    bench.seedRun();
    bench.seedAttempt(second);
    bench.seedCheckpoint({ attempt: second, kind: 'Last', update: 50 }, checkpointAt(50));
    bench.disk.capacityBytes = 500_000;
    const result = await restore(bench, never);
    expect(result).toMatchObject({ outcome: 'Stopped', reason: 'NotEnoughDisk' });
    expect(result.message).toMatch(/1001118 bytes.*500000 bytes are free.*scratch\.size/);
    expect(bench.disk.paths('/')).toEqual([]);
  });
});
