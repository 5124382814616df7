// Policies as the API server gives them: what is understood, and what is not and therefore stops every run that it might select.
import { describe, expect, test } from 'vitest';
import { policyStop } from '../../src/domain/retention/policies.ts';
import type { Selectable } from '../../src/domain/retention/policy.ts';
import { readPolicies } from '../../src/observation/policy-reading.ts';
import type { KubeObject } from '../../src/ports/kube-objects.ts';

interface Stored {
  readonly name?: string;
  readonly uid?: string;
  readonly generation?: number;
  readonly resourceVersion?: string;
}

const policy = (spec: unknown, stored: Stored = {}): KubeObject => {
  const metadata = {
    name: 'voice',
    uid: 'uid-1',
    generation: 1,
    resourceVersion: '1',
    creationTimestamp: '2026-11-22T10:00:00Z',
    ...stored,
  };
  return { metadata, spec } as KubeObject;
};

const run: Selectable = { labels: { tier: 'gold' }, namespaceLabels: { team: 'voice' } };
const other: Selectable = { labels: {}, namespaceLabels: { team: 'video' } };
const ofVoice = { namespaces: { matchLabels: { team: 'voice' } } };

const stops = (spec: unknown, selectable: Selectable): string | undefined =>
  policyStop(readPolicies([policy(spec)]), selectable);

test('one that is understood stops nothing', () => {
  expect(stops({ selector: {}, mode: 'Enforce', floor: { keepNewest: 2 } }, run)).toBeUndefined();
});

describe('one that is not understood stops whatever it may select', () => {
  test.each<{ name: string; spec: unknown; says: string }>([
    {
      name: 'a value out of bounds',
      spec: { selector: ofVoice, floor: { keepNewest: 0 } },
      says: 'spec.floor.keepNewest: ',
    },
    { name: 'an unknown mode', spec: { selector: ofVoice, mode: 'Protect' }, says: 'spec.mode: ' },
    {
      name: 'a field of a newer version',
      spec: { selector: ofVoice, mode: 'Enforce', floor: { keepBest: 3 } },
      says: 'spec.floor.keepBest: this version does not know the field',
    },
    {
      name: 'a size that is none',
      spec: { selector: ofVoice, ceiling: { maxBytesPerRun: 'plenty' } },
      says: 'spec.ceiling.maxBytesPerRun: ',
    },
  ])('$name', ({ spec, says }) => {
    expect(stops(spec, run)).toContain('the CheckpointRetentionPolicy voice is not understood');
    expect(stops(spec, run)).toContain(says);
    expect(stops(spec, other)).toBeUndefined();
  });

  test.each<{ name: string; spec: unknown }>([
    { name: 'an unknown part of the selector', spec: { selector: { ...ofVoice, names: ['zh'] } } },
    {
      name: 'an unknown operator in the selector',
      spec: { selector: { runs: { matchExpressions: [{ key: 'tier', operator: 'Like', values: ['x'] }] } } },
    },
    { name: 'no selector', spec: { mode: 'Enforce' } },
    { name: 'no spec', spec: undefined },
  ])('$name may select any run', ({ spec }) => {
    expect(stops(spec, run)).toContain('is not understood');
    expect(stops(spec, other)).toContain('is not understood');
  });

  test('the others are understood all the same', () => {
    const { understood, unreadable } = readPolicies([
      policy({ selector: {}, mode: 'Enforce' }, { name: 'b' }),
      policy({ selector: {}, mode: 'Protect' }, { name: 'a' }),
    ]);
    expect(understood.map(({ name }) => name)).toEqual(['b']);
    expect(unreadable.map(({ name }) => name)).toEqual(['a']);
  });
});

test('while nobody has read them, everything is stopped', () => {
  expect(policyStop({ kind: 'Unread', why: 'not read yet' }, other)).toBe('not read yet');
});

const version = (...objects: readonly KubeObject[]): string => readPolicies(objects).version;

describe('the version', () => {
  const [a, b] = [policy({ selector: {} }), policy({ selector: {} }, { name: 'b', uid: 'uid-2' })];

  test('is the same in whatever order, and when only a status was written', () => {
    expect(version(a, b)).toBe(version(b, a));
    expect(version(a)).toBe(version(policy({ selector: {} }, { resourceVersion: '2' })));
  });

  test.each<{ name: string; objects: readonly KubeObject[] }>([
    { name: 'one that came', objects: [a, b] },
    { name: 'one that went', objects: [] },
    { name: 'one that was edited', objects: [policy({ selector: {} }, { generation: 2 })] },
    { name: 'one that was made anew', objects: [policy({ selector: {} }, { uid: 'uid-3' })] },
  ])('is another after $name', ({ objects }) => {
    expect(version(...objects)).not.toBe(version(a));
  });
});
