// Who may still make the Job of a reserved number, when the number is given up, and what is done about what comes too late.
import { describe, expect, test } from 'vitest';
import type { PodFacts, Snapshot } from '../../../src/domain/run/facts.ts';
import { giveUpOf, straysOf } from '../../../src/domain/run/reservation.ts';
import {
  deletedPod,
  ended,
  exited,
  jobOfAttempt,
  passOver,
  podOfAttempt,
  type RunTale,
  snapshotOf,
  statusWith,
  timeAgo,
  unreadable,
} from '../../support/run-snapshots.ts';

type Tried = Snapshot['tried'];

test.each<{ name: string; reservedBy: string | undefined; tried: Tried; want: string | undefined }>([
  { name: 'ours, never tried', reservedBy: 'operator', tried: undefined, want: undefined },
  {
    name: 'ours, another tried before it',
    reservedBy: 'operator',
    tried: { number: 1, unanswered: undefined },
    want: undefined,
  },
  {
    name: 'ours, made',
    reservedBy: 'operator',
    tried: { number: 2, unanswered: undefined },
    want: 'its Job was made, and removed',
  },
  {
    name: 'ours, perhaps made',
    reservedBy: 'operator',
    tried: { number: 2, unanswered: 'no answer in time' },
    want: 'the API server did not say whether it made its Job (no answer in time)',
  },
  { name: "another's", reservedBy: 'another', tried: undefined, want: 'the operator that reserved' },
  {
    name: "an older operator's, which did not say so",
    reservedBy: undefined,
    tried: undefined,
    want: 'the operator',
  },
])('a number that is $name: $want', ({ reservedBy, tried, want = 'kept' }) => {
  const given = giveUpOf({ operatorId: 'operator', tried }, { number: 2, reservedBy });
  expect(given?.message ?? 'kept').toContain(want);
});

const saved = [{ number: 1, last: [30] }];
const reserved = (reservedBy: string): RunTale => ({
  status: statusWith([{ number: 2, reservedBy }, ended(1, 'Evicted', { savedUpdate: 30 })]),
  bucket: saved,
});

describe('a number that another operator reserved and of which nothing is there', () => {
  test('ends, and the next is reserved by this one, in one pass', () => {
    const { decision, status } = passOver(reserved('another'));
    expect(decision.actions.at(-1)).toMatchObject({ do: 'CreateJob', attempt: { number: 3 } });
    expect(status).toMatchObject({
      attempt: 3,
      attempts: [
        { number: 3, reservedBy: 'operator' },
        { number: 2, reservedBy: 'another', cause: 'NumberGivenUp', endedAt: timeAgo(0) },
        { number: 1 },
      ],
      failures: 0,
    });
    expect(status).not.toHaveProperty('disruptions', 1);
    expect(decision.events).toMatchObject([
      { type: 'Normal', reason: 'NumberGivenUp' },
      { type: 'Normal', reason: 'AttemptStarted' },
    ]);
  });

  test('stays open while the bucket cannot be read, and no Job is made', () => {
    const { decision, status } = passOver({ ...reserved('another'), bucket: unreadable });
    expect(decision.actions).toEqual([]);
    expect(status.attempts[0]).toEqual({ number: 2, reservedBy: 'another' });
  });

  test('ends as its pod was deleted where the bucket has its folder', () => {
    const { status } = passOver({ ...reserved('another'), bucket: [...saved, { number: 2, from: [1, 30] }] });
    expect(status.attempts[1]).toMatchObject({ number: 2, cause: 'PodDeleted' });
  });
});

describe('what comes after its number was given up', () => {
  const status = statusWith([{ number: 3 }, ended(2, 'NumberGivenUp', { startedAt: undefined })]);
  const running = { jobs: [jobOfAttempt(3)], pods: [podOfAttempt(3)] };

  test('a Job is deleted and told, and the row is open until it is gone', () => {
    const late = passOver({ ...running, status, jobs: [...running.jobs, jobOfAttempt(2)], bucket: saved });
    expect(late.decision.actions).toEqual([{ do: 'DeleteJob', name: 'zh-2', uid: 'job-2' }]);
    expect(late.decision.events).toEqual([
      {
        type: 'Warning',
        reason: 'LateJob',
        message: 'Job zh-2 came after its number was given up; it is deleted.',
      },
    ]);
    expect(late.status.attempts[1]?.endedAt).toBeUndefined();
    const gone = passOver({ ...running, status: late.status, bucket: saved });
    expect(gone.status.attempts[1]).toMatchObject({ cause: 'NumberGivenUp', endedAt: timeAgo(0) });
    expect(gone.decision.actions).toEqual([]);
  });

  const doing = (pod: PodFacts) =>
    passOver({ ...running, status, pods: [...running.pods, pod], bucket: saved }).decision.actions;

  test('a pod without a Job is deleted; one that has ended or is going is let be', () => {
    expect(doing(podOfAttempt(2))).toMatchObject([{ do: 'DeletePod', name: 'zh-2-abcde' }]);
    expect(doing(deletedPod(2, 5))).toEqual([]);
    expect(doing(podOfAttempt(2, { phase: 'Failed', trainer: exited(1) }))).toEqual([]);
  });

  test('no attempt starts beside it before it was told to end', () => {
    const newest = statusWith([ended(2, 'NumberGivenUp', { startedAt: undefined })]);
    const jobs = [jobOfAttempt(2)];
    const first = passOver({ status: newest, jobs, bucket: saved });
    expect(first.decision.actions).toEqual([{ do: 'DeleteJob', name: 'zh-2', uid: 'job-2' }]);
    const deleting = [jobOfAttempt(2, { deleting: true })];
    expect(passOver({ status: first.status, jobs: deleting, bucket: saved }).decision.starts?.number).toBe(3);
  });

  test('the next attempt waits for what it flushes', () => {
    const newest = statusWith([ended(2, 'NumberGivenUp')]);
    const { decision } = passOver({ status: newest, pods: [deletedPod(2, 5)], bucket: saved });
    expect(decision.starts?.predecessor?.attempt.number).toBe(2);
  });
});

describe('what no row of the ledger tells of', () => {
  const ledger = [{ number: 5 }, { number: 3 }];
  const strays = (tale: RunTale) =>
    straysOf(snapshotOf(tale), ledger).map(({ job, pod }) => [job?.name, pod?.name]);

  test.each<{ name: string; tale: RunTale; want: unknown }>([
    { name: 'a Job', tale: { jobs: [jobOfAttempt(4)] }, want: [['zh-4', undefined]] },
    {
      name: 'a Job and its pod',
      tale: { jobs: [jobOfAttempt(4)], pods: [podOfAttempt(4)] },
      want: [['zh-4', 'zh-4-abcde']],
    },
    { name: 'a pod alone', tale: { pods: [podOfAttempt(4)] }, want: [[undefined, 'zh-4-abcde']] },
    { name: 'a Job that has ended', tale: { jobs: [jobOfAttempt(4, { complete: true })] }, want: [] },
    { name: 'a Job of a newer attempt than any', tale: { jobs: [jobOfAttempt(6)] }, want: [] },
    { name: 'Jobs of the ledger', tale: { jobs: [jobOfAttempt(5), jobOfAttempt(3)] }, want: [] },
  ])('$name: $want', ({ tale, want }) => {
    expect(strays(tale)).toEqual(want);
  });
});
