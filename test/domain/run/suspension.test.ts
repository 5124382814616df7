// Suspending a run: the intent is written first, its Job is deleted then, and nothing is started until it is lifted.
import { describe, expect, test } from 'vitest';
import type { PodFacts } from '../../../src/domain/run/facts.ts';
import type { Phase, RunCondition, RunStatus } from '../../../src/domain/run/status.ts';
import {
  ago,
  container,
  deletedPod,
  exited,
  jobOfAttempt,
  passOver,
  podOfAttempt,
  type RunTale,
  sightOf,
  statusWith,
  timeAgo,
  unreadable,
} from '../../support/run-snapshots.ts';

const end = { flushed: true, filesSeen: 2, lastUpdateSeen: 40 };
const saved = [{ number: 1, last: [40], end }];
const status = statusWith([{ number: 1 }]);
const succeeded = podOfAttempt(1, { phase: 'Succeeded', trainer: exited(0) });
const suspendedIn = ({ conditions }: RunStatus): RunCondition | undefined =>
  conditions.find(({ type }) => type === 'Suspended');
const doing = (tale: RunTale): readonly string[] =>
  passOver(tale).decision.actions.map((action) => action.do);

describe('a suspension', () => {
  const spec = { suspend: true };
  const jobs = [jobOfAttempt(1)];

  test('writes the intent, then deletes the Job', () => {
    const { decision, status: after } = passOver({
      status,
      spec,
      jobs,
      pods: [podOfAttempt(1)],
      bucket: saved,
    });
    expect(decision.actions).toEqual([{ do: 'DeleteJob', name: 'zh-1', uid: 'job-1' }]);
    expect(after).toMatchObject({
      phase: 'Running',
      attempts: [{ cause: 'Suspended', message: 'the run was suspended' }],
    });
    expect(suspendedIn(after)).toMatchObject({ status: 'False', reason: 'Suspending' });
    expect(after.message).toBe(
      'the run is being suspended; update 40 is saved; set spec.suspend to false to go on',
    );
  });

  test('whose Job was not deleted yet, deletes it in the next pass, pod or no pod', () => {
    const { status: after } = passOver({ status, spec, jobs, pods: [podOfAttempt(1)], bucket: saved });
    for (const pods of [[podOfAttempt(1)], []]) {
      expect(doing({ status: after, spec, jobs, pods, bucket: saved })).toEqual(['DeleteJob']);
      expect(doing({ status: after, jobs, pods, bucket: saved })).toContain('DeleteJob');
    }
  });

  test('is complete when the pod has ended', () => {
    const intended = statusWith([{ number: 1, cause: 'Suspended' }], { phase: 'Suspended' });
    const pods = [deletedPod(1, 20, { phase: 'Failed', trainer: exited(1) })];
    const { decision, status: after } = passOver({ status: intended, spec, pods, bucket: saved });
    expect(decision.actions).toEqual([]);
    expect(after.phase).toBe('Suspended');
    expect(suspendedIn(after)).toMatchObject({ status: 'True', reason: 'SpecSuspend' });
    expect(after.attempts[0]).toMatchObject({ cause: 'Suspended', exitCode: 1, endedAt: timeAgo(0) });
    expect(after.message).toContain('the run is suspended; update 40 is saved');
    expect(passOver({ status: after, bucket: saved }).decision.starts?.number).toBe(2);
  });

  test.each<{ name: string; pod: Partial<PodFacts>; phase: Phase }>([
    {
      name: 'its trainer still saves',
      pod: { deletion: { requestedAt: ago(5), endsAt: ago(-20) } },
      phase: 'Running',
    },
    { name: 'it restores', pod: { trainer: undefined, restore: container('Running') }, phase: 'Restoring' },
    {
      name: 'it never came so far',
      pod: { phase: 'Pending', sync: undefined, trainer: undefined, restore: undefined },
      phase: 'Pending',
    },
  ])('is not called complete while a pod is there: $name', ({ pod, phase }) => {
    const { status: after } = passOver({ status, spec, jobs, pods: [podOfAttempt(1, pod)], bucket: saved });
    expect(after.phase).toBe(phase);
    expect(suspendedIn(after)).toMatchObject({ status: 'False', reason: 'Suspending' });
  });

  test('of a run that never started starts nothing', () => {
    const { decision, status: after } = passOver({ spec });
    expect(decision.actions).toEqual([]);
    expect(after).toMatchObject({
      phase: 'Suspended',
      attempt: 0,
      message: 'the run is suspended; nothing is saved yet; set spec.suspend to false to go on',
    });
  });

  test('lets a trainer that has ended flush, and a finished run be finished', () => {
    const flushing = passOver({
      status,
      spec,
      jobs,
      pods: [podOfAttempt(1, { trainer: exited(0) })],
      bucket: saved,
    });
    expect(flushing.decision).toMatchObject({ actions: [], standing: { is: 'Suspended' } });
    expect(flushing.status.attempts[0]).not.toHaveProperty('cause');
    const over = passOver({ status: flushing.status, spec, jobs, pods: [succeeded], bucket: saved });
    expect(over.status.phase).toBe('Succeeded');
  });
});

