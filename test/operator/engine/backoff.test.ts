import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffAfter, reconcileBackoff } from '../../../src/operator/engine/backoff.ts';
import { runs } from '../../support/counts.ts';

const fixed = { firstSeconds: 0.1, longestSeconds: 60 };

test.each([
  { name: 'starts at the first wait', failures: 1, chance: 1, want: 0.1 },
  { name: 'doubles', failures: 4, chance: 1, want: 0.8 },
  { name: 'stops growing at the longest wait', failures: 11, chance: 1, want: 60 },
  { name: 'stays there however often it fails', failures: 5000, chance: 1, want: 60 },
  { name: 'waits at least half of that', failures: 11, chance: 0, want: 30 },
])('$name', ({ failures, chance, want }) => {
  expect(backoffAfter(fixed, failures, chance)).toBeCloseTo(want, 9);
});

test('is never shorter than half the first wait nor longer than the longest, and grows with every failure', () => {
  const failures = fc.integer({ min: 1, max: 100 });
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const property = fc.property(failures, chance, (count, luck) => {
    const wait = backoffAfter(reconcileBackoff, count, luck);
    expect(wait).toBeGreaterThanOrEqual(reconcileBackoff.firstSeconds / 2);
    expect(wait).toBeLessThanOrEqual(reconcileBackoff.longestSeconds);
    expect(backoffAfter(reconcileBackoff, count + 1, luck)).toBeGreaterThanOrEqual(wait);
  });
  fc.assert(property, { numRuns: runs(200, 10_000) });
});
