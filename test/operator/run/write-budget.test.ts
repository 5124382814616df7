// The budget of status writes: so many a second for progress, whatever facts have used up before.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LookLimit } from '../../../src/operator/run/look-limit.ts';
import { WriteBudget } from '../../../src/operator/run/write-budget.ts';
import { runs } from '../../support/counts.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

/** How many of a great many asked for now are allowed. */
const allowed = (budget: WriteBudget): number =>
  Array.from({ length: 5000 }, () => budget.tryTake()).filter(Boolean).length;

describe('the budget of status writes', () => {
  test('allows a second its share, and no more', async () => {
    const clock = new VirtualClock();
    const budget = new WriteBudget({ clock, perSecond: 10 });
    expect(allowed(budget)).toBe(10);
    await clock.advance(500);
    expect(allowed(budget)).toBe(5);
    await clock.advance(3_600_000);
    expect(allowed(budget)).toBe(10);
  });

  test('is used up by facts, which hold progress up for a second at most', async () => {
    const clock = new VirtualClock();
    const budget = new WriteBudget({ clock, perSecond: 10 });
    for (let facts = 0; facts < 1000; facts += 1) budget.take();
    await clock.advance(1000);
    expect(allowed(budget)).toBe(0);
    await clock.advance(1000);
    expect(allowed(budget)).toBe(10);
  });

  test('is never exceeded, whenever it is asked', async () => {
    const pauses = fc.array(fc.nat({ max: 300 }), { minLength: 1, maxLength: 100 });
    await fc.assert(
      fc.asyncProperty(pauses, fc.integer({ min: 1, max: 50 }), async (all, perSecond) => {
        const clock = new VirtualClock();
        const budget = new WriteBudget({ clock, perSecond });
        let written = 0;
        for (const pause of all) {
          await clock.advance(pause);
          if (budget.tryTake()) written += 1;
        }
        expect(written).toBeLessThanOrEqual(perSecond + (clock.monotonic() / 1000) * perSecond + 1e-6);
      }),
      { numRuns: runs(10, 200) },
    );
  });
});

test('only so many pods are looked at a time; a place that is left is free again, once', () => {
  const limit = new LookLimit(2);
  const [first, second, third] = [limit.tryEnter(), limit.tryEnter(), limit.tryEnter()];
  expect(third).toBeUndefined();
  first?.[Symbol.dispose]();
  first?.[Symbol.dispose]();
  expect([limit.tryEnter(), limit.tryEnter()]).toEqual([expect.anything(), undefined]);
  second?.[Symbol.dispose]();
});
