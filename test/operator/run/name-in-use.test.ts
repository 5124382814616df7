// A run of the name of one that succeeded: it stalls, and is told the one rollback that starts it anew.
import { beforeEach, describe, expect, test } from 'vitest';
import { RunBench, runPrefix } from '../../support/run-bench.ts';

let bench: RunBench;

beforeEach(() => {
  bench = new RunBench();
});

const isSucceeded = (): boolean => bench.status.phase === 'Succeeded';
const rollBack = (update: number, id: string): void => bench.change({ spec: { rollback: { update, id } } });

describe('a run of the name of one that succeeded', () => {
  beforeEach(async () => {
    await bench.liveUntil(isSucceeded);
    bench.deleteRun();
    bench.apply();
    await bench.passes();
  });

  test('is told the rollback that starts it anew, and started by it', async () => {
    expect(bench.status).toMatchObject({ phase: 'Stalled', attempt: 0 });
    expect(bench.status.message).toContain('spec.rollback: {update: 0, id: "1"}');
    rollBack(0, '1');
    await bench.liveUntil(isSucceeded);
    expect(bench.status.attempts).toMatchObject([{ number: 2, rollback: '1' }]);
    expect(bench.checkpoints.some((key) => key.startsWith('attempts/0001'))).toBe(true);
    expect(bench.marker).toMatchObject({ runUid: bench.run.metadata.uid, phase: 'Succeeded' });
  });

  test('and again, under an id that was never used', async () => {
    rollBack(0, '1');
    await bench.liveUntil(isSucceeded);
    bench.deleteRun();
    bench.apply({ rollback: { update: 0, id: '1' } });
    await bench.passes();
    expect(bench.status.phase).toBe('Stalled');
    expect(bench.status.message).toContain('spec.rollback: {update: 0, id: "2"}');
  });

  test('not by a rollback to one of its checkpoints', async () => {
    rollBack(20, '1');
    await bench.live(2);
    expect(bench.status).toMatchObject({ phase: 'Stalled', attempt: 0 });
  });
});

describe('a run of the name of one that was deleted but for what pins keep', () => {
  beforeEach(async () => {
    bench = new RunBench({ deletionPolicy: 'Delete', pins: [{ update: 10 }] });
    bench.training.script = { ...bench.training.script, stepEvery: 10 };
    await bench.liveUntil(() => bench.checkpoints.some((key) => key.endsWith('steps/model_10.pt')));
    bench.deleteRun();
    await bench.liveUntil(() => bench.training.pods.length === 0);
    const marker = bench.marker as { deletion: object };
    const deletion = { ...marker.deletion, begun: true, finished: true };
    bench.objects.seed(`${runPrefix}run.json`, JSON.stringify({ ...marker, deletion }));
    bench.apply();
    await bench.passes();
  });

  test('is told what keeps the place, and takes none of it for its own', () => {
    expect(bench.status).toMatchObject({ phase: 'Stalled', attempt: 0 });
    expect(bench.status.resumePoint).toBeUndefined();
    expect(bench.status.message).toContain('kubectl reprise unpin zh@10');
  });

  test('starts by itself once all of it is gone', async () => {
    for (const key of bench.objects.keys(runPrefix)) bench.objects.objects.delete(key);
    await bench.liveUntil(() => bench.status.phase === 'Running');
    expect(bench.status.attempts.map(({ resumedFrom }) => resumedFrom)).toEqual([undefined]);
  });

  test('starts anew beside what is pinned when it is told to, under a new number', async () => {
    rollBack(0, '1');
    await bench.liveUntil(isSucceeded);
    expect(bench.status.attempts).toMatchObject([{ number: 2, rollback: '1' }]);
    expect(bench.marker).not.toHaveProperty('deletion');
    expect(bench.checkpoints.filter((key) => key.startsWith('attempts/0001'))).not.toEqual([]);
  });
});
