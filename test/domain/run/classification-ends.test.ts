// How an attempt ended that nobody deleted: read from its pod, or from what its Job says once the pod is gone.
import { describe, expect, test } from 'vitest';
import { type Cause, causes, effectOf, eventTypeOf } from '../../../src/domain/run/causes.ts';
import { type AttemptEvidence, stageOf } from '../../../src/domain/run/classification.ts';
import type { EndFacts, PodFacts } from '../../../src/domain/run/facts.ts';
import {
  container,
  evidenceOf,
  exited,
  failedJob,
  jobOfAttempt,
  podOfAttempt,
} from '../../support/run-snapshots.ts';

const saved: EndFacts = { flushed: true, filesSeen: 3, lastUpdateSeen: 40 };
const torn: EndFacts = { flushed: false, filesSeen: 3, lastUpdateSeen: 40 };
const ended: EndFacts = { ...saved, podWasEnding: true };
const untouched: EndFacts = { flushed: true, filesSeen: 0, lastUpdateSeen: null };

const never = { restore: undefined, sync: undefined, trainer: undefined };

function expectEnd(evidence: Partial<AttemptEvidence>, cause: Cause): void {
  expect(stageOf(evidenceOf(evidence))).toMatchObject({ stage: 'Ended', cause });
}

const failed = (facts: Partial<PodFacts>): PodFacts => podOfAttempt(1, { phase: 'Failed', ...facts });

describe('a pod that ended by itself', () => {
  test.each<readonly [string, Partial<PodFacts>, EndFacts | undefined, Cause]>([
    ['exit 0, flushed', { trainer: exited(0) }, saved, 'Succeeded'],
    ['exit 0, told to end', { trainer: exited(0) }, ended, 'Disrupted'],
    ['exit 1, told to end', { trainer: exited(1) }, ended, 'TrainerFailed'],
    ['exit 0, not flushed', { trainer: exited(0) }, torn, 'Unflushed'],
    ['exit 0, no end.json', { trainer: exited(0) }, undefined, 'Unflushed'],
    ['exit 0, no file ever written', { trainer: exited(0) }, untouched, 'NothingSaved'],
    ['exit 1', { trainer: exited(1) }, saved, 'TrainerFailed'],
    ['out of memory', { trainer: exited(137, { reason: 'OOMKilled' }) }, saved, 'OutOfMemory'],
    ['out of memory in a child', { trainer: exited(1, { reason: 'OOMKilled' }) }, saved, 'OutOfMemory'],
    ['SIGKILL, nothing else known', { trainer: exited(137) }, saved, 'Disrupted'],
    ['SIGTERM, nothing else known', { trainer: exited(143) }, saved, 'Disrupted'],
    ['exit unknown', { trainer: exited(137, { reason: 'ContainerStatusUnknown' }) }, saved, 'NodeRestarted'],
    [
      'restore lost with its node',
      { ...never, restore: exited(255, { reason: 'Unknown' }) },
      undefined,
      'NodeRestarted',
    ],
    ['restore waits for a person', { ...never, restore: exited(10) }, undefined, 'RestoreStopped'],
    ['restore without store', { ...never, restore: exited(11) }, undefined, 'StoreUnavailable'],
    ['restore died', { ...never, restore: exited(1) }, undefined, 'AgentFailed'],
    ['restore killed', { ...never, restore: exited(137, { reason: 'OOMKilled' }) }, undefined, 'AgentFailed'],
    ['refused by kubelet', { ...never, reason: 'OutOfcpu' }, undefined, 'AgentFailed'],
    ['sync never ran', { ...never, restore: exited(0), sync: exited(1) }, undefined, 'AgentFailed'],
    [
      'its pod used too much disk',
      evictedFor('Pod ephemeral local storage usage exceeds the total limit'),
      torn,
      'ScratchFull',
    ],
    [
      'an emptyDir was too full',
      evictedFor('Usage of EmptyDir volume "x" exceeds the limit "1Gi".'),
      torn,
      'ScratchFull',
    ],
    [
      'its pod used too much disk before the trainer ran',
      {
        ...evictedFor('Pod ephemeral local storage usage exceeds'),
        ...never,
        restore: container('Running'),
      },
      undefined,
      'AgentFailed',
    ],
    ['evicted for something else', evictedFor('The node was low on resource: memory.'), torn, 'Evicted'],
  ])('%s', (...[, facts, end, cause]) => {
    expectEnd({ pod: failed(facts), end }, cause);
  });

  test.each<readonly [Partial<PodFacts>, string]>([
    [{ trainer: exited(1) }, 'the trainer failed with exit code 1'],
    [
      { trainer: exited(1, { message: 'Traceback:\nValueError: no such dataset\n' }) },
      'the trainer failed with exit code 1 (ValueError: no such dataset)',
    ],
    [{ ...never, restore: exited(10, { message: 'WrongPlace: no run.json' }) }, 'WrongPlace: no run.json'],
    [
      { ...never, message: 'Node had no cpu left' },
      'its pod ended before the trainer started: Node had no cpu left',
    ],
  ])('%j says: %s', (facts, message) => {
    expect(stageOf(evidenceOf({ pod: failed(facts) }))).toMatchObject({ message });
  });
});

const evictedFor = (message: string): Partial<PodFacts> => ({
  reason: 'Evicted',
  message,
  trainer: exited(137),
});

const of = (words: string): string => `${words} matching FailJob rule at index 4`;

