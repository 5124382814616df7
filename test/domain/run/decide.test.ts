// What is done about a run that lives, is suspended, was replaced or has ended; and the tidying beside it.
import { describe, expect, test } from 'vitest';
import type { PodFacts } from '../../../src/domain/run/facts.ts';
import { bucketFacts } from '../../support/bucket-facts.ts';
import {
  container,
  deletedPod,
  ended,
  exited,
  jobOfAttempt,
  passOver,
  podOfAttempt,
  type RunTale,
  statusWith,
  unreadable,
} from '../../support/run-snapshots.ts';

const end = { flushed: true, filesSeen: 2, lastUpdateSeen: 40 };
const saved = [{ number: 1, last: [40], end }];
const status = statusWith([{ number: 1 }]);
const succeeded = podOfAttempt(1, { phase: 'Succeeded', trainer: exited(0) });
const waiting = { sync: undefined, trainer: undefined, restore: container('Waiting') };
const doing = (tale: RunTale): readonly string[] =>
  passOver(tale).decision.actions.map((action) => action.do);

describe('a living attempt', () => {
  const jobs = [jobOfAttempt(1)];

  test('is let alone and looked at again', () => {
    const { decision, status: after } = passOver({ status, jobs, pods: [podOfAttempt(1)], bucket: saved });
    expect(decision).toMatchObject({ standing: { is: 'Live' }, actions: [], events: [], recheck: 5 });
    expect(after.phase).toBe('Running');
  });

  test('is let alone while the store is away', () => {
    const store = { kind: 'Unready', reason: 'StoreNotAvailable', message: 'the store is away' } as const;
    const { decision, status: after } = passOver({
      status,
      jobs,
      pods: [podOfAttempt(1)],
      bucket: unreadable,
      snapshot: { store },
    });
    expect(decision).toMatchObject({ standing: { is: 'Live' }, actions: [] });
    expect(after).toMatchObject({
      phase: 'Running',
      message: 'attempt 1 on gpu-1 trains; what is saved cannot be told: the server is away',
    });
  });

  test.each<{ name: string; pod: PodFacts; want: string; message: string }>([
    {
      name: 'an image that cannot be pulled',
      pod: podOfAttempt(1, {
        ...waiting,
        phase: 'Pending',
        restore: container('Waiting', { reason: 'ImagePullBackOff', message: 'no such image' }),
      }),
      want: 'Stalled',
      message: 'container restore cannot start: ImagePullBackOff (no such image). Check the image name',
    },
    {
      name: 'no node that fits',
      pod: podOfAttempt(1, {
        ...waiting,
        phase: 'Pending',
        node: undefined,
        unschedulable: '0/2 nodes are available.',
      }),
      want: 'Pending',
      message: 'attempt 1 waits: no node can take its pod: 0/2 nodes are available. Compare',
    },
    {
      name: 'a Secret that is missing',
      pod: podOfAttempt(1, {
        phase: 'Pending',
        trainer: container('Waiting', { reason: 'CreateContainerConfigError' }),
      }),
      want: 'Stalled',
      message: 'container trainer cannot start: CreateContainerConfigError.',
    },
  ])('waits for $name', ({ pod, want, message }) => {
    const { decision, status: after } = passOver({ status, jobs, pods: [pod] });
    expect(decision).toMatchObject({ actions: [], recheck: 5 });
    expect(after.phase).toBe(want);
    expect(after.message).toContain(message);
  });
});

describe('a changed workload', () => {
  const spec = { workload: 'changed' };
  const jobs = [jobOfAttempt(1)];

  test.each<{ name: string; pods: readonly PodFacts[] }>([
    { name: 'has no pod yet', pods: [] },
    { name: 'waits', pods: [podOfAttempt(1, { ...waiting, phase: 'Pending' })] },
    { name: 'restores', pods: [podOfAttempt(1, { ...waiting, restore: container('Running') })] },
  ])('replaces the Job of an attempt that $name, the intent first', ({ pods }) => {
    const first = passOver({ status, spec, jobs, pods });
    expect(first.decision.actions).toEqual([{ do: 'DeleteJob', name: 'zh-1', uid: 'job-1' }]);
    expect(first.status.attempts).toMatchObject([{ number: 1, cause: 'Replaced' }]);
    const next = passOver({
      status: first.status,
      spec,
      pods: pods.map((pod) => ({ ...pod, phase: 'Failed' })),
    });
    expect(next.decision).toMatchObject({ starts: { number: 2 }, failures: 0 });
    expect(next.status.workload).toBe('changed');
  });

  test.each([podOfAttempt(1), podOfAttempt(1, { trainer: exited(0) })])(
    'leaves an attempt that has trained alone',
    (pod) => {
      expect(doing({ status, spec, jobs, pods: [pod], bucket: saved })).toEqual([]);
    },
  );
});

