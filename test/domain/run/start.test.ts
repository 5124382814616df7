// When an attempt may start, under which number, and that what was saved is never forgotten.
import { describe, expect, test } from 'vitest';
import type { NewAttempt } from '../../../src/domain/run/decision.ts';
import type { Snapshot } from '../../../src/domain/run/facts.ts';
import { attemptId, bucketFacts } from '../../support/bucket-facts.ts';
import {
  deletedPod,
  ended,
  jobOfAttempt,
  passOver,
  podOfAttempt,
  type RunTale,
  statusWith,
  unreadable,
} from '../../support/run-snapshots.ts';

const saved = [{ number: 1, last: [30, 10], steps: [20] }];
const resumePoint = {
  key: 'prod/voice/zh/attempts/0001-11111111/last/model_30.pt',
  attempt: 1,
  update: 30,
  kind: 'Last',
  sizeBytes: 100,
  savedAt: '2026-01-01T00:00:00Z',
} as const;

const started = (tale: RunTale): NewAttempt | undefined => passOver(tale).decision.starts;

describe('a first attempt', () => {
  test('starts from scratch when nothing was ever saved, and says so', () => {
    const { decision, status } = passOver({});
    expect(decision.actions.at(-1)).toMatchObject({ do: 'CreateJob', attempt: { number: 1 } });
    expect(decision.starts).toEqual({ number: 1, from: 'from scratch' });
    expect(status).toMatchObject({
      phase: 'Pending',
      attempt: 1,
      workload: 'workload',
      message: 'attempt 1 starts from scratch',
    });
  });

  test.each<{ name: string; snapshot: Partial<Snapshot>; reason: string; message: string }>([
    {
      name: 'there is no store',
      snapshot: { store: { kind: 'Unready', reason: 'StoreNotFound', message: 'no such store: create it' } },
      reason: 'StoreNotFound',
      message: 'no such store: create it',
    },
    {
      name: 'the bucket cannot be read',
      snapshot: { bucket: unreadable },
      reason: 'BucketUnreadable',
      message: 'the server is away',
    },
    {
      name: 'an attempt.json is missing',
      snapshot: { bucket: { kind: 'Read', facts: bucketFacts([{ number: 2, from: [1, 10] }]) } },
      reason: 'LineageUnreadable',
      message: 'attempt.json is missing',
    },
  ])('does not start while $name', ({ snapshot, reason, message }) => {
    const { decision, status } = passOver({ snapshot });
    expect(decision.starts).toBeUndefined();
    expect(decision.actions).toEqual([]);
    expect(decision.recheck).toBeGreaterThan(0);
    expect(status).toMatchObject({ phase: 'Stalled', attempt: 0, attempts: [] });
    expect(status.message).toContain(message);
    expect(status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Stalled', status: 'True', reason }),
    );
  });
});

describe('what was saved is never forgotten', () => {
  const status = statusWith([ended(1, 'Evicted', { savedUpdate: 30 })], { resumePoint });

  test('a start knows the newest checkpoint', () => {
    expect(started({ status, bucket: saved })?.expected).toMatchObject({ attempt: attemptId(1), update: 30 });
  });

  test('no start from zero when every checkpoint is gone, however many passes look', () => {
    const empty = [{ number: 1 }];
    const first = passOver({ status, bucket: empty });
    expect(first.decision.starts).toBeUndefined();
    expect(first.status).toMatchObject({ phase: 'Stalled', resumePoint });
    const second = passOver({ status: first.status, bucket: empty });
    expect(second.decision.starts).toBeUndefined();
    expect(second.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'CheckpointAvailable', status: 'False', reason: 'Missing' }),
    );
  });

  test('no start from zero after checkpoints vanished under a living attempt', () => {
    const training = statusWith([{ number: 1 }], { resumePoint });
    const pass = passOver({
      status: training,
      pods: [podOfAttempt(1)],
      jobs: [jobOfAttempt(1)],
      bucket: [{ number: 1 }],
    });
    expect(
      started({ status: pass.status, pods: [deletedPod(1, 1)], bucket: [{ number: 1 }] }),
    ).toBeUndefined();
  });

  test('it goes on by itself when they are back', () => {
    const { status: stalled } = passOver({ status, bucket: [{ number: 1 }] });
    expect(started({ status: stalled, bucket: saved })?.number).toBe(2);
  });
});

describe('a reserved number whose Job was never made', () => {
  const status = statusWith(
    [{ number: 2, reservedBy: 'operator' }, ended(1, 'Evicted', { savedUpdate: 30 })],
    { resumePoint },
  );

  test('is used, and told only once', () => {
    const { decision } = passOver({ status, bucket: saved });
    expect(decision.starts?.number).toBe(2);
    expect(decision.actions.at(-1)).toMatchObject({ do: 'CreateJob', attempt: { number: 2 } });
    expect(decision.events).toEqual([]);
  });

  test('waits, with the API server’s words, while its Job is refused, and is tried again', () => {
    const refusal = 'the API server refuses Job voice/zh-2: exceeded quota';
    const { decision, status: after } = passOver({ status, bucket: saved, snapshot: { refusal } });
    expect(decision.actions.at(-1)).toMatchObject({ do: 'CreateJob', attempt: { number: 2 } });
    expect(decision.recheck).toBe(30);
    expect(after).toMatchObject({ phase: 'Stalled', message: refusal, attempt: 2 });
    expect(after.conditions).toContainEqual(
      expect.objectContaining({ type: 'Stalled', status: 'True', reason: 'JobRefused' }),
    );
  });

  test('waits, suspended, while the run is suspended', () => {
    const { decision, status: after } = passOver({ status, bucket: saved, spec: { suspend: true } });
    expect(decision.actions).toEqual([]);
    expect(after.message).toBe(
      'the run is suspended; update 30 is saved; set spec.suspend to false to go on',
    );
    expect(started({ status: after, bucket: saved })?.number).toBe(2);
  });
});
