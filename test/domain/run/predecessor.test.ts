// The pod that may still flush when the next attempt starts: its own run's, or an earlier run's of this name.
import { describe, expect, test } from 'vitest';
import type { NewAttempt } from '../../../src/domain/run/decision.ts';
import type { PodFacts, StrangerPod } from '../../../src/domain/run/facts.ts';
import { attemptId, bucketFacts } from '../../support/bucket-facts.ts';
import {
  ago,
  container,
  deletedPod,
  exited,
  jobOfAttempt,
  passOver,
  podOfAttempt,
  type RunTale,
  statusWith,
} from '../../support/run-snapshots.ts';

const saved = [{ number: 1, last: [30] }];

const started = (tale: RunTale): NewAttempt | undefined => passOver(tale).decision.starts;

describe('the predecessor', () => {
  const status = statusWith([{ number: 1 }]);
  const flushing = { attempt: attemptId(1), until: ago(5) + 1_800_000 };
  test.each<{ name: string; pod: PodFacts; want: NewAttempt['predecessor'] }>([
    { name: 'a pod on its way out', pod: deletedPod(1, 5), want: flushing },
    {
      name: 'an evicted pod',
      pod: deletedPod(1, 5, { disruption: 'EvictionByEvictionAPI' }),
      want: flushing,
    },
    {
      name: 'a pod whose trainer is gone already',
      pod: deletedPod(1, 5, { trainer: exited(143, { ago: 3 }) }),
      want: flushing,
    },
    {
      name: 'a pod on a lost node: nobody waits for it',
      pod: deletedPod(1, 5, { disruption: 'DeletionByTaintManager', nodeState: { is: 'Gone' } }),
      want: undefined,
    },
    {
      name: 'a pod that still restored: it has nothing',
      pod: deletedPod(1, 5, { sync: undefined, trainer: undefined }),
      want: undefined,
    },
    { name: 'a pod whose sync has ended', pod: deletedPod(1, 5, { sync: exited(0) }), want: undefined },
    {
      name: 'a pod that is over',
      pod: deletedPod(1, 5, { phase: 'Failed', trainer: exited(143, { ago: 3 }) }),
      want: undefined,
    },
  ])('of the next attempt is $name', ({ pod, want }) => {
    const attempt = started({ status, pods: [pod], jobs: [jobOfAttempt(1)], bucket: saved });
    expect(attempt?.number).toBe(2);
    expect(attempt?.predecessor).toEqual(want);
  });

  test('is the newest of several that flush', () => {
    const two = statusWith([
      { number: 2, cause: 'Evicted' },
      { number: 1, cause: 'Evicted' },
    ]);
    const attempt = started({ status: two, pods: [deletedPod(1, 60), deletedPod(2, 20)], bucket: saved });
    expect(attempt?.predecessor?.attempt).toEqual(attemptId(2));
  });
});

describe('a pod that nobody has asked to end yet', () => {
  test('of a suspended attempt is waited for: its Job was just deleted', () => {
    const status = statusWith([{ number: 1, cause: 'Suspended', message: 'the run was suspended' }], {
      phase: 'Suspended',
    });
    const { decision, status: after } = passOver({ status, pods: [podOfAttempt(1)], bucket: saved });
    expect(decision.starts).toBeUndefined();
    expect(decision.recheck).toBe(1);
    expect(after.message).toBe(
      'attempt 1 ended: the run was suspended; the next is made once the pod before it was told to end; update 30 is saved',
    );
    expect(started({ status, pods: [deletedPod(1, 0)], bucket: saved })?.predecessor?.attempt).toEqual(
      attemptId(1),
    );
  });

  test('is not waited for when it has nothing to flush', () => {
    const status = statusWith([{ number: 1, cause: 'Replaced' }]);
    const pods = [podOfAttempt(1, { phase: 'Pending', sync: undefined, trainer: undefined })];
    expect(started({ status, pods })?.number).toBe(2);
  });
});

describe('a pod of an earlier run of this name', () => {
  const former: StrangerPod = { name: 'zh-4-abcde', attempt: attemptId(4), endsAt: ago(-60), flushes: true };
  const marker = {
    runUid: 'former',
    clusterUid: 'cluster-uid',
    highestAttempt: 4,
    phase: 'Running',
    etag: 'm',
  };
  const adopting = (strangers: readonly StrangerPod[]): RunTale => ({
    bucket: { kind: 'Read', facts: bucketFacts([{ number: 4, last: [90] }], { marker }) },
    snapshot: { strangers },
  });

  test('that flushes is the predecessor', () => {
    expect(started(adopting([former]))).toMatchObject({
      number: 5,
      predecessor: { attempt: attemptId(4), until: ago(-60) },
    });
  });

  test('that has nothing to flush is not', () => {
    expect(started(adopting([{ ...former, flushes: false }]))).toMatchObject({
      number: 5,
      predecessor: undefined,
    });
  });

  test('that nobody has asked to end is waited for, and the message says how to end it', () => {
    const { decision, status } = passOver(adopting([{ ...former, endsAt: undefined }]));
    expect(decision.starts).toBeUndefined();
    expect(decision.recheck).toBe(5);
    expect(status.message).toContain('pod voice/zh-4-abcde of an earlier run of this name still runs');
    expect(status.message).toContain('kubectl delete pod -n voice zh-4-abcde');
  });

  test('of several, the newest flushing one is the predecessor', () => {
    const older = { ...former, attempt: attemptId(3), endsAt: ago(-10) };
    const idle = { ...former, attempt: attemptId(5), flushes: false };
    expect(started(adopting([older, former, idle]))).toMatchObject({
      number: 6,
      predecessor: { attempt: attemptId(4) },
    });
  });
});

test('a pod that only waits is no reason to wait', () => {
  const pods = [
    deletedPod(1, 5, { phase: 'Pending', sync: container('Waiting'), trainer: container('Waiting') }),
  ];
  expect(started({ status: statusWith([{ number: 1 }]), pods })).toMatchObject({
    number: 2,
    predecessor: undefined,
  });
});