describe('success', () => {
  const jobs = [jobOfAttempt(1, { complete: true })];

  test('is written to status, then to the bucket and the Job', () => {
    const { decision, status: after } = passOver({ status, jobs, pods: [succeeded], bucket: saved });
    expect(decision.actions).toEqual([
      { do: 'ExpireJob', name: 'zh-1' },
      { do: 'WriteMarker', highestAttempt: 0, phase: 'Succeeded', over: 'm' },
    ]);
    expect(after).toMatchObject({ phase: 'Succeeded', message: 'training is complete; update 40 is saved' });
    expect(after.conditions[0]).toMatchObject({ type: 'Complete', status: 'True' });
  });

  test('waits for the bucket: without end.json nobody can tell', () => {
    const first = passOver({ status, jobs, pods: [succeeded], bucket: unreadable });
    expect(first.decision.actions).toEqual([]);
    expect(first.status).toMatchObject({
      phase: 'Stalled',
      message: 'attempt 1 has ended, but what it saved last cannot be told: the server is away',
    });
    expect(passOver({ status: first.status, jobs, pods: [succeeded], bucket: saved }).status.phase).toBe(
      'Succeeded',
    );
  });

  test.each<{ name: string; tale: RunTale }>([
    { name: 'the retry annotation', tale: { run: { retry: 'again' } } },
    { name: 'a changed workload', tale: { spec: { workload: 'changed' } } },
    { name: 'a suspension', tale: { spec: { suspend: true } } },
    { name: 'a bucket that is gone', tale: { bucket: unreadable } },
    {
      name: 'another owner of the place',
      tale: { bucket: { kind: 'Read', facts: bucketFacts(saved, { marker: undefined }) } },
    },
  ])('is not undone by $name', ({ tale }) => {
    const done = statusWith([ended(1, 'Succeeded')], { phase: 'Succeeded' });
    const marked = {
      kind: 'Read',
      facts: bucketFacts(saved, {
        marker: {
          runUid: 'run-uid',
          clusterUid: 'cluster-uid',
          highestAttempt: 1,
          phase: 'Succeeded',
          etag: 'm',
        },
      }),
    } as const;
    const { decision, status: after } = passOver({ status: done, bucket: marked, ...tale });
    expect(decision).toMatchObject({ actions: [], events: [], recheck: undefined });
    expect(after.phase).toBe('Succeeded');
  });
});

describe('tidying', () => {
  test.each([
    { name: 'gets its TTL once its end is in the ledger', job: jobOfAttempt(1), want: ['ExpireJob'] },
    { name: 'gets it once', job: jobOfAttempt(1, { hasTtl: true }), want: [] },
    { name: 'is let alone while it goes away', job: jobOfAttempt(1, { deleting: true }), want: [] },
  ])('a Job $name', ({ job, want }) => {
    const done = statusWith([ended(1, 'NothingSaved')]);
    expect(doing({ status: done, jobs: [job] })).toEqual(want);
  });

  test('a Job whose attempt only ends has no TTL yet', () => {
    const ending = statusWith([{ number: 2 }, { number: 1, cause: 'Evicted' }]);
    expect(
      doing({
        status: ending,
        jobs: [jobOfAttempt(1), jobOfAttempt(2)],
        pods: [podOfAttempt(2), deletedPod(1, 5)],
        bucket: saved,
      }),
    ).toEqual([]);
  });

  test('the next Job is made before the last is tidied', () => {
    const pods = [deletedPod(1, 20, { phase: 'Failed', trainer: exited(143) })];
    expect(doing({ status, jobs: [jobOfAttempt(1)], pods, bucket: saved })).toEqual([
      'WriteMarker',
      'CreateJob',
      'ExpireJob',
    ]);
  });
});
