// What holds for a run when several speak, and who said so.
import { describe, expect, test } from 'vitest';
import type { RetentionPolicy } from '../../../src/domain/retention/policy.ts';
import { selects } from '../../../src/domain/retention/policy.ts';
import type { RetentionRules } from '../../../src/domain/retention/rules.ts';
import {
  effectiveValues,
  type Scope,
  settle,
  type Settings,
} from '../../../src/domain/retention/settings.ts';

const operator = { graceSeconds: 600, approveAbove: { percent: 50, checkpoints: 20 } };
const policy = (name: string, parts: Partial<RetentionPolicy>): RetentionPolicy => ({
  name,
  selector: {},
  mode: 'Enforce',
  ...parts,
});

function settled(
  policies: readonly RetentionPolicy[],
  { declared, scope = 'Enforced' }: { readonly declared?: RetentionRules; readonly scope?: Scope } = {},
): Settings {
  const reading = settle({ declared, policies, operator, scope });
  if (reading.kind === 'Refused') throw new Error(reading.why);
  return reading.settings;
}

const from = (name: string): object => ({ is: 'Policy', name });
const rules = { minAgeSeconds: 0, keepNewest: 3 };

test('without any policy the run and the operator say everything', () => {
  expect(settled([], { declared: { ...rules, maxBytes: 100 } })).toEqual({
    rules: { value: { ...rules, maxBytes: 100 }, from: { is: 'Run' } },
    floor: {},
    ceiling: { maxBytes: { value: 100, from: { is: 'Run' } } },
    graceSeconds: { value: 600, from: { is: 'Operator' } },
    approveAbovePercent: { value: 50, from: { is: 'Operator' } },
    approveAboveCheckpoints: { value: 20, from: { is: 'Operator' } },
  });
});

test.each<{ name: string; policies: readonly RetentionPolicy[]; declared?: RetentionRules; want: object }>([
  {
    name: 'floors by the higher',
    policies: [
      policy('a', { floor: { keepNewest: 2, minAgeSeconds: 60 } }),
      policy('b', { floor: { keepNewest: 1, minAgeSeconds: 90 } }),
    ],
    want: {
      floor: { keepNewest: { value: 2, from: from('a') }, minAgeSeconds: { value: 90, from: from('b') } },
    },
  },
  {
    name: 'ceilings by the lower',
    policies: [
      policy('a', { ceiling: { maxBytes: 50, maxAgeSeconds: 9, maxPins: 3 } }),
      policy('b', { ceiling: { maxBytes: 40, maxCheckpoints: 7, maxPins: 4 } }),
    ],
    want: {
      ceiling: {
        maxBytes: { value: 40, from: from('b') },
        maxAgeSeconds: { value: 9, from: from('a') },
        maxCheckpoints: { value: 7, from: from('b') },
        maxPins: { value: 3, from: from('a') },
      },
    },
  },
  {
    name: "the run's own maxBytes where it is the lower",
    declared: { ...rules, maxBytes: 30 },
    policies: [policy('a', { ceiling: { maxBytes: 40 } })],
    want: { ceiling: { maxBytes: { value: 30, from: { is: 'Run' } } } },
  },
  {
    name: 'defaults for a run that declares nothing',
    policies: [policy('a', { defaults: rules })],
    want: { rules: { value: rules, from: from('a') }, defaults: rules },
  },
  {
    name: 'what the run declares before any defaults',
    declared: { minAgeSeconds: 5 },
    policies: [policy('a', { defaults: rules })],
    want: { rules: { value: { minAgeSeconds: 5 }, from: { is: 'Run' } }, defaults: rules },
  },
  {
    name: 'a longer grace, but no shorter one',
    policies: [policy('a', { graceSeconds: 60 }), policy('b', { graceSeconds: 700 })],
    want: { graceSeconds: { value: 700, from: from('b') } },
  },
  {
    name: "the operator's grace where every policy's is shorter",
    policies: [policy('a', { graceSeconds: 60 })],
    want: { graceSeconds: { value: 600, from: { is: 'Operator' } } },
  },
  {
    name: "the strictest approval, in place of the operator's",
    policies: [
      policy('a', { approveAbove: { percent: 80, checkpoints: 200 } }),
      policy('b', { approveAbove: { percent: 90, checkpoints: 100 } }),
    ],
    want: {
      approveAbovePercent: { value: 80, from: from('a') },
      approveAboveCheckpoints: { value: 100, from: from('b') },
    },
  },
  {
    name: 'the longest time for uploads',
    policies: [
      policy('a', { uploads: { abortAfterSeconds: 60 } }),
      policy('b', { uploads: { abortAfterSeconds: 90 } }),
    ],
    want: { abortUploadsAfterSeconds: { value: 90, from: from('b') } },
  },
])('$name', ({ policies, declared, want }) => {
  expect(settled(policies, declared && { declared })).toMatchObject(want);
  expect(settled(policies.toReversed(), declared && { declared })).toMatchObject(want);
});