describe('only the Job is left', () => {
  test.each<readonly [string, Partial<AttemptEvidence>, Cause]>([
    [
      'the pod was disrupted',
      { job: failedJob(1, of('Pod voice/zh-1-x has condition DisruptionTarget')) },
      'Disrupted',
    ],
    [
      'trainer exit 1',
      { job: failedJob(1, of('Container trainer for pod voice/zh-1-x failed with exit code 1')) },
      'TrainerFailed',
    ],
    [
      'trainer exit 143',
      { job: failedJob(1, of('Container trainer for pod voice/zh-1-x failed with exit code 143')) },
      'Disrupted',
    ],
    [
      'restore exit 10',
      { job: failedJob(1, of('Container restore for pod voice/zh-1-x failed with exit code 10')) },
      'RestoreStopped',
    ],
    [
      'restore exit 11',
      { job: failedJob(1, of('Container restore for pod voice/zh-1-x failed with exit code 11')) },
      'StoreUnavailable',
    ],
    [
      'restore exit 1',
      { job: failedJob(1, of('Container restore for pod voice/zh-1-x failed with exit code 1')) },
      'AgentFailed',
    ],
    [
      'failed otherwise',
      { job: jobOfAttempt(1, { failure: { reason: 'BackoffLimitExceeded', message: '' } }) },
      'PodDeleted',
    ],
    ['complete, flushed', { job: jobOfAttempt(1, { complete: true }), end: saved }, 'Succeeded'],
    ['complete, told to end', { job: jobOfAttempt(1, { complete: true }), end: ended }, 'Disrupted'],
    ['complete, not flushed', { job: jobOfAttempt(1, { complete: true }) }, 'Unflushed'],
    ['no Job either, but it was seen', { job: undefined }, 'PodDeleted'],
    ['a Job on its way out', { job: jobOfAttempt(1, { deleting: true }) }, 'PodDeleted'],
  ])('%s', (_name, evidence, cause) => {
    expectEnd(evidence, cause);
  });

  const decided = { cause: 'PodDeleted', message: 'its pod on gpu-1 was deleted' } as const;

  test.each([
    {
      name: 'the trainer’s, from the Job’s last words',
      job: failedJob(1, of('Container trainer for pod voice/zh-1-x failed with exit code 143')),
      want: 143,
    },
    { name: 'the trainer’s, from a Job that is complete', job: jobOfAttempt(1, { complete: true }), want: 0 },
    {
      name: 'none, where restore failed',
      job: failedJob(1, of('Container restore for pod voice/zh-1-x failed with exit code 11')),
      want: undefined,
    },
    {
      name: 'none, where the pod was disrupted',
      job: failedJob(1, of('Pod voice/zh-1-x has condition DisruptionTarget')),
      want: undefined,
    },
    { name: 'none, without a Job', job: undefined, want: undefined },
  ])(
    'an end that was decided while the pod was there keeps its cause, and gains an exit code: $name',
    (told) => {
      const stage = stageOf(evidenceOf({ decided, job: told.job }));
      expect(stage).toEqual({
        stage: 'Ended',
        ...decided,
        ...(told.want === undefined ? {} : { exitCode: told.want }),
      });
    },
  );

  test('an exit code that was seen stays', () => {
    const job = failedJob(1, of('Container trainer for pod voice/zh-1-x failed with exit code 143'));
    expect(stageOf(evidenceOf({ decided: { ...decided, exitCode: 137 }, job }))).toMatchObject({
      exitCode: 137,
    });
  });

  test.each([
    { name: 'a Job that stands will say more, or make another pod', evidence: {}, want: 'Waiting' },
    { name: 'a Job whose pod was never seen', evidence: { wasSeen: false }, want: 'Waiting' },
    { name: 'nothing at all', evidence: { wasSeen: false, job: undefined }, want: 'Absent' },
    { name: 'nothing at all, given up', evidence: { ...nothing, givenUp }, want: 'Ended' },
    {
      name: 'nothing at all, given up, but the bucket may know of it',
      evidence: { ...nothing, givenUp, end: 'Unread' as const },
      want: 'Absent',
    },
    {
      name: 'a Job that came after its number was given up',
      evidence: { ...nothing, job: jobOfAttempt(1), decided: givenUp },
      want: 'Ending',
    },
  ])('$name: $want', ({ evidence, want }) => {
    expect(stageOf(evidenceOf(evidence)).stage).toBe(want);
  });
});

const nothing = { wasSeen: false, job: undefined };
const givenUp = { cause: 'NumberGivenUp', message: 'it never started' } as const;

test('only the causes of the table spend budget or end a run', () => {
  const byEffect = Map.groupBy(causes, effectOf);
  expect(Object.fromEntries(byEffect)).toEqual({
    Success: ['Succeeded'],
    Fatal: ['NothingSaved', 'DeadlineExceeded'],
    Free: ['Suspended', 'Replaced', 'RolledBack', 'StoreUnavailable', 'AgentFailed', 'NumberGivenUp'],
    Disruption: [
      'Evicted',
      'Preempted',
      'NodeShutdown',
      'PodDeleted',
      'NodeLost',
      'Disrupted',
      'NodeRestarted',
      'Unflushed',
    ],
    Failure: ['Hung', 'OutOfMemory', 'ScratchFull', 'TrainerFailed'],
    Person: ['TrainerNotStarted', 'RestoreStopped'],
  });
});

test('only what somebody may have to mend is told as a warning', () => {
  expect(causes.filter((cause) => eventTypeOf(cause) === 'Warning')).toEqual([
    'NothingSaved',
    'Hung',
    'DeadlineExceeded',
    'OutOfMemory',
    'ScratchFull',
    'TrainerFailed',
    'TrainerNotStarted',
    'RestoreStopped',
    'StoreUnavailable',
    'AgentFailed',
  ]);
});
