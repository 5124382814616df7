// What fills no place: checkpoints that were left behind, or that a restore found bad. And what takes the place of the rules once the
// run has Succeeded.
import { describe, expect, test } from 'vitest';
import type { RetentionRules } from '../../../src/domain/retention/rules.ts';
import type { AttemptTale } from '../../support/bucket-facts.ts';
import { condemned, question, rewound, spoilt, week } from '../../support/retention-question.ts';

describe('places', () => {
  test.each<{
    name: string;
    tales: readonly AttemptTale[];
    rules?: Partial<RetentionRules>;
    want: readonly string[];
  }>([
    {
      name: 'what is off the lineage stays for a week and fills no place',
      tales: [
        { number: 1, steps: [10, 20, 30, 40] },
        { number: 2, from: [1, 10], openedAge: week - 1, steps: [15, 16, 17] },
      ],
      rules: { keepNewest: 2 },
      want: ['1:Step@10', '2:Step@15'],
    },
    {
      name: 'what is off the lineage goes a week after the attempt that left it behind opened',
      tales: rewound(week),
      rules: { keepNewest: 2 },
      want: ['1:Last@40', '1:Step@20', '1:Step@30'],
    },
    {
      name: 'no rules at all keep abandoned Steps, too, but not an abandoned Last',
      tales: rewound(week),
      want: ['1:Last@40'],
    },
    {
      name: 'keepAbandonedSeconds is for Steps as well when it is said',
      tales: rewound(100),
      rules: { keepAbandonedSeconds: 100 },
      want: ['1:Last@40', '1:Step@20', '1:Step@30'],
    },
    {
      name: 'keepAbandonedSeconds that are not over yet',
      tales: rewound(99),
      rules: { keepAbandonedSeconds: 100 },
      want: [],
    },
    {
      name: 'what a pod saved after it was left behind counts from then',
      tales: [
        { number: 1, age: 99, steps: [10, 20] },
        { number: 2, from: [1, 10], openedAge: 500, last: [15] },
      ],
      rules: { keepAbandonedSeconds: 100 },
      want: [],
    },
    {
      name: 'what was left behind twice counts from the second time',
      tales: [
        { number: 1, age: 500, steps: [10, 20, 30] },
        { number: 2, from: [1, 10], openedAge: 400 },
        { number: 3, from: [1, 20], openedAge: 300 },
        { number: 4, from: [1, 10], openedAge: 50, steps: [12] },
      ],
      rules: { keepAbandonedSeconds: 100 },
      want: ['1:Step@30'],
    },
    {
      name: 'what no attempt.json ever left behind stays',
      tales: [
        { number: 1, from: 'unopened', steps: [10, 20] },
        { number: 2, openedAge: week, steps: [5, 6] },
      ],
      rules: { keepAbandonedSeconds: 0, keepNewest: 1 },
      want: [],
    },
    {
      name: 'keepWithinSeconds counts from the newest checkpoint, however old that is, and of either kind',
      tales: [{ number: 1, steps: [10, 20, 30, 40], last: [50], ages: [9400, 9101, 9100, 9050, 9000] }],
      rules: { keepWithinSeconds: 100 },
      want: ['1:Step@10', '1:Step@20'],
    },
    {
      name: 'keepWithinSeconds is for Steps, not for a Last',
      tales: [{ number: 1, last: [10, 20, 30], age: 1 }],
      rules: { keepWithinSeconds: 100 },
      want: ['1:Last@10'],
    },
    {
      name: 'a Step that a restore found bad fills no place',
      tales: [
        { number: 1, steps: [10, 20, 30, 40] },
        { number: 2, from: [1, 40], skipped: spoilt(40), last: [50] },
      ],
      rules: { keepNewest: 2 },
      want: ['1:Step@10', '1:Step@40'],
    },
    {
      name: 'a bad Step is no milestone either: the next one is',
      tales: [
        { number: 1, steps: [10, 20, 25, 40] },
        { number: 2, from: [1, 40], skipped: spoilt(20), last: [50, 60] },
      ],
      rules: { keepEvery: 20 },
      want: ['1:Step@10', '1:Step@20'],
    },
    {
      name: 'the key of another run makes nothing bad',
      tales: [
        { number: 1, steps: [10, 20, 30] },
        {
          number: 2,
          from: [1, 30],
          skipped: [{ key: 'prod/voice/en/attempts/0001-11111111/steps/model_30.pt', reason: 'spoilt' }],
          last: [50, 60],
        },
      ],
      rules: { keepNewest: 1 },
      want: ['1:Step@10', '1:Step@20'],
    },
  ])('$name', ({ tales, rules, want }) => {
    expect(condemned(question(tales, rules))).toEqual(want.toSorted());
  });
});

describe('completion', () => {
  test.each<{ name: string; rules: Partial<RetentionRules>; succeeded?: boolean; want: readonly string[] }>([
    {
      name: 'nothing else: the final checkpoint alone stays',
      rules: { onCompletion: { keepNewest: 0, minAgeSeconds: 0 } },
      want: ['1:Last@20', '1:Last@30', '1:Step@10', '1:Step@20', '1:Step@30', '1:Step@40'],
    },
    {
      name: 'keepNewest 1',
      rules: { onCompletion: { keepNewest: 1, minAgeSeconds: 0 } },
      want: ['1:Last@20', '1:Last@30', '1:Step@10', '1:Step@20', '1:Step@30'],
    },
    {
      name: 'no rule for Steps: all of them',
      rules: { keepNewest: 1, onCompletion: { minAgeSeconds: 0 } },
      want: ['1:Last@20', '1:Last@30'],
    },
    {
      name: 'keepModelLast 2',
      rules: { onCompletion: { keepModelLast: 2, keepNewest: 0, minAgeSeconds: 0 } },
      want: ['1:Last@20', '1:Step@10', '1:Step@20', '1:Step@30', '1:Step@40'],
    },
    {
      name: 'its minAgeSeconds',
      rules: { keepNewest: 1, onCompletion: { keepNewest: 0, minAgeSeconds: 20_000 } },
      want: ['1:Last@20', '1:Last@30'],
    },
    {
      name: 'nothing yet: the rules hold while the run goes on',
      succeeded: false,
      rules: { keepNewest: 2, onCompletion: { keepNewest: 0, minAgeSeconds: 0 } },
      want: ['1:Last@20', '1:Step@10', '1:Step@20'],
    },
  ])('onCompletion says $name', ({ rules, succeeded = true, want }) => {
    const tales = [{ number: 1, last: [20, 30, 40], steps: [10, 20, 30, 40] }];
    expect(condemned({ ...question(tales, rules), succeeded })).toEqual(want);
  });
});
