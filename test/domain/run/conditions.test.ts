// The conditions of a run: which are true, since when, and that each reason is one that the table of reasons explains.
import { expect, test } from 'vitest';
import { runReasons } from '../../../src/api/conditions.ts';
import { nothingJudged, type RetentionFacts } from '../../../src/domain/run/retention-facts.ts';
import type { ConditionType, RunCondition, RunStatus } from '../../../src/domain/run/status.ts';
import { bucketFacts } from '../../support/bucket-facts.ts';
import {
  ended,
  exited,
  now,
  passOver,
  podOfAttempt,
  type RunTale,
  statusWith,
  timeAgo,
  unreadable,
} from '../../support/run-snapshots.ts';

const bucket = [
  { number: 1, last: [30] },
  { number: 2, from: [1, 30] as const, last: [40], age: 100 },
];
const training: RunTale = { status: statusWith([{ number: 2 }]), pods: [podOfAttempt(2)], bucket };

const conditionOf = (status: RunStatus, type: ConditionType): RunCondition | undefined =>
  status.conditions.find((condition) => condition.type === type);

test('conditions stand in one order, all of them, for the generation seen', () => {
  const { status } = passOver({ ...training, run: { generation: 7 } });
  expect(status.conditions.map(({ type }) => type)).toEqual([
    'Complete',
    'Failed',
    'Suspended',
    'Stalled',
    'CheckpointAvailable',
    'RetentionApplied',
  ]);
  expect(new Set(status.conditions.map(({ observedGeneration }) => observedGeneration))).toEqual(
    new Set([7]),
  );
  expect(status.observedGeneration).toBe(7);
});

const times = (status: RunStatus): readonly string[] =>
  status.conditions.map(({ lastTransitionTime }) => lastTransitionTime);

test('conditions change their time with their status, and with nothing else', () => {
  const { status: first } = passOver({ ...training, snapshot: { now: now - 60_000 } });
  const { status: second } = passOver({ ...training, status: first, spec: { suspend: true } });
  expect(new Set(times(first))).toEqual(new Set([timeAgo(60)]));
  expect(conditionOf(second, 'Suspended')).toMatchObject({
    status: 'False',
    lastTransitionTime: timeAgo(60),
  });
  const pods = [podOfAttempt(2, { phase: 'Failed', trainer: exited(143) })];
  const { status: third } = passOver({ ...training, pods, status: second, spec: { suspend: true } });
  expect(conditionOf(third, 'Suspended')).toMatchObject({
    status: 'True',
    lastTransitionTime: timeAgo(0),
  });
  expect(times(third).filter((time) => time === timeAgo(0))).toHaveLength(1);
});

test.each<{ name: string; tale: RunTale; want: string }>([
  { name: 'something is saved', tale: training, want: 'True Saved' },
  { name: 'nothing is saved yet', tale: {}, want: 'False NothingSaved' },
  { name: 'nothing is known', tale: { bucket: unreadable }, want: 'Unknown BucketUnreadable' },
  {
    name: 'something was saved, when it could last be read',
    tale: { ...training, status: passOver(training).status, bucket: unreadable },
    want: 'True AsLastRead',
  },
  {
    name: 'what was saved is gone',
    tale: { ...training, status: passOver(training).status, bucket: [] },
    want: 'False Missing',
  },
  {
    name: 'the lineage cannot be read',
    tale: { bucket: [{ number: 2, from: [1, 30] }] },
    want: 'Unknown BucketUnreadable',
  },
])('CheckpointAvailable when $name: $want', ({ tale, want }) => {
  const condition = conditionOf(passOver(tale).status, 'CheckpointAvailable');
  expect(`${condition?.status} ${condition?.reason}`).toBe(want);
});

const late: RunTale = { ...training, bucket: [{ number: 2, last: [40], age: 601 }] };

