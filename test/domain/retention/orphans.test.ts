// What is left of runs that are gone: when it goes, and everything for which it stays.
import { describe, expect, test } from 'vitest';
import type { Checkpoint } from '../../../src/domain/bucket/inventory.ts';
import {
  draftOrphan,
  isFarFewer,
  missedListingsNeeded,
  type OrphanQuestion,
  orphanRuleOf,
} from '../../../src/domain/retention/orphans.ts';
import { rulingsOf } from '../../../src/domain/retention/plan.ts';
import type { RetentionPolicy } from '../../../src/domain/retention/policy.ts';
import { planOrphan } from '../../../src/domain/retention/run-plan.ts';
import { planStore } from '../../../src/domain/retention/store-plan.ts';
import { bucketFacts, storeTime } from '../../support/bucket-facts.ts';

const day = 86_400;
const rule = { deleteAfterSeconds: 30 * day, includeRetained: true };
const gone = storeTime - 30 * day * 1000;

const orphan: OrphanQuestion<Checkpoint> = {
  name: { namespace: 'voice', run: 'zh' },
  prefix: 'prod/voice/zh/',
  labels: {},
  namespaceLabels: {},
  marker: { runUid: 'old-uid', clusterUid: 'c' },
  clusterUid: 'c',
  attempts: bucketFacts([
    { number: 1, steps: [10], last: [20] },
    { number: 2, from: [1, 20], steps: [30] },
  ]).inventory.attempts,
  storeTime,
  goneSince: gone,
  missedListings: missedListingsNeeded,
  retained: true,
  hasPods: false,
};

function told(change: Partial<OrphanQuestion<Checkpoint>>, by: typeof rule | null = rule): readonly string[] {
  const draft = draftOrphan({ ...orphan, ...change }, by ?? undefined);
  if (draft.kind === 'Stopped') return [draft.why];
  return rulingsOf(draft).map(
    ({ checkpoint, verdict, reasons }) => `${checkpoint.update} ${verdict} ${reasons.join(' ')}`,
  );
}

const all = (why: string): readonly string[] => [`30 ${why}`, `20 ${why}`, `10 ${why}`];

describe('what is left of a run', () => {
  test.each<{
    name: string;
    change?: Partial<OrphanQuestion<Checkpoint>>;
    by?: typeof rule | null;
    want: readonly string[];
  }>([
    { name: 'goes once its time is over', want: all('Condemned RunGone') },
    { name: 'stays a millisecond before', change: { goneSince: gone + 1 }, want: all('Keep OrphanYoung') },
    {
      name: 'stays while nothing notes since when',
      change: { goneSince: undefined },
      want: all('Keep OrphanYoung'),
    },
    {
      name: 'stays until enough listings of runs missed it',
      change: { missedListings: missedListingsNeeded - 1 },
      want: all('Keep OrphanYoung'),
    },
    { name: 'stays for ever without a rule', by: null, want: all('Keep OrphanKept') },
    {
      name: 'stays when it was retained and the rule leaves that alone',
      by: { ...rule, includeRetained: false },
      want: all('Keep OrphanKept'),
    },
    {
      name: 'goes when it was not retained',
      change: { retained: false },
      by: { ...rule, includeRetained: false },
      want: all('Condemned RunGone'),
    },
    { name: 'stays while a pod is left', change: { hasPods: true }, want: all('Locked PodsLeft RunGone') },
    {
      name: 'stays where it is pinned',
      change: { pins: [{ update: 10, attempt: 0, until: undefined }] },
      want: ['30 Condemned RunGone', '20 Condemned RunGone', '10 Locked Pinned RunGone'],
    },
    {
      name: 'goes where the pin has ended',
      change: { pins: [{ update: 10, attempt: 1, until: storeTime }] },
      want: all('Condemned RunGone'),
    },
  ])('$name', ({ change = {}, by = rule, want }) => {
    expect(told(change, by)).toEqual(want);
  });

  test.each<{ name: string; change: Partial<OrphanQuestion<Checkpoint>>; says: string }>([
    { name: 'without a run.json', change: { marker: undefined }, says: 'has no run.json' },
    {
      name: 'of another cluster',
      change: { marker: { runUid: 'old-uid', clusterUid: 'other' } },
      says: 'belongs to the cluster with UID other: name it in spec.adoptClusters',
    },
    {
      name: "without the store's clock",
      change: { storeTime: undefined },
      says: "the store's clock is not known",
    },
    {
      name: 'that somebody stops',
      change: { stopped: 'a pin cannot be read' },
      says: 'a pin cannot be read',
    },
    {
      name: 'while the clocks differ',
      change: { now: storeTime + 301_000 },
      says: 'the clock of the operator',
    },
  ])('$name is only reported', ({ change, says }) => {
    expect(told(change)).toEqual([expect.stringContaining(says)]);
  });
});

