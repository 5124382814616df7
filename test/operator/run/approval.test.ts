// What is condemned in great number waits for a person: it is asked for by a digest, given by an annotation, and given for that set alone.
import { beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/domain/retention/approval.ts';
import { RunBench, runPrefix } from '../../support/run-bench.ts';
import { applyPolicy, retentionOf, stepsOf, trainTo60 } from '../../support/run-policies.ts';

let bench: RunBench;

/** Steps 10 to 60; more than three of them at once wait for approval. The grace is 10 s. */
beforeEach(async () => {
  bench = new RunBench();
  bench.graceSeconds = 10;
  bench.approveAbove = { percent: 10, checkpoints: 3 };
  await trainTo60(bench);
});

const keep = (keepNewest: number): void =>
  bench.change({ spec: { retention: { keepNewest, minAgeSeconds: 0 } } });
const approve = (digest: string | null): void =>
  bench.change({ metadata: { annotations: { 'reprise.dev/approve': digest } } });
const steps = (): readonly number[] => stepsOf(bench);
const all = [10, 20, 30, 40, 50, 60];
const asked = (): string => bench.status.retention?.approval?.digest ?? '';
const retention = () => retentionOf(bench);
/** The digest of the checkpoints of these updates. */
const digestOfAll = (...updates: readonly number[]): string =>
  digestOf(
    new Set(
      bench.objects.keys(runPrefix).filter((key) => updates.some((at) => key.endsWith(`/model_${at}.pt`))),
    ),
  );
const told = (): readonly string[] =>
  bench.events.filter(({ reason }) => reason === 'ApprovalNeeded').map(({ message }) => message);

test('it stays until somebody agrees, and status, the condition and one Event say how', async () => {
  keep(1);
  await bench.live(40);
  expect(steps()).toEqual(all);
  expect(bench.status.retention).toMatchObject({
    condemned: { checkpoints: 4, bytes: 400 },
    approval: { checkpoints: 4, bytes: 400, digest: expect.stringMatching(/^[0-9a-f]{16}$/) },
  });
  expect(bench.status.retention?.nextDeletionTime).toBeUndefined();
  expect(retention()).toMatchObject({ status: 'False', reason: 'ApprovalNeeded' });
  expect(retention()?.message).toContain(`reprise.dev/approve: "${asked()}"`);
  expect(told()).toHaveLength(1);
  approve(asked());
  await bench.live(3);
  expect(steps()).toEqual([50, 60]);
  expect(retention()).toMatchObject({ status: 'True', reason: 'NothingToDelete' });
});

test('a few at once go without', async () => {
  keep(3);
  await bench.live(15);
  expect(steps()).toEqual([40, 50, 60]);
});

test('a policy asks earlier than the operator', async () => {
  applyPolicy(bench, 'careful', { approveAbove: { percent: 0, checkpoints: 0 } });
  keep(3);
  await bench.live(30);
  expect([steps(), retention()?.reason]).toEqual([all, 'ApprovalNeeded']);
});

describe('an approval', () => {
  beforeEach(async () => {
    keep(1);
    await bench.live(2);
  });

  test('given in the grace does not shorten it', async () => {
    approve(asked());
    await bench.live(5);
    expect(steps()).toEqual(all);
    await bench.live(8);
    expect(steps()).toEqual([50, 60]);
  });

  test('of another digest is none', async () => {
    approve('0123456789abcdef');
    await bench.live(30);
    expect(steps()).toEqual(all);
  });

  test('withdrawn in the grace is none', async () => {
    approve(asked());
    await bench.live(5);
    approve(null);
    await bench.live(30);
    expect([steps(), retention()?.reason]).toEqual([all, 'ApprovalNeeded']);
  });

  test('lets through what is both in its set and still condemned', async () => {
    const digest = asked();
    bench.change({ spec: { pins: [{ update: 20 }] } });
    await bench.live(2);
    approve(digest);
    await bench.live(15);
    expect(steps()).toEqual([20, 50, 60]);
  });

  test('does not let through what came to its set later, if that is too much as well', async () => {
    bench.approveAbove = { percent: 0, checkpoints: 0 };
    bench.restartOperator();
    await bench.live(2);
    const digest = asked();
    bench.training.script = { ...bench.training.script, pace: 5 };
    await bench.liveUntil(() => steps().includes(80));
    bench.training.script = { ...bench.training.script, pace: 0 };
    approve(digest);
    await bench.live(15);
    expect(steps()).toEqual([50, 60, 70, 80]);
    expect(bench.status.retention?.approval).toMatchObject({ checkpoints: 2 });
    approve(asked());
    await bench.live(3);
    expect(steps()).toEqual([70, 80]);
  });

  test('is remembered by the run when the operator is another one', async () => {
    approve(asked());
    await bench.live(3);
    bench.restartOperator();
    await bench.live(15);
    expect(steps()).toEqual([50, 60]);
  });
});

describe('while a part that was let through still stands in its grace', () => {
  beforeEach(async () => {
    bench.approveAbove = { percent: 10, checkpoints: 1 };
    bench.restartOperator();
    keep(5);
    await bench.live(2);
    keep(1);
    await bench.live(2);
  });

  test('who agrees to all that is condemned agrees to what waits', async () => {
    expect(bench.status.retention).toMatchObject({
      condemned: { checkpoints: 4 },
      approval: { checkpoints: 3 },
    });
    approve(digestOfAll(10, 20, 30, 40));
    await bench.live(15);
    expect(steps()).toEqual([50, 60]);
  });

  test('that word holds also once the part is gone', async () => {
    const digest = digestOfAll(10, 20, 30, 40);
    await bench.live(10);
    expect(steps()).toEqual([20, 30, 40, 50, 60]);
    approve(digest);
    await bench.live(3);
    expect(steps()).toEqual([50, 60]);
  });

  test('but to less than that is to agree to nothing', async () => {
    approve(digestOfAll(10, 20, 30));
    await bench.live(15);
    expect(steps()).toEqual([20, 30, 40, 50, 60]);
  });
});
