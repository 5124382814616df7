// A run of the name of one that succeeded: it stalls, and is told the one rollback that starts it anew.
import { beforeEach, describe, expect, test } from 'vitest';
import { RunBench } from '../../support/run-bench.ts';

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
