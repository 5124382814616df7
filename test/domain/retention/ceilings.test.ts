// Ceilings and floors: what maxBytes thins out, and what a policy's limits take and keep.
import { describe, expect, test } from 'vitest';
import { planRetention } from '../../../src/domain/retention/plan.ts';
import type { RetentionRules } from '../../../src/domain/retention/rules.ts';
import type { AttemptTale } from '../../support/bucket-facts.ts';
import { type Asked, condemned, question, steps, told } from '../../support/retention-question.ts';

describe('maxBytes', () => {
  test.each<{
    name: string;
    tales: readonly AttemptTale[];
    rules: Partial<RetentionRules>;
    want: readonly string[];
  }>([
    { name: 'that are not exceeded take nothing', tales: steps, rules: { maxBytes: 600 }, want: [] },
    {
      name: 'takes the Step whose loss leaves the smallest gap',
      tales: [{ number: 1, steps: [100, 200, 210, 300, 400, 500] }],
      rules: { maxBytes: 500 },
      want: ['1:Step@210'],
    },
    {
      name: 'takes the older of two alike',
      tales: [{ number: 1, steps: [100, 200, 300, 400, 500] }],
      rules: { maxBytes: 400 },
      want: ['1:Step@100'],
    },
    {
      name: 'counts gaps anew after each loss',
      tales: [{ number: 1, steps: [100, 200, 300, 400, 500, 600, 700] }],
      rules: { maxBytes: 400 },
      want: ['1:Step@100', '1:Step@300', '1:Step@500'],
    },
    {
      name: 'counts each Last, but takes none',
      tales: [{ number: 1, last: [55, 65], steps: [10, 20, 30, 40] }],
      rules: { maxBytes: 300 },
      want: ['1:Step@10', '1:Step@20', '1:Step@30'],
    },
    {
      name: 'beats every keep rule',
      tales: [{ number: 1, age: 1, steps: [10, 20, 30, 40, 50] }],
      rules: { maxBytes: 300, keepNewest: 5, keepEvery: 10, keepWithinSeconds: 1000, minAgeSeconds: 1000 },
      want: ['1:Step@10', '1:Step@30'],
    },
    {
      name: 'takes what was left behind first, the oldest of it first',
      tales: [
        { number: 1, steps: [10, 20, 30, 40] },
        { number: 2, from: [1, 10], openedAge: 5, steps: [15, 16, 17] },
      ],
      rules: { maxBytes: 500 },
      want: ['1:Step@20', '1:Step@30'],
    },
    {
      name: 'counts in bytes, not in checkpoints',
      tales: [{ number: 1, steps: [10, 20, 30, 40], sizes: [1, 1000, 1, 1] }],
      rules: { maxBytes: 50 },
      want: ['1:Step@10', '1:Step@20'],
    },
    {
      name: 'holds once Succeeded, too',
      tales: [{ number: 1, steps: [100, 200, 300, 400, 500] }],
      rules: { maxBytes: 400, onCompletion: { minAgeSeconds: 0 } },
      want: ['1:Step@100'],
    },
  ])('$name', ({ tales, rules, want }) => {
    expect(condemned({ ...question(tales, rules), succeeded: rules.onCompletion !== undefined })).toEqual(
      want,
    );
  });

  test('that cannot be kept are told, and nothing is taken that may not go', () => {
    const plan = planRetention(question([{ number: 1, last: [55, 65], steps: [10, 20] }], { maxBytes: 100 }));
    expect(plan).toMatchObject({ shortfalls: [{ limit: 'MaxBytes', allowed: 100, left: 300 }] });
  });
});

describe('policies', () => {
  const asked = question(steps, { keepNewest: 1 });

  test.each<{ name: string; change: Partial<Asked>; want: readonly string[] }>([
    { name: 'a floor keeps more than the rules', change: { floor: { keepNewest: 4 } }, want: ['10', '20'] },
    { name: 'a floor of age', change: { floor: { minAgeSeconds: 10_001 } }, want: [] },
    {
      name: 'a floor of age that is over',
      change: { floor: { minAgeSeconds: 10_000 } },
      want: ['10', '20', '30', '40'],
    },
    {
      name: 'a floor beats every ceiling',
      change: { floor: { keepNewest: 4 }, ceiling: { maxAgeSeconds: 1, maxBytes: 1, maxCheckpoints: 1 } },
      want: ['10', '20'],
    },
    {
      name: 'maxAgeSeconds beat the keep rules',
      change: { rules: undefined, ceiling: { maxAgeSeconds: 9999 } },
      want: ['10', '20', '30', '40'],
    },
    {
      name: 'maxAgeSeconds not exceeded',
      change: { rules: undefined, ceiling: { maxAgeSeconds: 10_000 } },
      want: [],
    },
    {
      name: 'maxCheckpoints thin the Steps',
      change: { rules: undefined, ceiling: { maxCheckpoints: 4 } },
      want: ['10', '30'],
    },
    {
      name: "the lower of the run's maxBytes and the policy's",
      change: { rules: { minAgeSeconds: 0, maxBytes: 500 }, ceiling: { maxBytes: 400 } },
      want: ['10', '30'],
    },
    {
      name: "the lower of the run's maxBytes and the policy's, the other way round",
      change: { rules: { minAgeSeconds: 0, maxBytes: 400 }, ceiling: { maxBytes: 500 } },
      want: ['10', '30'],
    },
    {
      name: 'what the last look at the store took for capacity',
      change: {
        rules: undefined,
        evicted: [20, 50].map((update) => ({
          attempt: { number: 1, pod: '11111111' },
          kind: 'Step',
          update,
        })),
      },
      want: ['20'],
    },
  ])('$name', ({ change, want }) => {
    expect(condemned({ ...asked, ...change })).toEqual(want.map((update) => `1:Step@${update}`));
  });

  test('all that speaks for and against is told, what wins first', () => {
    const change: Partial<Asked> = {
      floor: { keepNewest: 2 },
      ceiling: { maxAgeSeconds: 1, maxCheckpoints: 1 },
      rules: { minAgeSeconds: 0, keepEvery: 20 },
      pins: [{ update: 20, attempt: 0, until: undefined }],
      succeeded: true,
    };
    expect(told({ ...asked, ...change })).toEqual({
      '1:Step@60': 'ResumePoint FloorNewest MaxAge KeepEvery',
      '1:Step@50': 'FloorNewest MaxAge',
      '1:Step@40': 'Condemned MaxAge KeepEvery',
      '1:Step@30': 'Condemned MaxAge NoRuleKeepsIt',
      '1:Step@20': 'Pinned MaxAge KeepEvery',
      '1:Step@10': 'Condemned MaxAge NoRuleKeepsIt',
    });
  });
});
