// Which checkpoints stay and why: the rules one by one, and the reasons to delete nothing at all.
import { describe, expect, test } from 'vitest';
import { describeRuling, planRetention, type RetentionQuestion } from '../../../src/domain/retention/plan.ts';
import type { RetentionRules } from '../../../src/domain/retention/rules.ts';
import { type AttemptTale, bucketFacts } from '../../support/bucket-facts.ts';

const none: RetentionRules = {
  keepModelLast: 2,
  keepNewest: undefined,
  keepEvery: undefined,
  minAgeSeconds: 0,
};
const question = (tales: readonly AttemptTale[], rules?: Partial<RetentionRules>): RetentionQuestion => ({
  runUid: 'run-uid',
  rules: rules === undefined ? undefined : { ...none, ...rules },
  bucket: bucketFacts(tales),
  succeeded: false,
  startingAttempt: undefined,
});

/** The plan in words, `attempt:kind@update` and what holds it; the condemned ones alone when asked. */
function told(asked: RetentionQuestion): Readonly<Record<string, string>> {
  const plan = planRetention(asked);
  if (plan.kind === 'Stopped') return { stopped: plan.why };
  return Object.fromEntries(
    plan.rulings.map(({ checkpoint: { attempt, kind, update }, verdict, reasons }) => [
      `${attempt.number}:${kind}@${update}`,
      verdict === 'Condemned' ? 'Condemned' : reasons.join(' '),
    ]),
  );
}

const condemned = (asked: RetentionQuestion): readonly string[] =>
  Object.entries(told(asked)).flatMap(([name, why]) => (why === 'Condemned' ? [name] : []));

const steps: readonly AttemptTale[] = [{ number: 1, steps: [10, 20, 30, 40, 50, 60] }];

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
    {
      name: 'what is off the lineage stays and fills no place',
      tales: [
        { number: 1, steps: [10, 20, 30, 40] },
        { number: 2, from: [1, 10], steps: [15, 16, 17] },
      ],
      rules: { keepNewest: 2 },
      want: ['1:Step@10', '2:Step@15'],
    },
  ])('$name', ({ tales, rules, want }) => {
    expect(condemned(question(tales, rules))).toEqual(want);
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
      '0001-11111111 Step 10: Condemned (NoRuleKeepsIt)',
      '0001-11111111 Step 20: Locked (BeforeResumePoint)',
      '0001-11111111 Step 30: Locked (ResumePoint, KeepNewest)',
    ]);
  });
});

describe('structure', () => {
  const tight = { keepNewest: 1 };

  test('once Succeeded, the final checkpoint alone is locked', () => {
    const tales = [{ number: 1, steps: [10, 20, 30] }];
    expect(condemned({ ...question(tales, tight), succeeded: true })).toEqual(['1:Step@10', '1:Step@20']);
  });

  test('the one before the resume point has another update, not the same in another kind', () => {
    const tales = [{ number: 1, last: [30], steps: [10, 20, 30] }];
    expect(told(question(tales, tight))['1:Step@20']).toBe('BeforeResumePoint');
  });

  test.each([
    { name: 'that has not opened keeps everything', tales: steps, startingAttempt: 2, want: [] },
    {
      name: 'that has opened keeps nothing more',
      tales: [...steps, { number: 2, from: [1, 60] as const }],
      startingAttempt: 2,
      want: ['1:Step@10', '1:Step@20', '1:Step@30', '1:Step@40'],
    },
    {
      name: 'whose number another pod has opened keeps nothing more',
      tales: [...steps, { number: 3, from: [1, 60] as const }],
      startingAttempt: 3,
      want: ['1:Step@10', '1:Step@20', '1:Step@30', '1:Step@40'],
    },
  ])('an attempt that starts and $name', ({ tales, startingAttempt, want }) => {
    expect(condemned({ ...question(tales, tight), startingAttempt })).toEqual(want);
  });
});

describe('nothing at all is condemned', () => {
  const asked = question(steps, { keepNewest: 1 });

  test.each<{ name: string; change: Partial<RetentionQuestion>; why: string }>([
    {
      name: 'by a run whose place it is not',
      change: { runUid: 'other' },
      why: "prod/voice/zh/run.json is not this run's",
    },
    {
      name: 'without a run.json',
      change: { bucket: bucketFacts(steps, { marker: undefined }) },
      why: 'run.json is not this run',
    },
    {
      name: 'when the lineage cannot be read',
      change: { bucket: bucketFacts([...steps, { number: 3, from: [2, 60] }]) },
      why: 'the lineage cannot be read: attempt 0003-33333333',
    },
    {
      name: "without the store's clock",
      change: { bucket: bucketFacts(steps, { storeTime: undefined }) },
      why: "the store's clock",
    },
  ])('$name', ({ change, why }) => {
    expect(condemned(asked)).not.toEqual([]);
    expect(told({ ...asked, ...change })['stopped']).toContain(why);
  });
});
