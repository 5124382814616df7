// status.message and status.phase in every standing: one sentence, and true.
import { describe, expect, test } from 'vitest';
import type { TrainerSight } from '../../../src/domain/run/trainer-sight.ts';
import { entryMessageLimit, type LedgerEntry, messageLimit } from '../../../src/domain/run/status.ts';
import {
  container,
  deletedPod,
  ended,
  exited,
  jobOfAttempt,
  passOver,
  podOfAttempt,
  type RunTale,
  sightOf,
  statusWith,
  unreadable,
} from '../../support/run-snapshots.ts';

const jobs = [jobOfAttempt(2)];
const status = statusWith([
  { number: 2 },
  ended(1, 'Evicted', { savedUpdate: 30, message: 'its pod on gpu-1 was disrupted' }),
]);
const bucket = [
  { number: 1, last: [30] },
  { number: 2, from: [1, 30] as const, last: [40] },
];
const sight = (facts: Partial<TrainerSight> = {}): TrainerSight =>
  sightOf(2, 47, { plannedUpdates: 100, ...facts });
const young = { sync: undefined, trainer: undefined };
const resumePoint = {
  key: 'k',
  attempt: 1,
  update: 30,
  kind: 'Last',
  sizeBytes: 1,
  savedAt: '2026-01-01T00:00:00Z',
} as const;