describe('an audited policy', () => {
  const audit = policy('a', {
    mode: 'Audit',
    floor: { keepNewest: 2 },
    ceiling: { maxBytes: 5 },
    defaults: rules,
    graceSeconds: 900,
    approveAbove: { percent: 90, checkpoints: 10 },
    uploads: { abortAfterSeconds: 60 },
  });

  test('protects, and takes nothing', () => {
    expect(settled([audit])).toEqual({
      rules: undefined,
      floor: { keepNewest: { value: 2, from: from('a') } },
      ceiling: {},
      graceSeconds: { value: 900, from: from('a') },
      approveAbovePercent: { value: 50, from: { is: 'Operator' } },
      approveAboveCheckpoints: { value: 10, from: from('a') },
    });
  });

  test('counts whole in the audit', () => {
    expect(settled([audit], { scope: 'Audited' })).toMatchObject({
      rules: { value: rules },
      ceiling: { maxBytes: { value: 5 } },
      abortUploadsAfterSeconds: { value: 60 },
      approveAbovePercent: { value: 90 },
    });
  });

  test('does not contradict an enforced one until it is enforced itself', () => {
    const both = [policy('b', { defaults: rules }), audit];
    expect(settled(both).rules?.from).toEqual(from('b'));
    expect(settle({ declared: undefined, policies: both, operator, scope: 'Audited' })).toMatchObject({
      kind: 'Refused',
    });
  });
});

test.each(['defaults', 'capacity'] as const)('two policies with %s for one run are refused', (part) => {
  const parts = {
    defaults: rules,
    capacity: { bytes: 1, highThresholdPercent: 95, lowThresholdPercent: 90 },
  };
  const policies = ['b', 'a'].map((name) => policy(name, { [part]: parts[part] }));
  expect(settle({ declared: rules, policies, operator, scope: 'Enforced' })).toEqual({
    kind: 'Refused',
    why: `the CheckpointRetentionPolicies a and b all set ${part} for this run, which one alone may do: narrow their selectors, or remove ${part} from the others`,
  });
});

test.each<{ name: string; change: Partial<RetentionPolicy>; want: boolean }>([
  { name: 'everything by default', change: {}, want: true },
  {
    name: 'by the labels of the namespace',
    change: { selector: { namespaces: { matchLabels: { team: 'voice' } } } },
    want: true,
  },
  {
    name: 'by the labels of the run',
    change: { selector: { runs: { matchLabels: { speaker: 'xiaoyi' } } } },
    want: true,
  },
  {
    name: 'not by one of both alone',
    change: {
      selector: { namespaces: { matchLabels: { team: 'voice' } }, runs: { matchLabels: { team: 'voice' } } },
    },
    want: false,
  },
  { name: 'nothing when it is off', change: { mode: 'Off' }, want: false },
])('a policy selects $name', ({ change, want }) => {
  const run = { labels: { speaker: 'xiaoyi' }, namespaceLabels: { team: 'voice' } };
  expect(selects(policy('a', change), run)).toBe(want);
});

test('every value that holds is told with who said so', () => {
  const declared = { minAgeSeconds: 60, keepNewest: 3, maxBytes: 9, onCompletion: { minAgeSeconds: 5 } };
  const values = effectiveValues(settled([policy('a', { floor: { keepNewest: 2 } })], { declared }));
  const run = { is: 'Run' };
  expect(values).toEqual([
    { name: 'rules.minAgeSeconds', value: 60, from: run },
    { name: 'rules.keepNewest', value: 3, from: run },
    { name: 'rules.onCompletion.minAgeSeconds', value: 5, from: run },
    { name: 'floor.keepNewest', value: 2, from: from('a') },
    { name: 'ceiling.maxBytes', value: 9, from: run },
    { name: 'graceSeconds', value: 600, from: { is: 'Operator' } },
    { name: 'approveAbovePercent', value: 50, from: { is: 'Operator' } },
    { name: 'approveAboveCheckpoints', value: 20, from: { is: 'Operator' } },
  ]);
});
