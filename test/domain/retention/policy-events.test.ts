// What is grave about a policy is told once; the next mistake of one that is corrected is told, too.
import { expect, test } from 'vitest';
import { policyEvents } from '../../../src/domain/retention/policy-events.ts';
import type { PolicyStatus } from '../../../src/domain/retention/policy-status.ts';

const saying = (reason: string, message: string): PolicyStatus => ({
  observedGeneration: 1,
  conditions: [
    { type: 'Ready', status: 'False', reason, message, lastTransitionTime: '2026-11-22T10:00:00Z' },
  ],
});

const told = (before: PolicyStatus | undefined, after: PolicyStatus): readonly string[] =>
  policyEvents(before, after).map(({ type, reason, message }) => `${type} ${reason}: ${message}`);

test.each(['Invalid', 'Conflict', 'CapacityUnsatisfiable', 'TooMuchAtOnce', 'HeldByLock', 'Evicting'])(
  '%s is told once',
  (reason) => {
    expect(told(undefined, saying(reason, 'so it is'))).toHaveLength(1);
    expect(told(saying(reason, 'so it is'), saying(reason, 'so it is'))).toEqual([]);
  },
);

test('the next mistake is told, another number in the same is not', () => {
  const before = saying('Invalid', 'spec.rules[0]: unknown field a');
  expect(told(before, saying('Invalid', 'spec.rules[1]: unknown field a'))).toEqual([]);
  expect(told(before, saying('Invalid', 'spec.mode: unknown'))).toEqual([
    'Warning Invalid: spec.mode: unknown',
  ]);
});

test('another set that waits is another question, and another run in a conflict is not', () => {
  expect(told(saying('TooMuchAtOnce', 'digest 1'), saying('TooMuchAtOnce', 'digest 2'))).toHaveLength(1);
  expect(told(saying('Conflict', 'of voice/a'), saying('Conflict', 'of voice/b'))).toEqual([]);
});
