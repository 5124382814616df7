// Whose capacity waits, and for which runs.
import { expect, test } from 'vitest';
import type { RetentionPolicy } from '../../../src/domain/retention/policy.ts';
import { type RunToCount, uncountedRuns } from '../../../src/domain/retention/uncounted.ts';

const capacity = { bytes: 1, highThresholdPercent: 95, lowThresholdPercent: 90 };
const policy = (name: string, change: Partial<RetentionPolicy> = {}): RetentionPolicy => ({
  name,
  selector: { namespaces: { matchLabels: { team: name } } },
  mode: 'Enforce',
  capacity,
  ...change,
});

const run = (name: string, change: Partial<RunToCount> = {}): RunToCount => ({
  name: { namespace: 'voice', run: name },
  labels: {},
  namespaceLabels: { team: 'a' },
  unknown: 'it was not looked at yet',
  ...change,
});

test.each<{
  readonly name: string;
  readonly policies: readonly RetentionPolicy[];
  readonly runs: readonly RunToCount[];
  readonly want: readonly string[];
}>([
  {
    name: 'a capacity waits for a run that it selects',
    policies: [policy('a'), policy('b')],
    runs: [run('x')],
    want: ['a'],
  },
  {
    name: 'not for one that is known',
    policies: [policy('a')],
    runs: [run('x', { unknown: undefined })],
    want: [],
  },
  {
    name: 'every capacity waits for a run whose namespace nobody knows',
    policies: [policy('a'), policy('b')],
    runs: [run('x', { namespaceLabels: undefined })],
    want: ['a', 'b'],
  },
  {
    name: 'none of a policy without one, nor of one that is Off',
    policies: [policy('a', { capacity: undefined }), policy('a', { mode: 'Off' })],
    runs: [run('x')],
    want: [],
  },
])('$name', ({ policies, runs, want }) => {
  expect([...uncountedRuns(policies, runs).keys()]).toEqual(want);
});
