// A rollback over fakes: of a run that trains, waits, failed, is suspended or succeeded; carried out once, repeated when its
// attempt saved nothing, and told when it cannot be done.
import { beforeEach, describe, expect, test } from 'vitest';
import { environmentOf } from '../../support/fake-attempt-files.ts';
import { RunBench } from '../../support/run-bench.ts';

let bench: RunBench;

beforeEach(() => {
  bench = new RunBench({ podTemplate: { spec: { terminationGracePeriodSeconds: 20 } } });
  bench.training.script = { pace: 3, stepEvery: 10, target: 60, crashes: [] };
});

const isRunning = (): boolean => bench.status.phase === 'Running';
const isSucceeded = (): boolean => bench.status.phase === 'Succeeded';
const rollBack = (update: number, id: string, attempt = 0): void =>
  bench.change({ spec: { rollback: { update, id, attempt } } });
const newest = () => bench.status.attempts[0];
const documentOf = (attempt: number): unknown => {
  const bytes = bench.objects.objects.get(bench.attemptKey(attempt))?.bytes;
  return bytes === undefined ? undefined : JSON.parse(new TextDecoder().decode(bytes));
};
const attemptRunning = (number: number) => (): boolean => isRunning() && newest()?.number === number;

/** Attempt 1 trains and has saved updates 10 and 20. */
async function trainPast20(): Promise<void> {
  await bench.liveUntil(() => (bench.status.progress?.update ?? 0) >= 21);
}

describe('of a run that trains', () => {
  test('ends the attempt, and the next starts from the update, waiting for nobody', async () => {
    await trainPast20();
    rollBack(10, 'a');
    await bench.liveUntil(attemptRunning(2));
    const { rollback, expected, predecessor } = environmentOf(bench.jobs.at(-1)?.spec.template ?? {});
    expect([rollback, expected?.update, predecessor]).toEqual([
      { update: 10, attempt: 0, id: 'a' },
      10,
      null,
    ]);
    expect(documentOf(2)).toMatchObject({
      rollback: 'a',
      resumedFrom: { update: 10, attempt: expect.any(String) },
    });
    expect(bench.status.attempts).toMatchObject([
      { number: 2, rollback: 'a', resumedFrom: { attempt: 1, update: 10 } },
      { number: 1, cause: 'RolledBack', message: 'the run is rolled back' },
    ]);
    expect(bench.status.message).toMatch(/^attempt 2 on gpu-2, from update 10, as rollback "a" asked/);
    expect(bench.status.totals).toMatchObject({ disruptions: 0, failures: 0 });
    expect(bench.events.map(({ message }) => message)).toContain(
      'Attempt 2 starts from update 10, as rollback "a" asks.',
    );
  });

  test('acts once: the run then goes on to its end, and removing it does nothing', async () => {
    await trainPast20();
    rollBack(10, 'a');
    await bench.liveUntil(attemptRunning(2));
    bench.change({ spec: { rollback: null } });
    await bench.live(2);
    rollBack(10, 'a');
    await bench.liveUntil(isSucceeded);
    expect(bench.status.attempts.map(({ number, cause }) => [number, cause])).toEqual([
      [2, 'Succeeded'],
      [1, 'RolledBack'],
    ]);
  });

  test('to the same update under a new id acts again', async () => {
    await trainPast20();
    rollBack(10, 'a');
    await bench.liveUntil(attemptRunning(2));
    await bench.live(4);
    rollBack(10, 'b');
    await bench.liveUntil(attemptRunning(3));
    expect(newest()).toMatchObject({ rollback: 'b', resumedFrom: { attempt: 1, update: 10 } });
    await bench.liveUntil(isSucceeded);
    expect(bench.status.attempts.map(({ cause }) => cause)).toEqual([
      'Succeeded',
      'RolledBack',
      'RolledBack',
    ]);
  });

  test('and is evicted before it saved: what was asked for is repeated, what was abandoned stays so', async () => {
    await trainPast20();
    rollBack(10, 'a');
    await bench.liveUntil(attemptRunning(2));
    bench.training.flushes = false;
    bench.training.kubelet.evict({ namespace: 'voice', name: 'zh-2-abcde' });
    await bench.liveUntil(attemptRunning(3));
    expect(newest()).toMatchObject({ number: 3, resumedFrom: { attempt: 1, update: 10 } });
    expect(environmentOf(bench.jobs.at(-1)?.spec.template ?? {}).rollback).toBeNull();
    expect(bench.checkpoints.some((key) => key.includes('model_20.pt'))).toBe(true);
  });

  test('and whose attempt is lost before it told of its start: carried out by the next', async () => {
    await trainPast20();
    bench.training.hasRoom = false;
    rollBack(10, 'a');
    await bench.liveUntil(() => bench.jobNames.includes('zh-2') && bench.training.pods.length === 1);
    bench.training.kubelet.removePod({ namespace: 'voice', name: 'zh-2-abcde' });
    bench.training.hasRoom = true;
    await bench.liveUntil(() => documentOf(3) !== undefined || documentOf(2) !== undefined);
    const told = documentOf(3) ?? documentOf(2);
    expect(told).toMatchObject({ rollback: 'a', resumedFrom: { update: 10 } });
  });

  test('to nothing starts from scratch, and again if nothing is saved then', async () => {
    await trainPast20();
    rollBack(0, 'a');
    await bench.liveUntil(attemptRunning(2));
    expect(bench.status).toMatchObject({ attempts: [{ number: 2, rollback: 'a' }, { number: 1 }] });
    expect(newest()).not.toHaveProperty('resumedFrom');
    expect(bench.status).not.toHaveProperty('resumePoint');
    expect(bench.status.message).toContain('from scratch, as rollback "a" asked; nothing is saved yet');
    expect(bench.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'CheckpointAvailable', reason: 'NothingSaved' }),
    );
    bench.training.flushes = false;
    bench.training.kubelet.evict({ namespace: 'voice', name: 'zh-2-abcde' });
    await bench.liveUntil(attemptRunning(3));
    expect(documentOf(3)).toMatchObject({ resumedFrom: null });
    bench.training.flushes = true;
    await bench.liveUntil(isSucceeded);
    expect(bench.status.resumePoint).toMatchObject({ attempt: 3, update: 60 });
  });

  test('to an update that does not exist disturbs nobody, names those that do, and is done once it can be', async () => {
    await trainPast20();
    rollBack(30, 'a');
    await bench.passes();
    expect(bench.status).toMatchObject({ phase: 'Running', attempt: 1 });
    expect(bench.status.message).toContain(
      'rollback "a" asks for update 30, which is not on the lineage. Saved on the lineage: 10, 20. Set spec.rollback',
    );
    await bench.liveUntil(attemptRunning(2));
    expect(newest()).toMatchObject({ rollback: 'a', resumedFrom: { update: 30 } });
  });
});

