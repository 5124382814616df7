// What kubelet says of a pod's containers, where it says it in more than one way.
import { expect, test } from 'vitest';
import { labels } from '../../src/api/names.ts';
import { podFacts } from '../../src/observation/pod-facts.ts';
import type { ContainerStatus, Pod } from '../../src/ports/kube-objects.ts';

const unlocated = {
  exitCode: 137,
  reason: 'ContainerStatusUnknown',
  message: 'The container could not be located when the pod was deleted.  The container used to be Running',
};

// As kubelet 1.35 wrote it for a moment, while it evicted the pod of a trainer that had run for ten seconds.
const waiting = (name: string): ContainerStatus => ({
  name,
  restartCount: 1,
  state: { waiting: { reason: 'PodInitializing' } },
  lastState: { terminated: unlocated },
});

function factsOf(status: NonNullable<Pod['status']>) {
  const pod: Pod = {
    metadata: {
      name: 'zh-1-a',
      uid: 'uid',
      resourceVersion: '1',
      creationTimestamp: '2026-11-22T11:00:00Z',
      labels: { [labels.attempt]: '1' },
    },
    status,
  };
  return podFacts(pod, undefined);
}

test('a trainer that waits after an end has ended, since nothing starts it again', () => {
  const facts = factsOf({ phase: 'Failed', reason: 'Evicted', containerStatuses: [waiting('trainer')] });
  expect(facts?.trainer).toMatchObject({ state: 'Terminated', ...unlocated });
});

test('sync, which kubelet starts again, waits', () => {
  const facts = factsOf({ initContainerStatuses: [waiting('sync')] });
  expect(facts?.sync).toMatchObject({ state: 'Waiting', lastExit: { exitCode: 137 } });
});

test('a trainer that has not run yet waits', () => {
  const state = { waiting: { reason: 'PodInitializing' } };
  const facts = factsOf({ containerStatuses: [{ name: 'trainer', restartCount: 0, state }] });
  expect(facts?.trainer).toMatchObject({ state: 'Waiting', reason: 'PodInitializing' });
});

// Without a termination message kubelet gives the end of the log (FallbackToLogsOnError), as kubelet 1.35 did for a restore that was killed.
const line = (message: string): string => JSON.stringify({ level: 'info', program: 'restore', message });

test.for([
  [
    'what it said last',
    { reason: 'Error', message: `${line('listing')}\n${line('waiting for it')}\n` },
    'waiting for it',
  ],
  [
    'a line that is not its own',
    { reason: 'Error', message: 'node: out of file descriptors\n' },
    'node: out of file descriptors',
  ],
  ['a line that was cut', { reason: 'Error', message: `${line('listing')}\n{"level":"in` }, '{"level":"in'],
] as const)('a restore that died without a word of its own is told with %s', ([, end, words]) => {
  const state = { terminated: { exitCode: 137, ...end } };
  const facts = factsOf({ initContainerStatuses: [{ name: 'restore', restartCount: 0, state }] });
  expect(facts?.restore?.message).toBe(`restore died with exit code 137; the last it said: ${words}`);
});

test('a restore of which kubelet knows more than an exit code is told with that', () => {
  const state = { terminated: { exitCode: 137, reason: 'OOMKilled', message: `${line('fetching')}\n` } };
  const facts = factsOf({ initContainerStatuses: [{ name: 'restore', restartCount: 0, state }] });
  expect(facts?.restore?.message).toBe(
    'restore died with exit code 137 (OOMKilled); the last it said: fetching',
  );
});

test.for([
  ['OOMKilled', 137, 'restore died with exit code 137 (OOMKilled)'],
  ['Error', 137, 'restore died with exit code 137'],
  // these say what they mean
  ['Error', 10, undefined],
  ['Error', 11, undefined],
  ['Completed', 0, undefined],
] as const)(
  'a restore that ended without any word, by %s with exit code %d, is told as: %s',
  ([reason, exitCode, words]) => {
    const state = { terminated: { exitCode, reason } };
    const facts = factsOf({ initContainerStatuses: [{ name: 'restore', restartCount: 0, state }] });
    expect(facts?.restore?.message).toBe(words);
  },
);

test('a container that could not be started has not run since 1970', () => {
  const terminated = {
    exitCode: 128,
    reason: 'StartError',
    startedAt: '1970-01-01T00:00:00Z',
    finishedAt: '2026-11-22T11:00:05Z',
  };
  const facts = factsOf({ containerStatuses: [{ name: 'trainer', restartCount: 0, state: { terminated } }] });
  expect(facts?.trainer).toMatchObject({
    startedAt: undefined,
    finishedAt: Date.UTC(2026, 10, 22, 11, 0, 5),
  });
});
