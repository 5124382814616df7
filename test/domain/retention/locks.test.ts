// What nothing overrides: structure and pins.
import { describe, expect, test } from 'vitest';
import { planRetention } from '../../../src/domain/retention/plan.ts';
import { type AttemptTale, storeTime } from '../../support/bucket-facts.ts';
import {
  type Asked,
  condemned,
  lastOf,
  question,
  rewound,
  spoilt,
  steps,
  told,
  week,
} from '../../support/retention-question.ts';

describe('pins', () => {
  const pin = { update: 20, attempt: 0, until: undefined };
  const tight = { keepNewest: 1, keepAbandonedSeconds: 0 };

  test.each<{ name: string; pins: NonNullable<Asked['pins']>; tales?: readonly AttemptTale[]; want: string }>(
    [
      { name: 'keeps', pins: [pin], want: 'Pinned' },
      { name: 'keeps until its end', pins: [{ ...pin, until: storeTime + 1 }], want: 'Pinned' },
      { name: 'has ended', pins: [{ ...pin, until: storeTime }], want: 'Condemned NoRuleKeepsIt PinExpired' },
      {
        name: 'of another attempt keeps nothing',
        pins: [{ ...pin, attempt: 2 }],
        want: 'Condemned NoRuleKeepsIt',
      },
      { name: 'of its attempt keeps', pins: [{ ...pin, attempt: 1 }], want: 'Pinned' },
      {
        name: 'holds on when its checkpoint is left behind',
        pins: [pin],
        tales: rewound(5),
        want: 'Pinned Abandoned',
      },
      {
        name: "means the lineage's where there is one",
        pins: [pin],
        tales: [...rewound(5).slice(0, 1), { number: 2, from: [1, 10], openedAge: 5, steps: [15, 20, 30] }],
        want: 'Condemned NoRuleKeepsIt Abandoned',
      },
    ],
  )('a pin $name', ({ pins, tales = steps, want }) => {
    expect(told({ ...question(tales, tight), pins })['1:Step@20']).toBe(want);
  });

  test('pins that the bucket keeps hold beside those of the spec, and count for no limit', () => {
    const bucketPins = [
      { ...pin, attempt: 1 },
      { ...pin, attempt: 1, update: 25 },
      { update: 30, attempt: 1, until: storeTime },
    ];
    const asked = { ...question(steps, tight), bucketPins, ceiling: { maxPins: 0 } };
    expect(told(asked)).toMatchObject({
      '1:Step@20': 'Pinned',
      '1:Step@30': expect.stringContaining('Condemned'),
    });
    expect(planRetention(asked)).toMatchObject({
      unmatchedPins: [],
      bucketPins: [{ update: 20, attempt: 1 }],
      shortfalls: [],
    });
    const ending = { ...asked, bucketPins: [{ ...pin, attempt: 1, until: storeTime + 7000 }] };
    expect(planRetention(ending)).toMatchObject({ changesInSeconds: 7 });
  });

  test('more than a policy allows are told, and hold all the same', () => {
    const ended = { update: 30, attempt: 0, until: storeTime };
    const pins = [pin, { ...pin, update: 10 }, ended];
    const asked = { ...question(steps, tight), pins };
    const plan = planRetention({ ...asked, ceiling: { maxPins: 1 } });
    expect(plan).toMatchObject({ shortfalls: [{ limit: 'MaxPins', allowed: 1, left: 2 }] });
    expect(planRetention({ ...asked, ceiling: { maxPins: 2 } })).toMatchObject({ shortfalls: [] });
    expect(condemned({ ...asked, ceiling: { maxPins: 1 } })).toEqual(['1:Step@30', '1:Step@40']);
  });

  test('those that name nothing are told', () => {
    const unmatched = { update: 25, attempt: 0, until: undefined };
    const plan = planRetention({ ...question(steps, tight), pins: [pin, unmatched] });
    expect(plan).toMatchObject({ unmatchedPins: [unmatched] });
  });
});

describe('structure', () => {
  const tight = { keepNewest: 1 };

  test('once Succeeded, the final checkpoint alone is locked', () => {
    const tales = [{ number: 1, steps: [10, 20, 30] }];
    expect(condemned({ ...question(tales, tight), succeeded: true })).toEqual(['1:Step@10', '1:Step@20']);
  });

  test('after those that were found bad, the first good one is locked, and a good one before it', () => {
    const tales = [
      { number: 1, last: [60], steps: [10, 20, 40, 60] },
      { number: 2, from: [1, 60] as const, skipped: [...lastOf(60), ...spoilt(40)] },
    ];
    expect(told(question(tales, tight))).toEqual({
      '1:Last@60': 'ResumePoint FoundBad',
      '1:Step@60': 'ResumePoint KeepNewest',
      '1:Step@40': 'Condemned NoRuleKeepsIt FoundBad',
      '1:Step@20': 'BeforeResumePoint',
      '1:Step@10': 'Condemned NoRuleKeepsIt',
    });
  });

  test('where all are found bad, all stay', () => {
    const tales = [
      { number: 1, steps: [10, 20, 30] },
      { number: 2, from: [1, 30] as const, skipped: spoilt(10, 20, 30) },
    ];
    expect(condemned(question(tales, tight))).toEqual([]);
  });

  test('while nothing is on the lineage, what was left behind stays', () => {
    const tales = [
      { number: 1, steps: [10, 20, 30] },
      { number: 2, openedAge: 9000, rollback: 'a' },
    ];
    const rules = { keepNewest: 1, keepAbandonedSeconds: 0 };
    const asked = question(tales, rules);
    expect(told(asked)['1:Step@10']).toBe('NothingOnLineage Abandoned');
    const saved = question([...tales.slice(0, 1), { number: 2, openedAge: 9000, last: [1] }], rules);
    expect(condemned(saved)).toEqual(['1:Step@10', '1:Step@20', '1:Step@30']);
  });

  test('an attempt that starts keeps what is off the lineage, too', () => {
    const asked = question(rewound(week), { keepNewest: 1 });
    expect(condemned(asked)).not.toEqual([]);
    expect(condemned({ ...asked, startingAttempt: 3 })).toEqual([]);
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
