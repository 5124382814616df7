// What is unknown of policies stops a run's retention, and says which way; what is known governs it.
import { describe, expect, test } from 'vitest';
import type { Policies, UnreadablePolicy } from '../../../src/domain/retention/policies.ts';
import type { RetentionPolicy } from '../../../src/domain/retention/policy.ts';
import { type Governing, planObserved } from '../../../src/domain/run/observed-plan.ts';
import {
  container,
  deletedPod,
  snapshotOf,
  statusWith,
  timeAgo,
  unreadable,
} from '../../support/run-snapshots.ts';

const policy = (name: string, spec: Partial<RetentionPolicy> = {}): RetentionPolicy => ({
  name,
  selector: {},
  mode: 'Enforce',
  ...spec,
});

const read = (
  understood: readonly RetentionPolicy[],
  garbled: readonly UnreadablePolicy[] = [],
): Policies => ({ kind: 'Read', version: 'v', understood, unreadable: garbled });

const rules = { keepModelLast: 2, keepNewest: 1, minAgeSeconds: 0 };

const governing = (facts: Partial<Governing> = {}): Governing => ({
  policies: read([]),
  namespaceLabels: { team: 'voice' },
  taken: new Set(),
  operator: { graceSeconds: 600, approveAbove: { percent: 50, checkpoints: 20 } },
  ...facts,
});

const plan = (facts: Partial<Governing>, bucket?: typeof unreadable) =>
  planObserved(
    snapshotOf({
      bucket: bucket ?? [{ number: 1, steps: [10, 20, 30, 40, 50] }],
      run: { labels: { tier: 'gold' } },
    }),
    governing(facts),
  );

const condemned = (facts: Partial<Governing>): readonly number[] => {
  const planned = plan(facts).plan;
  if (planned.kind === 'Stopped') throw new Error(planned.why);
  return planned.rulings.flatMap(({ verdict, checkpoint }) =>
    verdict === 'Condemned' ? [checkpoint.update] : [],
  );
};

describe('a stop', () => {
  const garbled = { name: 'newer', selector: undefined, why: 'spec.mode: unknown' };
  const two = [policy('a', { defaults: rules }), policy('b', { defaults: rules })];
  test.each<{ name: string; facts: Partial<Governing>; reason: string; says: string }>([
    {
      name: 'policies nobody has read',
      facts: { policies: { kind: 'Unread', why: 'not read yet' } },
      reason: 'Stopped',
      says: 'not read yet',
    },
    {
      name: 'a policy nobody understands',
      facts: { policies: read([], [garbled]) },
      reason: 'PolicyNotUnderstood',
      says: 'newer',
    },
    {
      name: 'two that contradict',
      facts: { policies: read(two) },
      reason: 'PolicyConflict',
      says: 'a and b',
    },
    {
      name: 'a namespace nobody knows',
      facts: { policies: read([policy('a')]), namespaceLabels: undefined },
      reason: 'Stopped',
      says: 'the namespace voice',
    },
    {
      name: 'a namespace nobody knows, and a policy nobody understands',
      facts: { policies: read([], [garbled]), namespaceLabels: undefined },
      reason: 'Stopped',
      says: 'the namespace voice',
    },
  ])('$name: $reason', ({ facts, reason, says }) => {
    const planned = plan(facts);
    expect(planned.plan.kind).toBe('Stopped');
    expect(planned.stop).toMatchObject({ reason, why: expect.stringContaining(says) });
  });

  test('a bucket nobody can read', () => {
    expect(plan({}, unreadable)).toMatchObject({
      plan: { kind: 'Stopped' },
      stop: { reason: 'Stopped', why: 'the server is away' },
    });
  });

  test('none without any policy, though the namespace is not known', () => {
    expect(plan({ namespaceLabels: undefined })).toMatchObject({
      plan: { kind: 'Planned' },
      stop: undefined,
    });
  });
});

test.each<{ name: string; selector: RetentionPolicy['selector']; want: readonly number[] }>([
  { name: 'all', selector: {}, want: [30, 20, 10] },
  { name: 'its namespace', selector: { namespaces: { matchLabels: { team: 'voice' } } }, want: [30, 20, 10] },
  { name: 'its labels', selector: { runs: { matchLabels: { tier: 'gold' } } }, want: [30, 20, 10] },
  { name: 'other namespaces', selector: { namespaces: { matchLabels: { team: 'video' } } }, want: [] },
  { name: 'other runs', selector: { runs: { matchLabels: { tier: 'silver' } } }, want: [] },
])('a policy that selects $name', ({ selector, want }) => {
  const all = read([policy('voice', { selector, defaults: rules })]);
  expect(condemned({ policies: all })).toEqual(want);
  expect(plan({ policies: all }).policies).toHaveLength(want.length === 0 ? 0 : 1);
});

test('of what capacity took only what is there goes', () => {
  const taken = new Set(['prod/voice/zh/attempts/0001-11111111/steps/model_20.pt', 'prod/elsewhere']);
  expect(condemned({ taken })).toEqual([20]);
});

test('nothing goes while an attempt that was told to end may still be choosing what to start from', () => {
  const choosing = { phase: 'Pending', restore: container('Running'), trainer: undefined } as const;
  const snapshot = snapshotOf({
    status: statusWith([{ number: 2, cause: 'RolledBack', startedAt: timeAgo(20) }]),
    spec: { retention: rules },
    bucket: [{ number: 1, steps: [10, 20, 30, 40, 50] }],
    pods: [deletedPod(2, 5, choosing)],
  });
  const { plan: planned } = planObserved(snapshot, governing());
  if (planned.kind === 'Stopped') throw new Error(planned.why);
  expect(planned.rulings.map(({ verdict }) => verdict)).toEqual(planned.rulings.map(() => 'Locked'));
  expect(planned.rulings.at(-1)?.reasons).toContain('AttemptStarting');
});
