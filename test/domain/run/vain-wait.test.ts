// A restore that waits for a pod that was lost with its node is made anew; one whose predecessor may still flush is not.
import { expect, test } from 'vitest';
import type { PodFacts } from '../../../src/domain/run/facts.ts';
import { attemptId } from '../../support/bucket-facts.ts';
import {
  ago,
  container,
  deletedPod,
  jobOfAttempt,
  passOver,
  podOfAttempt,
  type RunTale,
  statusWith,
  unreadable,
} from '../../support/run-snapshots.ts';

const restoring: Partial<PodFacts> = { restore: container('Running'), sync: undefined, trainer: undefined };
const waits = (seconds: number) =>
  jobOfAttempt(2, { waitsFor: { attempt: attemptId(1), until: ago(-seconds) } });
const lost: Partial<PodFacts> = { nodeState: { is: 'NotReady', since: ago(60) } };

/** Attempt 1 was evicted 5 s ago; attempt 2 restores and waits for it, for another half an hour. */
const waiting = (predecessor: Partial<PodFacts> | undefined, tale: RunTale = {}): RunTale => ({
  status: statusWith([{ number: 2 }, { number: 1, cause: 'Evicted' }]),
  jobs: [waits(1800)],
  pods: [podOfAttempt(2, restoring), ...(predecessor === undefined ? [] : [deletedPod(1, 5, predecessor)])],
  bucket: [{ number: 1, last: [30] }],
  ...tale,
});

test.each<{ name: string; tale: RunTale }>([
  { name: 'its node does not answer', tale: waiting(lost) },
  { name: 'its node is gone', tale: waiting({ nodeState: { is: 'Gone' } }) },
  { name: 'it is gone without a word', tale: waiting(undefined) },
])('the attempt is replaced when the pod it waits for is lost: $name', ({ tale }) => {
  const { decision, status } = passOver(tale);
  expect(decision.actions).toContainEqual({ do: 'DeleteJob', name: 'zh-2', uid: 'job-2' });
  expect(status.attempts[0]).toMatchObject({
    cause: 'Replaced',
    message: 'attempt 1, whose last checkpoint it waited for, was lost with its node',
  });
});

const end = { flushed: true, filesSeen: 1, lastUpdateSeen: 30 };

test.each<{ name: string; tale: RunTale }>([
  { name: 'the pod may still flush', tale: waiting({}) },
  {
    name: 'its node was silent for a moment only',
    tale: waiting({ nodeState: { is: 'NotReady', since: ago(59) } }),
  },
  {
    name: 'the pod is gone and had flushed',
    tale: waiting(undefined, { bucket: [{ number: 1, last: [30], end }] }),
  },
  {
    name: 'the pod is gone, but the bucket cannot be read',
    tale: waiting(undefined, { bucket: unreadable }),
  },
  { name: 'the wait is all but over', tale: waiting(lost, { jobs: [waits(29)] }) },
  { name: 'it waits for nothing', tale: waiting(lost, { jobs: [jobOfAttempt(2)] }) },
  {
    name: 'it trains',
    tale: waiting(undefined, { pods: [podOfAttempt(2)] }),
  },
])('the attempt is left alone when $name', ({ tale }) => {
  expect(passOver(tale).decision.actions).toEqual([]);
});
