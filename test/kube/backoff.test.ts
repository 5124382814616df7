// How long to wait: doubling within its cap, never shorter than asked, never as long as a hang.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffDelay } from '../../src/kube/backoff.ts';
import { runs } from '../support/counts.ts';

const limits = { base: 250, cap: 5000 };

test.each([
  { failures: 1, want: [125, 250] },
  { failures: 3, want: [500, 1000] },
  { failures: 6, want: [2500, 5000] },
  { failures: 5000, want: [2500, 5000] },
])('after $failures failures between $want ms', ({ failures, want }) => {
  expect([0, 1].map((chance) => backoffDelay(limits, { failures }, () => chance))).toEqual(want);
});

test('a server that asks for more gets it, up to half a minute', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.nat(10_000_000),
      fc.float({ min: 0, max: 1, noNaN: true }),
      (failures, retryAfter, chance) => {
        const delay = backoffDelay(limits, { failures, retryAfter }, () => chance);
        expect(delay).toBeGreaterThanOrEqual(Math.min(retryAfter, 30_000));
        expect(delay).toBeLessThanOrEqual(30_000);
      },
    ),
    { numRuns: runs(200, 5000) },
  );
});