test.each([
  { before: 100, now: 100, want: false },
  { before: 100, now: 50, want: false },
  { before: 100, now: 49, want: true },
  { before: 5, now: 0, want: true },
  { before: 4, now: 0, want: false },
  { before: 0, now: 100, want: false },
])('$now runs after $before: suspicious $want', ({ before, now, want }) => {
  expect(isFarFewer(before, now)).toBe(want);
});

const thrice = (words: string): readonly string[] => [words, words, words];

const policy = (name: string, parts: Partial<RetentionPolicy>): RetentionPolicy => ({
  name,
  selector: {},
  mode: 'Enforce',
  ...parts,
});

test('of several rules the longest time holds, and what was retained goes only if all say so', () => {
  const short = policy('a', { orphans: { deleteAfterSeconds: 10, includeRetained: true } });
  const long = policy('b', { orphans: { deleteAfterSeconds: 20, includeRetained: false } });
  expect(orphanRuleOf([short, long, policy('c', {})])).toEqual({
    deleteAfterSeconds: 20,
    includeRetained: false,
  });
  expect(orphanRuleOf([policy('c', {})])).toBeUndefined();
});

describe('in a store', () => {
  const operator = { graceSeconds: 600, approveAbove: { percent: 50, checkpoints: 20 } };
  const capacity = { bytes: 200, highThresholdPercent: 100, lowThresholdPercent: 100 };
  const told = (
    policies: readonly RetentionPolicy[],
    orphans: readonly OrphanQuestion<Checkpoint>[],
  ): readonly string[] =>
    planStore({ runs: [], orphans, policies, operator }).orphans.flatMap(({ plan }) =>
      plan.kind === 'Stopped'
        ? [plan.why]
        : plan.rulings.map(
            ({ verdict, audit, reasons }) =>
              `${verdict}${audit === undefined ? '' : `, audited ${audit.verdict}`} ${reasons.join(' ')}`,
          ),
    );

  test('an audited rule takes nothing, and says what it would', () => {
    const audit = policy('a', { mode: 'Audit', orphans: rule });
    expect(told([audit], [orphan])).toEqual(thrice('Keep, audited Condemned OrphanKept'));
  });

  test('a capacity takes what would go later anyway, gone longest first, and nothing that no rule would take', () => {
    const young = { ...orphan, goneSince: gone + 1000 };
    const younger = { ...orphan, prefix: 'prod/voice/en/', goneSince: gone + 2000 };
    const both = policy('a', { orphans: rule, capacity: { ...capacity, bytes: 300 } });
    expect(told([both], [younger, young])).toEqual([
      ...thrice('Keep OrphanYoung'),
      ...thrice('Condemned Capacity OrphanYoung'),
    ]);
    expect(told([policy('a', { capacity })], [young])).toEqual(thrice('Keep OrphanKept'));
    const unnoted = { ...young, goneSince: undefined };
    expect(told([policy('a', { orphans: rule, capacity })], [unnoted])).toEqual(thrice('Keep OrphanYoung'));
  });

  test('policies that contradict each other about it stop it, among all as alone', () => {
    const policies = [policy('a', { orphans: rule, capacity }), policy('b', { capacity })];
    const why = expect.stringContaining('a and b all set capacity') as string;
    expect(told(policies, [orphan])).toEqual([why]);
    expect(planOrphan(orphan, { policies, operator })).toMatchObject({
      settings: undefined,
      plan: { kind: 'Stopped', why },
    });
    const audited = [policy('a', { orphans: rule }), policy('b', { mode: 'Audit' })];
    expect(told(audited, [orphan])).toEqual(thrice('Condemned RunGone'));
  });

  test('what is stopped counts against a capacity, and is named', () => {
    const stopped = { ...orphan, stopped: 'a pin cannot be read' };
    const all = policy('a', { orphans: rule, capacity });
    const plan = planStore({ runs: [], orphans: [stopped], policies: [all], operator });
    expect(plan.capacities).toMatchObject([
      { wanted: 300, satisfied: false, blocking: [{ bytes: 300, why: ['a pin cannot be read'] }] },
    ]);
  });

  test('what blocks a capacity is named', () => {
    const plan = planStore({ runs: [], orphans: [orphan], policies: [policy('a', { capacity })], operator });
    expect(plan.capacities).toEqual([
      {
        policy: 'a',
        bytes: 200,
        wanted: 300,
        left: 300,
        evicted: 0,
        satisfied: false,
        blocking: [{ name: { namespace: 'voice', run: 'zh' }, bytes: 300, why: ['OrphanKept'] }],
      },
    ]);
  });
});
