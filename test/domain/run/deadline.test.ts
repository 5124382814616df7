// spec.activeDeadlineSeconds: counted over all attempts, idle time free; it ends the run for as long as it is not raised.
import { describe, expect, test } from 'vitest';
import { activeSeconds } from '../../../src/domain/run/deadline.ts';
import { viewAttempts } from '../../../src/domain/run/ledger.ts';
import {
  ago,
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
} from '../../support/run-snapshots.ts';

const active = (tale: RunTale): number => {
  const snapshot = snapshotOf(tale);
  return activeSeconds(snapshot, viewAttempts(snapshot));
};

const totals = (seconds: number) => ({
  totals: {
    attempts: 1,
    disruptions: 0,
    failures: 0,
    lostUpdates: 0,
    reclaimedBytes: 0,
    activeSeconds: seconds,
  },
});

describe('the time at work', () => {
  const attempts = [{ number: 2 }, ended(1, 'Evicted')];
  test('is that of the attempts that ended and of the one that lives', () => {
    const tale = {
      status: statusWith(attempts, totals(400)),
      pods: [podOfAttempt(2, { createdAt: ago(50) })],
    };
    expect(active(tale)).toBe(450);
    const over = passOver({
      ...tale,
      pods: [podOfAttempt(2, { createdAt: ago(50), phase: 'Failed', trainer: exited(1) })],
    });
    expect(over.status.totals.activeSeconds).toBe(450);
    expect(active({ status: over.status })).toBe(450);
  });

  test('is not added to by a suspended run', () => {
    expect(active({ status: statusWith([ended(1, 'Suspended')], totals(400)) })).toBe(400);
  });

  test('of an attempt that lingers on a lost node ends when the next begins', () => {
    const status = statusWith([{ number: 2 }, { number: 1, cause: 'NodeLost', startedAt: timeAgo(500) }]);
    const pods = [podOfAttempt(2, { createdAt: ago(100) }), deletedPod(1, 120, { createdAt: ago(500) })];
    expect(active({ status, pods })).toBe(500);
    const gone = passOver({ status, pods: [podOfAttempt(2, { createdAt: ago(100) })] });
    expect(gone.status.totals.activeSeconds).toBe(400);
  });
});

describe('a run whose time is over', () => {
  const status = statusWith([{ number: 1 }]);
  const spec = { activeDeadlineSeconds: 1000 };
  const jobs = [jobOfAttempt(1)];

  test('is Failed, the intent written before its Job is deleted', () => {
    const { decision, status: after } = passOver({ status, spec, jobs, pods: [podOfAttempt(1)] });
    expect(decision.actions).toEqual([{ do: 'DeleteJob', name: 'zh-1', uid: 'job-1' }]);
    expect(after).toMatchObject({
      phase: 'Failed',
      message:
        'the run has been at work for activeDeadlineSeconds (1000 s). Raise or remove it to go on; what is saved stays.',
      attempts: [{ number: 1, cause: 'DeadlineExceeded' }],
    });
    expect(decision.events.map(({ reason }) => reason)).toEqual(['DeadlineExceeded', 'DeadlineExceeded']);
  });

  test('a second before it trains on', () => {
    const pods = [podOfAttempt(1, { createdAt: ago(999) })];
    expect(passOver({ status, spec, jobs, pods }).decision.standing.is).toBe('Live');
  });

  test('may still finish what its trainer had finished', () => {
    const pods = [podOfAttempt(1, { trainer: exited(0) })];
    expect(passOver({ status, spec, jobs, pods }).decision.actions).toEqual([]);
    const done = statusWith([ended(1, 'Succeeded')], totals(1000));
    expect(passOver({ status: done, spec }).status.phase).toBe('Succeeded');
  });

  test('starts no other attempt, whatever ended the last', () => {
    const evicted = statusWith([ended(1, 'Evicted')], totals(1000));
    expect(passOver({ status: evicted, spec }).status.phase).toBe('Failed');
  });

  test.each([undefined, 1001])('goes on when it is raised to %s', (activeDeadlineSeconds) => {
    const failed = statusWith([ended(1, 'DeadlineExceeded')], { ...totals(1000), phase: 'Failed' });
    expect(passOver({ status: failed, spec }).decision.starts).toBeUndefined();
    const raised = passOver({ status: failed, spec: { activeDeadlineSeconds } });
    expect(raised.decision.starts?.number).toBe(2);
  });

  test('is not lifted by the retry annotation alone', () => {
    const failed = statusWith([ended(1, 'DeadlineExceeded')], totals(1000));
    expect(passOver({ status: failed, spec, run: { retry: 'a' } }).decision.starts).toBeUndefined();
  });
});
