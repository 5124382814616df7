// Which checkpoints stay and why: the keep rules one by one, and how a ruling reads.
import { describe, expect, test } from 'vitest';
import { describeRuling, planRetention } from '../../../src/domain/retention/plan.ts';
import type { RetentionRules } from '../../../src/domain/retention/rules.ts';
import type { AttemptTale } from '../../support/bucket-facts.ts';
import { condemned, question, steps, told } from '../../support/retention-question.ts';

describe('rules', () => {
  test.each<{
    name: string;
    tales: readonly AttemptTale[];
    rules?: Partial<RetentionRules>;
    want: readonly string[];
  }>([
    { name: 'no rules at all keep every Step', tales: steps, want: [] },
    {
      name: 'a rule for model_last alone keeps every Step',
      tales: steps,
      rules: { keepModelLast: 3 },
      want: [],
    },
    {
      name: 'keepNewest: the resume point is one of them',
      tales: steps,
      rules: { keepNewest: 2 },
      want: ['1:Step@10', '1:Step@20', '1:Step@30', '1:Step@40'],
    },
    {
      name: 'keepNewest 1: one before the resume point stays all the same',
      tales: steps,
      rules: { keepNewest: 1 },
      want: ['1:Step@10', '1:Step@20', '1:Step@30', '1:Step@40'],
    },
    {
      name: 'keepEvery: exact multiples',
      tales: steps,
      rules: { keepEvery: 20 },
      want: ['1:Step@10', '1:Step@30'],
    },
    {
      name: 'keepEvery: the first after a multiple that was missed',
      tales: [{ number: 1, steps: [9, 14, 19, 26, 33, 40] }],
      rules: { keepEvery: 10 },
      want: ['1:Step@9', '1:Step@19'],
    },
    {
      name: 'keepEvery: below the first multiple nothing',
      tales: steps,
      rules: { keepEvery: 1000 },
      want: ['1:Step@10', '1:Step@20', '1:Step@30', '1:Step@40'],
    },
    {
      name: 'keepNewest and keepEvery together',
      tales: steps,
      rules: { keepNewest: 2, keepEvery: 30 },
      want: ['1:Step@10', '1:Step@20', '1:Step@40'],
    },
    {
      name: 'a Last does not fill the place of a Step',
      tales: [{ number: 1, last: [55, 65], steps: [10, 20, 60] }],
      rules: { keepNewest: 1 },
      want: ['1:Step@10', '1:Step@20'],
    },
    {
      name: 'two of kind Last, also with no rules',
      tales: [{ number: 1, last: [10, 20, 30, 40] }],
      want: ['1:Last@10', '1:Last@20'],
    },
    {
      name: 'keepModelLast 3',
      tales: [{ number: 1, last: [10, 20, 30, 40] }],
      rules: { keepModelLast: 3 },
      want: ['1:Last@10'],
    },
    {
      name: 'keepModelLast below the least is the least',
      tales: [{ number: 1, last: [10, 20, 30, 40] }],
      rules: { keepModelLast: 0 },
      want: ['1:Last@10', '1:Last@20'],
    },
    {
      name: 'a Step is younger than minAgeSeconds',
      tales: [{ ...steps[0], number: 1, age: 99 }],
      rules: { keepNewest: 1, minAgeSeconds: 100 },
      want: [],
    },
    {
      name: 'a Step is exactly as old',
      tales: [{ ...steps[0], number: 1, age: 100 }],
      rules: { keepNewest: 1, minAgeSeconds: 100 },
      want: ['1:Step@10', '1:Step@20', '1:Step@30', '1:Step@40'],
    },
    {
      name: 'minAgeSeconds is for Steps, not for a Last',
      tales: [{ number: 1, last: [10, 20, 30], age: 1 }],
      rules: { minAgeSeconds: 100 },
      want: ['1:Last@10'],
    },
    {
      name: 'ranks go over the whole lineage',
      tales: [
        { number: 1, steps: [10, 20] },
        { number: 2, from: [1, 20], steps: [30] },
        { number: 3, from: [2, 30], steps: [40, 50] },
      ],
      rules: { keepNewest: 3 },
      want: ['1:Step@10', '1:Step@20'],
    },
  ])('$name', ({ tales, rules, want }) => {
    expect(condemned(question(tales, rules))).toEqual(want.toSorted());
  });

  test('every reason is told, not only the first', () => {
    const tales = [{ number: 1, last: [60, 50], steps: [60, 40, 20, 10], age: 5 }];
    expect(told(question(tales, { keepNewest: 2, keepEvery: 20, minAgeSeconds: 100 }))).toEqual({
      '1:Last@60': 'ResumePoint KeepModelLast',
      '1:Last@50': 'BeforeResumePoint KeepModelLast',
      '1:Step@60': 'KeepNewest KeepEvery MinAge',
      '1:Step@40': 'KeepNewest KeepEvery MinAge',
      '1:Step@20': 'KeepEvery MinAge',
      '1:Step@10': 'MinAge',
    });
    const plan = planRetention(question([{ number: 1, steps: [10, 20, 30] }], { keepNewest: 1 }));
    expect(plan.kind === 'Planned' ? plan.rulings.map(describeRuling) : []).toEqual([
      '0001-11111111 Step 30: Locked (ResumePoint, KeepNewest)',
      '0001-11111111 Step 20: Locked (BeforeResumePoint)',
      '0001-11111111 Step 10: Condemned (NoRuleKeepsIt)',
    ]);
  });
});