describe('a suspension after the next save', () => {
  const spec = { suspend: true, suspendMode: 'AfterNextSave' as const, suspendDeadlineSeconds: 100 };
  const jobs = [jobOfAttempt(1)];
  const sight = sightOf(1, 47);
  const training: RunTale = {
    status,
    spec,
    jobs,
    pods: [podOfAttempt(1)],
    bucket: saved,
    snapshot: { sight },
  };
  const askedAt = (seconds: number): RunTale => ({
    ...training,
    status: statusWith([{ number: 1 }], { suspendRequestedAt: timeAgo(seconds) }),
  });

  test('waits for it, says until when, and remembers when it was asked', () => {
    const { decision, status: after } = passOver(training);
    expect(decision).toMatchObject({ standing: { is: 'Live' }, actions: [] });
    expect(after).toMatchObject({ phase: 'Running', suspendRequestedAt: timeAgo(0) });
    expect(after.message).toBe(
      `attempt 1 on gpu-1, from scratch; at least 7 updates unsaved; it will be suspended after its next save, at the latest at ${timeAgo(-100)}`,
    );
    expect(suspendedIn(after)).toMatchObject({ status: 'False', reason: 'WaitingForSave' });
    expect(passOver({ ...training, status: after }).status.suspendRequestedAt).toBe(timeAgo(0));
  });

  test.each<{ name: string; tale: RunTale }>([
    { name: 'it has saved since', tale: { ...askedAt(50), bucket: [{ number: 1, last: [47], age: 40 }] } },
    { name: 'the deadline is over', tale: askedAt(100) },
    {
      name: 'its trainer began just now, and has hardly anything to lose',
      tale: {
        ...askedAt(50),
        pods: [podOfAttempt(1, { trainer: container('Running', { startedAt: ago(29) }) })],
      },
    },
    {
      name: 'it does not train yet',
      tale: { ...askedAt(50), pods: [podOfAttempt(1, { trainer: undefined })] },
    },
    { name: 'it is to be now', tale: { ...askedAt(50), spec: { ...spec, suspendMode: 'Now' } } },
  ])('ends the attempt when $name', ({ tale }) => {
    const { decision, status: after } = passOver(tale);
    expect(decision.actions).toEqual([{ do: 'DeleteJob', name: 'zh-1', uid: 'job-1' }]);
    expect(after).toMatchObject({ attempts: [{ cause: 'Suspended' }] });
    expect(suspendedIn(after)).toMatchObject({ status: 'False', reason: 'Suspending' });
  });

  test.each<{ name: string; tale: RunTale }>([
    {
      name: 'it saved before it was asked',
      tale: { ...askedAt(50), bucket: [{ number: 1, last: [45], age: 60 }] },
    },
    {
      name: 'its log shows nothing beyond what is saved: a log comes in pieces and lags behind',
      tale: { ...askedAt(50), snapshot: { sight: { ...sight, update: 40 } } },
    },
    {
      name: 'its log shows no update yet',
      tale: { ...askedAt(50), snapshot: { sight: sightOf(1, undefined, { heard: true }) } },
    },
    { name: 'what it trains cannot be seen', tale: { ...askedAt(50), snapshot: {} } },
    { name: 'the bucket cannot be read', tale: { ...askedAt(50), bucket: unreadable } },
  ])('waits on when $name', ({ tale }) => {
    expect(passOver(tale).decision).toMatchObject({ standing: { is: 'Live' }, actions: [] });
  });

  test('that is taken back is forgotten', () => {
    const { status: after } = passOver({ ...askedAt(50), spec: {} });
    expect(after).not.toHaveProperty('suspendRequestedAt', timeAgo(50));
    expect(after.message).not.toContain('suspended');
  });
});
