// In which order a capacity takes Steps of several runs: a table, and random stores held against the naive evaluator.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RetentionPolicy } from '../../../src/domain/retention/policy.ts';
import { planStore } from '../../../src/domain/retention/store-plan.ts';
import { bucketTales } from '../../support/bucket-tales.ts';
import { runs as counts } from '../../support/counts.ts';
import { type NaiveRun, ruleStoreNaively } from '../../support/naive-store.ts';
import { isCondemned, told } from '../../support/planned-tales.ts';
import { storeQuestion } from '../../support/store-tales.ts';

type Parts = Partial<RetentionPolicy>;

const room = (bytes: number, parts: Parts = {}): RetentionPolicy => ({
  name: 'room',
  selector: {},
  mode: 'Enforce',
  capacity: { bytes, highThresholdPercent: 95, lowThresholdPercent: 90 },
  ...parts,
});

const run = (name: string, phase: NaiveRun['phase'], count: number): NaiveRun => {
  const steps = Array.from({ length: count }, (_, at) => (at + 1) * 10);
  const tales = [{ number: 1, steps }];
  return {
    name,
    team: 'a',
    phase,
    question: { tales, rules: undefined, starting: false, pins: [], wanted: [] },
  };
};

/** It says so itself, so that no defaults are its rules. */
const keepingAll = (one: NaiveRun): NaiveRun => ({
  ...one,
  question: { ...one.question, rules: { minAgeSeconds: 0 } },
});

/** With Steps of four times the size. */
const heavy = (one: NaiveRun): NaiveRun => {
  const tales = one.question.tales.map((tale) => ({ ...tale, sizes: (tale.steps ?? []).map(() => 400) }));
  return { ...one, question: { ...one.question, tales } };
};

function goes(runs: readonly NaiveRun[], policy: RetentionPolicy): readonly string[] {
  const planned = planStore(storeQuestion(runs, [policy])).runs;
  return planned.flatMap(({ name, plan }) =>
    plan.kind === 'Stopped' ? [] : plan.rulings.filter(isCondemned).map((one) => `${name.run} ${told(one)}`),
  );
}

describe('a capacity takes', () => {
  test.each<{ name: string; runs: readonly NaiveRun[]; policy: RetentionPolicy; want: readonly string[] }>([
    {
      name: 'nothing up to the high share',
      runs: [run('x', 'Running', 19)],
      policy: room(2000),
      want: [],
    },
    {
      name: 'down to the low share above it',
      runs: [run('x', 'Running', 20)],
      policy: room(2000),
      want: ['x 1:Step@30', 'x 1:Step@10'],
    },
    {
      name: 'of a Failed run all that may go before anything of a Succeeded one',
      runs: [run('x', 'Running', 9), run('y', 'Failed', 5), run('z', 'Succeeded', 9)],
      policy: room(2200),
      want: ['y 1:Step@30', 'y 1:Step@20', 'y 1:Step@10', 'z 1:Step@10'],
    },
    {
      name: 'of a Failed run first, however much another holds',
      runs: [run('x', 'Running', 9), run('y', 'Failed', 5), run('z', 'Succeeded', 9)],
      policy: room(0, { capacity: { bytes: 2200, highThresholdPercent: 100, lowThresholdPercent: 96 } }),
      want: ['y 1:Step@30', 'y 1:Step@10'],
    },
    {
      name: 'of a Succeeded run what structure does not keep before anything of one that goes on',
      runs: [run('x', 'Running', 9), run('y', 'Failed', 3), run('z', 'Succeeded', 4)],
      policy: room(1400),
      want: ['y 1:Step@10', 'z 1:Step@30', 'z 1:Step@20', 'z 1:Step@10'],
    },
    {
      name: 'of the run that holds most, and of the other once it holds as much',
      runs: [run('x', 'Running', 5), run('y', 'Running', 8)],
      policy: room(1000, { capacity: { bytes: 1000, highThresholdPercent: 100, lowThresholdPercent: 80 } }),
      want: ['x 1:Step@10', 'y 1:Step@60', 'y 1:Step@50', 'y 1:Step@30', 'y 1:Step@10'],
    },
    {
      name: 'by what is beyond the defaults, not by all that is held',
      runs: [run('x', 'Running', 8), heavy(run('y', 'Running', 4))].map(keepingAll),
      policy: room(0, {
        capacity: { bytes: 2300, highThresholdPercent: 100, lowThresholdPercent: 100 },
        defaults: { minAgeSeconds: 0, keepNewest: 3 },
      }),
      want: ['x 1:Step@10'],
    },
  ])('$name', ({ runs, policy, want }) => {
    expect(goes(runs, policy)).toEqual(want);
  });
});

const goesIn = (state: object): readonly string[] => {
  const question = { ...storeQuestion([run('x', 'Running', 19)], [room(2000)]), ...state };
  return planStore(question).runs.flatMap(({ plan }) =>
    plan.kind === 'Stopped' ? [] : plan.rulings.filter(isCondemned).map(told),
  );
};

describe('an eviction', () => {
  test('that has begun goes on below the high share', () => {
    expect(goesIn({})).toEqual([]);
    expect(goesIn({ evicting: new Set(['room']) })).toEqual(['1:Step@10']);
  });

  test('does not begin while the runs cannot be counted, nor go on', () => {
    const policies = [room(500)];
    expect(goesIn({ policies })).not.toEqual([]);
    const uncounted = new Set(['room']);
    expect(goesIn({ policies, uncounted, evicting: uncounted })).toEqual([]);
  });
});

const crowded: fc.Arbitrary<readonly NaiveRun[]> = fc
  .array(
    fc.record({
      phase: fc.constantFrom('Failed' as const, 'Succeeded' as const, 'Running' as const, 'Running' as const),
      tales: bucketTales,
      keepNewest: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
    }),
    { minLength: 2, maxLength: 4 },
  )
  .map((drafts) =>
    drafts.map(({ phase, tales, keepNewest }, at) => ({
      name: `run-${at}`,
      team: 'a',
      phase,
      question: {
        tales,
        rules: keepNewest === undefined ? undefined : { minAgeSeconds: 0, keepNewest },
        starting: false,
        pins: [],
        wanted: [],
      },
    })),
  );

test('of random runs that do not fit it takes what the naive evaluator takes', () => {
  const shares = fc.record({
    bytes: fc.integer({ min: 500, max: 4000 }),
    defaults: fc.option(fc.constantFrom(1, 3), { nil: undefined }),
  });
  fc.assert(
    fc.property(crowded, shares, (runs, { bytes, defaults }) => {
      const policy = room(bytes, {
        defaults: defaults === undefined ? undefined : { minAgeSeconds: 0, keepNewest: defaults },
      });
      const naive = ruleStoreNaively(runs, [policy], false);
      const wanted = runs.flatMap(({ name }) =>
        (naive.get(name) ?? [])
          .filter(({ verdict }) => verdict === 'Condemned')
          .map((one) => `${name} ${one.name}`),
      );
      expect(goes(runs, policy).toSorted()).toEqual(wanted.toSorted());
    }),
    { numRuns: counts(200, 20_000) },
  );
});