describe('of a run that does not train', () => {
  test('while its attempt waits for a node: another is made', async () => {
    await trainPast20();
    bench.training.hasRoom = false;
    bench.training.kubelet.evict({ namespace: 'voice', name: 'zh-1-abcde' });
    await bench.liveUntil(() => bench.status.attempt === 2);
    rollBack(10, 'a');
    await bench.liveUntil(() => bench.status.attempt === 3);
    bench.training.hasRoom = true;
    await bench.liveUntil(isSucceeded);
    expect(bench.status.attempts).toMatchObject([
      { number: 3, resumedFrom: { update: 10 } },
      { number: 2, cause: 'RolledBack' },
      { number: 1, cause: 'Evicted' },
    ]);
  });

  test('that is suspended: once it goes on', async () => {
    await trainPast20();
    bench.change({ spec: { suspend: true, rollback: { update: 10, id: 'a' } } });
    await bench.live(4);
    expect(bench.status).toMatchObject({ phase: 'Suspended', attempt: 1 });
    bench.change({ spec: { suspend: false } });
    await bench.liveUntil(isRunning);
    expect(newest()).toMatchObject({ number: 2, rollback: 'a', resumedFrom: { update: 10 } });
  });

  test('that failed: it is tried again from there, with a budget as new', async () => {
    bench.change({ spec: { restart: { maxFailures: 1 } } });
    bench.training.script = { pace: 3, stepEvery: 10, target: 60, crashes: [25, 27] };
    bench.training.flushes = false;
    await bench.liveUntil(() => bench.status.phase === 'Failed');
    rollBack(15, 'a');
    await bench.live(2);
    expect(bench.status).toMatchObject({ phase: 'Failed', failures: 1 });
    expect(bench.status.message).toMatch(/Besides: rollback "a" asks for update 15.*10, 20/);
    rollBack(10, 'b');
    bench.training.flushes = true;
    await bench.liveUntil(isSucceeded);
    expect(bench.status).toMatchObject({ failures: 0, attempts: [{ resumedFrom: { update: 10 } }, {}, {}] });
  });

  test('that waits after a failure: at once', async () => {
    bench.training.script = { pace: 3, stepEvery: 10, target: 60, crashes: [15, 19, 19] };
    bench.training.flushes = false;
    await bench.liveUntil(() => bench.status.phase === 'Restarting');
    rollBack(10, 'a');
    await bench.passes();
    expect(bench.status).toMatchObject({ attempt: 2, failures: 0, attempts: [{ rollback: 'a' }, {}] });
  });

  test('that waits to start: it does not start from anything else', async () => {
    await trainPast20();
    bench.change({ spec: { suspend: true, suspendMode: 'Now', rollback: { update: 15, id: 'a' } } });
    await bench.live(4);
    bench.change({ spec: { suspend: false } });
    await bench.live(2);
    expect(bench.status).toMatchObject({ phase: 'Stalled', attempt: 1 });
    expect(bench.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Stalled', status: 'True', reason: 'RollbackNotFound' }),
    );
    bench.change({ spec: { rollback: null } });
    await bench.liveUntil(isSucceeded);
    expect(newest()).toMatchObject({ resumedFrom: { update: 21 } });
  });

  test('that succeeded: nothing, and it says what to do instead', async () => {
    await bench.liveUntil(isSucceeded);
    rollBack(10, 'a');
    await bench.live(3);
    expect(bench.status).toMatchObject({ phase: 'Succeeded', attempt: 1 });
    expect(bench.status.message).toMatch(/rollback "a" does nothing.*initializeFrom: \{run: zh, update: …\}/);
  });
});

test('checkpoints that a rollback waits for are kept, whatever the rules say', async () => {
  bench.change({ spec: { retention: { keepNewest: 1, minAgeSeconds: 0 } } });
  await bench.liveUntil(() => (bench.status.progress?.update ?? 0) >= 12);
  bench.change({ spec: { suspend: true, rollback: { update: 10, id: 'a' } } });
  await bench.live(30);
  expect(bench.checkpoints.filter((key) => key.endsWith('steps/model_10.pt'))).toHaveLength(1);
});
