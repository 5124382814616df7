// Random stores: a few runs of two teams, and policies that speak for one of them or for both.
import fc from 'fast-check';
import type { RetentionPolicy } from '../../src/domain/retention/policy.ts';
import type { RunQuestion } from '../../src/domain/retention/run-plan.ts';
import type { StoreQuestion } from '../../src/domain/retention/store-plan.ts';
import type { Checkpoint } from '../../src/domain/bucket/inventory.ts';
import { naiveQuestions, retentionRules } from './bucket-tales.ts';
import type { NaiveRun } from './naive-store.ts';
import { asked } from './planned-tales.ts';

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

const policy: fc.Arbitrary<Omit<RetentionPolicy, 'name'>> = fc.record({
  mode: fc.constantFrom('Audit', 'Enforce', 'Enforce', 'Enforce', 'Off'),
  selector: fc
    .constantFrom(undefined, 'a', 'b')
    .map((team) => (team === undefined ? {} : { namespaces: { matchLabels: { team } } })),
  floor: optional(
    fc.record({
      keepNewest: optional(fc.integer({ min: 1, max: 3 })),
      minAgeSeconds: optional(fc.constant(100)),
    }),
  ),
  ceiling: optional(
    fc.record({
      maxAgeSeconds: optional(fc.constantFrom(50, 150, 250)),
      maxCheckpoints: optional(fc.integer({ min: 1, max: 12 })),
      maxBytes: optional(fc.integer({ min: 1, max: 2000 })),
    }),
  ),
  defaults: fc
    .tuple(fc.nat({ max: 2 }), retentionRules)
    .map(([chance, rules]) => (chance === 0 && rules ? { ...rules, maxBytes: undefined } : undefined)),
  capacity: optional(
    fc.record({
      bytes: fc.integer({ min: 1, max: 3000 }),
      highThresholdPercent: fc.constantFrom(95, 100),
      lowThresholdPercent: fc.constantFrom(50, 90),
    }),
  ),
});

export const policies: fc.Arbitrary<readonly RetentionPolicy[]> = fc
  .array(policy, { maxLength: 3 })
  .map((drafts) => drafts.map((draft, at) => ({ ...draft, name: `policy-${at}` })));

const run = fc.record({
  team: fc.constantFrom('a', 'b'),
  phase: fc.constantFrom('Failed' as const, 'Succeeded' as const, 'Running' as const),
  question: naiveQuestions,
});

export const naiveRuns: fc.Arbitrary<readonly NaiveRun[]> = fc
  .array(run, { minLength: 1, maxLength: 3 })
  .map((drafts) => drafts.map((draft, at) => ({ ...draft, name: `run-${at}` })));

export const runQuestion = ({ name, team, phase, question }: NaiveRun): RunQuestion<Checkpoint> => {
  const { rules, ...rest } = asked({ ...question, floor: {}, ceiling: {}, succeeded: phase === 'Succeeded' });
  return {
    ...rest,
    name: { namespace: team, run: name },
    labels: {},
    namespaceLabels: { team },
    phase,
    declared: rules,
  };
};

export const storeQuestion = (
  runs: readonly NaiveRun[],
  all: readonly RetentionPolicy[],
): StoreQuestion<Checkpoint> => ({
  runs: runs.map(runQuestion),
  policies: all,
  orphans: [],
  operator: { graceSeconds: 600, approveAbove: { percent: 50, checkpoints: 20 } },
});
