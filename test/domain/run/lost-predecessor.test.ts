// A restore that waits for a pod of which nothing comes any more is told so through the bucket; while the pod may still flush, it is not.
import { expect, test } from 'vitest';
import type { PodFacts, StrangerPod } from '../../../src/domain/run/facts.ts';
import { attemptId } from '../../support/bucket-facts.ts';
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

test.each<{ name: string; tale: RunTale; why: string }>([
  { name: 'its node does not answer', tale: waiting(lost), why: 'node gpu-1 does not answer' },
  { name: 'its node is gone', tale: waiting({ nodeState: { is: 'Gone' } }), why: 'node gpu-1 is gone' },
  { name: 'it is gone without a word', tale: waiting(undefined), why: 'its pod is gone' },
  {
    name: 'it is over without a word',
    tale: waiting({ phase: 'Failed', trainer: exited(137), sync: exited(137) }),
    why: 'its pod has ended',
  },
  {
    name: 'the pod that waits has not begun',
    tale: waiting(undefined, { pods: [podOfAttempt(2, { ...restoring, restore: container('Waiting') })] }),
    why: 'its pod is gone',
  },
  {
    name: 'the wait is all but over',
    tale: waiting(lost, { jobs: [waits(2)] }),
    why: 'node gpu-1 does not answer',
  },
])('it is told that the pod it waits for is lost: $name', ({ tale, why }) => {
  const { decision, status } = passOver(tale);
  expect(decision.actions).toEqual([{ do: 'TellGone', attempt: attemptId(1), why }]);
  expect(status.attempts[0]?.cause).toBeUndefined();
});

const end = { flushed: true, filesSeen: 1, lastUpdateSeen: 30 };
const stranger: StrangerPod = {
  name: 'zh-1-old',
  attempt: attemptId(1),
  endsAt: ago(-1800),
  flushes: true,
};

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
    name: 'it was told already',
    tale: waiting(undefined, { bucket: [{ number: 1, last: [30], gone: true }] }),
  },
  {
    name: 'the pod is gone, but the bucket cannot be read',
    tale: waiting(undefined, { bucket: unreadable }),
  },
  { name: 'the wait is over', tale: waiting(lost, { jobs: [waits(0)] }) },
  { name: 'it waits for nothing', tale: waiting(lost, { jobs: [jobOfAttempt(2)] }) },
  { name: 'it trains', tale: waiting(undefined, { pods: [podOfAttempt(2)] }) },
  {
    name: "the pod is an earlier run's of this name, and flushes",
    tale: waiting(undefined, { snapshot: { strangers: [stranger] } }),
  },
])('nothing is told when $name', ({ tale }) => {
  expect(passOver(tale).decision.actions).toEqual([]);
});

test("of an earlier run's pod it is told when its sync runs no more", () => {
  const strangers = [{ ...stranger, flushes: false }];
  const { decision } = passOver(waiting(undefined, { snapshot: { strangers } }));
  expect(decision.actions).toMatchObject([{ do: 'TellGone', attempt: attemptId(1) }]);
});

test.each<{ name: string; tale: RunTale; says: string }>([
  { name: 'while it may flush', tale: waiting({}), says: 'waits until attempt 1 has saved what it has' },
  {
    name: 'once it has flushed',
    tale: waiting({}, { bucket: [{ number: 1, last: [30], end }] }),
    says: 'restores; the newest checkpoint is that of update 30',
  },
  {
    name: 'once it is told to be lost',
    tale: waiting(undefined, { bucket: [{ number: 1, last: [30], gone: true }] }),
    says: 'restores; the newest checkpoint is that of update 30',
  },
  {
    name: 'after the longest wait',
    tale: waiting({}, { jobs: [waits(0)] }),
    says: 'restores; the newest checkpoint is that of update 30',
  },
])('the message says what restore does $name', ({ tale, says }) => {
  expect(passOver(tale).status.message).toBe(`attempt 2 on gpu-1 ${says}`);
});