const rows: readonly {
  readonly name: string;
  readonly tale: RunTale;
  readonly phase: string;
  readonly message: string;
}[] = [
  {
    name: 'trains after an eviction',
    tale: { status, jobs, pods: [podOfAttempt(2)], bucket, snapshot: { sight: sight() } },
    phase: 'Running',
    message: 'attempt 2 on gpu-1, resumed from update 30 after Evicted; at least 7 updates unsaved',
  },
  {
    name: 'trains, and its log cannot be read',
    tale: { status, jobs, pods: [podOfAttempt(2)], bucket },
    phase: 'Running',
    message: 'attempt 2 on gpu-1, resumed from update 30 after Evicted',
  },
  {
    name: 'trains, and its spec was changed',
    tale: {
      status,
      spec: { workload: 'changed' },
      jobs,
      pods: [podOfAttempt(2)],
      bucket,
      snapshot: { sight: sight() },
    },
    phase: 'Running',
    message:
      'attempt 2 on gpu-1, resumed from update 30 after Evicted; at least 7 updates unsaved; the changed spec counts from the next attempt on',
  },
  {
    name: 'its trainer failed, and sync still saves',
    tale: { status, jobs, pods: [podOfAttempt(2, { trainer: exited(3) })], bucket },
    phase: 'Running',
    message: 'attempt 2 on gpu-1: its trainer ended (exit code 3), and what is left is being saved',
  },
  {
    name: 'trains, and the agent has something to say',
    tale: {
      status,
      jobs,
      pods: [podOfAttempt(2)],
      bucket,
      snapshot: { sight: sight({ problems: ['the store cannot be reached since 12:00'] }) },
    },
    phase: 'Running',
    message:
      'attempt 2 on gpu-1, resumed from update 30 after Evicted; at least 7 updates unsaved; the store cannot be reached since 12:00',
  },
  {
    name: 'trains for the first time, nothing saved',
    tale: {
      status: statusWith([{ number: 1 }]),
      pods: [podOfAttempt(1)],
      bucket: [{ number: 1 }],
      snapshot: { sight: sight({ attempt: 1 }) },
    },
    phase: 'Running',
    message: 'attempt 1 on gpu-1, from scratch; nothing is saved yet',
  },
  {
    name: 'trains while the bucket cannot be read, and something is known',
    tale: {
      status: statusWith([{ number: 1 }], { resumePoint }),
      pods: [podOfAttempt(1)],
      bucket: unreadable,
      snapshot: { sight: sight({ attempt: 1 }) },
    },
    phase: 'Running',
    message: 'attempt 1 on gpu-1 trains; what is saved cannot be told: the server is away',
  },
  {
    name: 'trains, and what was saved has vanished',
    tale: {
      status: statusWith([{ number: 1 }], { resumePoint }),
      pods: [podOfAttempt(1)],
      bucket: [{ number: 1 }],
    },
    phase: 'Running',
    message: 'attempt 1 on gpu-1, from scratch; update 30 was saved but is gone',
  },
  {
    name: 'flushes',
    tale: { status, jobs, pods: [podOfAttempt(2, { trainer: exited(0) })], bucket },
    phase: 'Running',
    message: 'attempt 2 on gpu-1 has finished training and saves what is left',
  },
  {
    name: 'restores',
    tale: { status, jobs, pods: [podOfAttempt(2, { ...young, restore: container('Running') })], bucket },
    phase: 'Restoring',
    message: 'attempt 2 on gpu-1 restores; the newest checkpoint is that of update 40',
  },
  {
    name: 'restores nothing',
    tale: {
      status: statusWith([{ number: 1 }]),
      pods: [podOfAttempt(1, { ...young, restore: container('Running') })],
    },
    phase: 'Restoring',
    message: 'attempt 1 on gpu-1 prepares a start from scratch',
  },
  {
    name: 'restores while the operator cannot read the bucket',
    tale: {
      status: statusWith([{ number: 1 }]),
      pods: [podOfAttempt(1, { ...young, restore: container('Running') })],
      bucket: unreadable,
    },
    phase: 'Restoring',
    message: 'attempt 1 on gpu-1 restores',
  },
  {
    name: 'has restored and starts its trainer',
    tale: { status, jobs, pods: [podOfAttempt(2, { ...young, restore: exited(0) })], bucket },
    phase: 'Restoring',
    message: 'attempt 2 on gpu-1 starts its trainer',
  },
  {
    name: 'has no pod yet',
    tale: { status, jobs, bucket },
    phase: 'Restarting',
    message: 'attempt 2 waits for its pod',
  },
  {
    name: 'has a pod that does not run yet',
    tale: {
      status: statusWith([{ number: 1 }]),
      pods: [podOfAttempt(1, { ...young, restore: undefined, node: undefined, phase: 'Pending' })],
    },
    phase: 'Pending',
    message: 'attempt 1 waits for its pod to start',
  },
  { name: 'starts', tale: {}, phase: 'Pending', message: 'attempt 1 starts from scratch' },
  {
    name: 'starts again',
    tale: { status, pods: [deletedPod(2, 2, { disruption: 'EvictionByEvictionAPI' })], bucket },
    phase: 'Restarting',
    message:
      'attempt 3 starts from update 40 or newer; attempt 2 ended: its pod on gpu-1 was disrupted (EvictionByEvictionAPI)',
  },
  {
    name: 'waits for the next',
    tale: {
      status,
      pods: [podOfAttempt(2, { phase: 'Failed', trainer: exited(3) })],
      bucket: [
        { number: 1, last: [30] },
        { number: 2, from: [1, 30] },
      ],
    },
    phase: 'Restarting',
    message:
      'attempt 2 ended: the trainer failed with exit code 3; the next starts at 1970-01-12T13:46:50Z; update 30 is saved; 1 of 3 failures used',
  },
  {
    name: 'is replaced',
    tale: { status, jobs, spec: { workload: 'changed' }, bucket },
    phase: 'Restarting',
    message:
      'attempt 2 ended: the spec changed before its trainer had started; the next starts at once; update 40 is saved',
  },
  {
    name: 'is suspended while what is saved cannot be told',
    tale: { status: statusWith([ended(1, 'Suspended')]), spec: { suspend: true }, bucket: unreadable },
    phase: 'Suspended',
    message: 'the run is suspended; what is saved cannot be told; set spec.suspend to false to go on',
  },
  {
    name: 'has succeeded',
    tale: { status: statusWith([ended(2, 'Succeeded')], { phase: 'Succeeded' }), bucket },
    phase: 'Succeeded',
    message: 'training is complete; update 40 is saved',
  },
];

test.each(rows)('a run that $name', ({ tale, phase, message }) => {
  const { status: after } = passOver(tale);
  expect([after.phase, after.message]).toEqual([phase, message]);
});

describe('whatever others say, the status can be written', () => {
  const endless = 'word '.repeat(10_000);

  test('a message is cut to what the API server takes', () => {
    const { status: after } = passOver({
      snapshot: { store: { kind: 'Unready', reason: 'StoreNotAvailable', message: endless } },
    });
    expect(after.message).toHaveLength(messageLimit);
  });

  test('so is that of an entry', () => {
    const pods = [
      podOfAttempt(2, { phase: 'Failed', reason: 'Evicted', message: endless, trainer: exited(137) }),
    ];
    const entry: LedgerEntry | undefined = passOver({ status, pods, bucket }).status.attempts.find(
      ({ number }) => number === 2,
    );
    expect(entry?.message).toHaveLength(entryMessageLimit);
  });
});