test.each<{ name: string; tale: RunTale; want: string }>([
  { name: 'twice modelLastEverySeconds has passed', tale: late, want: 'True Stale' },
  {
    name: 'that is not over',
    tale: { ...training, bucket: [{ number: 2, last: [40], age: 600 }] },
    want: 'True Saved',
  },
  {
    name: 'the usual interval is longer',
    tale: {
      ...training,
      bucket: [{ number: 2, age: 8000, steps: [10, 20, 30, 40], ages: [7000, 6000, 5000, 1900] }],
    },
    want: 'True Saved',
  },
  {
    name: 'twice the usual interval has passed',
    tale: {
      ...training,
      bucket: [{ number: 2, age: 8000, steps: [10, 20, 30, 40], ages: [7000, 6000, 5000, 2001] }],
    },
    want: 'True Stale',
  },
  {
    name: 'steps are far apart because retention removed those between',
    tale: {
      ...training,
      bucket: [{ number: 2, age: 90_000, steps: [10], last: [98, 99], ages: [80_000, 1300, 1000] }],
    },
    want: 'True Stale',
  },
  {
    name: 'the attempt has only begun',
    tale: {
      ...training,
      bucket: [
        { number: 1, last: [30] },
        { number: 2, from: [1, 30], age: 30 },
      ],
    },
    want: 'True Saved',
  },
  {
    name: 'the attempt has saved nothing for long',
    tale: {
      ...training,
      bucket: [
        { number: 1, last: [30] },
        { number: 2, from: [1, 30], age: 700 },
      ],
    },
    want: 'True Stale',
  },
  { name: 'no trainer runs', tale: { ...late, pods: [] }, want: 'True Saved' },
  {
    name: 'nothing has come yet',
    tale: { ...training, bucket: [{ number: 2, age: 4 * 3600 - 1 }] },
    want: 'False NothingSaved',
  },
  {
    name: 'nothing has come in four hours of this attempt and one before',
    tale: {
      ...training,
      status: statusWith([{ number: 2 }, ended(1, 'Evicted', { trainedSeconds: 3 * 3600 })]),
      bucket: [{ number: 2, age: 3600 }],
    },
    want: 'False NothingWritten',
  },
  {
    name: 'nothing has come in four hours',
    tale: { ...training, bucket: [{ number: 2, age: 4 * 3600 }] },
    want: 'False NothingWritten',
  },
])('CheckpointAvailable while it trains and $name: $want', ({ tale, want }) => {
  const condition = conditionOf(passOver(tale).status, 'CheckpointAvailable');
  expect(`${condition?.status} ${condition?.reason}`).toBe(want);
});

test.each<{ retention: Partial<RetentionFacts>; want: string }>([
  { retention: {}, want: 'True NothingToDelete' },
  { retention: { condemnedKeys: new Set(['a key']) }, want: 'False Condemned' },
  {
    retention: { stopped: { reason: 'Stopped', why: 'the listing is cut short.' } },
    want: 'False Stopped',
  },
  {
    retention: { condemnedKeys: new Set(['a key']), waiting: { digest: 'd', keys: new Set(['a key']) } },
    want: 'False ApprovalNeeded',
  },
  { retention: { stopped: { reason: 'PolicyConflict', why: 'both.' } }, want: 'False PolicyConflict' },
  {
    retention: { condemnedKeys: new Set(['a key']), refused: 'AccessDenied: no.' },
    want: 'False DeleteRefused',
  },
  { retention: { condemnedKeys: new Set(['a key']), heldByLock: 1 }, want: 'False LockedObjects' },
])('RetentionApplied is $want', ({ retention, want }) => {
  const condition = conditionOf(
    passOver({ ...training, snapshot: { retention: { ...nothingJudged, ...retention } } }).status,
    'RetentionApplied',
  );
  expect(`${condition?.status} ${condition?.reason}`).toBe(want);
  expect(condition?.message).not.toContain('..');
});

test('conditions have reasons that the table of reasons explains', () => {
  const tales: readonly RunTale[] = [
    {},
    training,
    late,
    { ...training, bucket: [{ number: 2, age: 5 * 3600 }] },
    { bucket: unreadable },
    { spec: { suspend: true } },
    { ...training, status: passOver(training).status, bucket: [{ number: 2 }] },
    { ...training, status: passOver(training).status, bucket: unreadable },
    { status: statusWith([ended(1, 'NothingSaved')]) },
    { status: statusWith([ended(1, 'TrainerFailed')], { failures: 3 }) },
    { status: statusWith([ended(1, 'RestoreStopped')]) },
    { status: statusWith([ended(1, 'Succeeded')]) },
    { bucket: [{ number: 2, from: [1, 30] }] },
    { bucket: { kind: 'Read', facts: bucketFacts([{ number: 1 }], { marker: undefined }) } },
    { snapshot: { refusal: 'exceeded quota' } },
    {
      snapshot: {
        strangers: [{ name: 'p', attempt: { number: 1, pod: 'aaaaaaaa' }, endsAt: undefined, flushes: true }],
      },
    },
  ];
  for (const { type, status, reason } of tales.flatMap((tale) => passOver(tale).status.conditions)) {
    expect(runReasons[type], `${type} ${reason}`).toHaveProperty(reason);
    expect(runReasons[type][reason]?.status, `${type} ${reason}`).toBe(status);
  }
});
