// Retention of random stores: equal to the naive evaluator with every reason, one run alone as among all, and an audit that
// executes nothing.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Ruling } from '../../../src/domain/retention/plan.ts';
import type { RetentionPolicy } from '../../../src/domain/retention/policy.ts';
import { type PlannedRun, planRun } from '../../../src/domain/retention/run-plan.ts';
import { planStore } from '../../../src/domain/retention/store-plan.ts';
import { runs as counts } from '../../support/counts.ts';
import type { NaiveRuling } from '../../support/naive-retention.ts';
import { type NaiveRun, ruleStoreNaively } from '../../support/naive-store.ts';
import { isCondemned, told } from '../../support/planned-tales.ts';
import { naiveRuns, policies, runQuestion, storeQuestion } from '../../support/store-tales.ts';

type Judged = readonly NaiveRuling[] | undefined;

const inOrder = (rulings: readonly NaiveRuling[]): readonly NaiveRuling[] =>
  rulings.toSorted((a, b) => (a.name < b.name ? -1 : 1));

function judged({ plan }: PlannedRun): Judged {
  if (plan.kind === 'Stopped') return undefined;
  return inOrder(
    plan.rulings.map((ruling) => ({
      name: told(ruling),
      verdict: ruling.verdict,
      reasons: ruling.reasons.toSorted(),
    })),
  );
}

/** The verdicts as if every audited policy were enforced. */
function audited({ plan, auditStopped }: PlannedRun): readonly string[] | undefined {
  if (plan.kind === 'Stopped' || auditStopped !== undefined) return undefined;
  return plan.rulings.map((ruling) => `${told(ruling)} ${(ruling.audit ?? ruling).verdict}`).toSorted();
}

const verdicts = (rulings: Judged): readonly string[] | undefined =>
  rulings?.map(({ name, verdict }) => `${name} ${verdict}`).toSorted();

const condemnedOf = ({ plan }: PlannedRun): readonly string[] =>
  plan.kind === 'Stopped' ? [] : plan.rulings.filter(isCondemned).map(told);

const assertStores = (property: (runs: readonly NaiveRun[], all: readonly RetentionPolicy[]) => void): void =>
  fc.assert(fc.property(naiveRuns, policies, property), { numRuns: counts(300, 30_000) });

test("every ruling on every run is the naive evaluator's", () => {
  assertStores((runs, all) => {
    const naive = ruleStoreNaively(runs, all, false);
    const planned = planStore(storeQuestion(runs, all));
    expect(planned.runs.map(judged)).toEqual(runs.map(({ name }) => naive.get(name)));
  });
});

test("what an audit would do is the naive evaluator's, too", () => {
  assertStores((runs, all) => {
    const executed = ruleStoreNaively(runs, all, false);
    const naive = ruleStoreNaively(runs, all, true);
    const planned = planStore(storeQuestion(runs, all));
    const isTold = (name: string): boolean => executed.get(name) !== undefined;
    expect(planned.runs.map(audited)).toEqual(
      runs.map(({ name }) => (isTold(name) ? verdicts(naive.get(name)) : undefined)),
    );
  });
});

test('policies that are only audited execute nothing', () => {
  assertStores((runs, all) => {
    const without = planStore(
      storeQuestion(
        runs,
        all.filter(({ mode }) => mode !== 'Audit'),
      ),
    );
    const planned = planStore(storeQuestion(runs, all));
    const excess = planned.runs.map((run, at) => {
      const allowed = without.runs[at] === undefined ? [] : condemnedOf(without.runs[at]);
      return condemnedOf(run).filter((name) => !allowed.includes(name));
    });
    const hasFloor = all.some(({ mode, floor }) => mode === 'Audit' && floor !== undefined);
    expect(hasFloor ? [] : excess.flat()).toEqual([]);
  });
});

const isPlanned = ({ plan }: PlannedRun): boolean => plan.kind === 'Planned';

const withoutCapacity = (all: readonly RetentionPolicy[]): readonly RetentionPolicy[] =>
  all.map((policy) => ({ ...policy, capacity: undefined }));

test('a run planned alone is planned as among all, where no capacity binds them', () => {
  assertStores((runs, all) => {
    const free = withoutCapacity(all);
    const question = storeQuestion(runs, free);
    expect(runs.map((run) => planRun(runQuestion(run), question))).toEqual(planStore(question).runs);
  });
});

test('a run planned alone with what capacity took of it condemns the same', () => {
  assertStores((runs, all) => {
    const question = storeQuestion(runs, all);
    const planned = planStore(question).runs;
    const alone = runs.map((run, at) => {
      const { plan } = planned[at] ?? { plan: undefined };
      const rulings: readonly Ruling[] = plan?.kind === 'Planned' ? plan.rulings : [];
      const evicted = rulings
        .filter(({ reasons }) => reasons.includes('Capacity'))
        .map(({ checkpoint }) => checkpoint);
      return planRun({ ...runQuestion(run), evicted }, question);
    });
    expect(alone.filter(isPlanned).map((run) => condemnedOf(run).toSorted())).toEqual(
      planned.filter(isPlanned).map((run) => condemnedOf(run).toSorted()),
    );
  });
});

test('capacity takes nothing that structure, a pin or a floor keeps, and either suffices or says what blocks it', () => {
  assertStores((runs, all) => {
    const question = storeQuestion(runs, all);
    const free = planStore({ ...question, policies: withoutCapacity(all) }).runs;
    const planned = planStore(question);
    const held = free.map(({ plan }) =>
      plan.kind === 'Stopped'
        ? []
        : plan.rulings
            .filter(
              ({ verdict, reasons }) =>
                verdict === 'Locked' || reasons.some((one) => one.startsWith('Floor')),
            )
            .map(told),
    );
    expect(
      planned.runs.map((run, at) => condemnedOf(run).filter((name) => held[at]?.includes(name))),
    ).toEqual(runs.map(() => []));
    for (const { satisfied, left, wanted, bytes, blocking, evicted } of planned.capacities) {
      expect(left <= wanted && (evicted === 0) === (left === wanted)).toBe(true);
      expect(satisfied || blocking.length > 0 || left === 0).toBe(true);
      expect(satisfied ? left <= bytes : true).toBe(true);
    }
  });
});

test('the order of runs and policies does not matter', () => {
  assertStores((runs, all) => {
    const plain = planStore(storeQuestion(runs, all));
    const turned = planStore(storeQuestion(runs.toReversed(), all.toReversed()));
    expect(turned.runs.toReversed()).toEqual(plain.runs);
    expect(turned.capacities).toEqual(plain.capacities);
  });
});
