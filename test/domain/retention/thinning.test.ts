// The order in which a run gives up Steps, held against one that looks at all that is left before each.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Marked } from '../../../src/domain/retention/locks.ts';
import { marksOf } from '../../../src/domain/retention/reasons.ts';
import type { SavedCheckpoint } from '../../../src/domain/retention/standing.ts';
import { thinningOrder } from '../../../src/domain/retention/thinning.ts';

const attempt = { number: 1, pod: 'aaaaaaaa' };
const kept = marksOf('NoStepRules');

interface Told {
  readonly update: number;
  readonly isLocked: boolean;
}

/** On the lineage, newest first. */
const lineage = (told: readonly Told[]): Marked => {
  const order = told.map(({ update }): SavedCheckpoint => ({
    attempt,
    kind: 'Step',
    update,
    sizeBytes: 1,
    savedAt: 0,
  }));
  const marks = told.map(({ isLocked }) => (isLocked ? kept | marksOf('Pinned') : kept));
  return { standing: { order, onLineage: order.length, leftBehindAt: [] }, marks };
};

/** The gap that its loss leaves, by the places that are left. */
function gapAt(told: readonly Told[], left: readonly number[], nth: number): number {
  const update = (at: number | undefined): number => (at === undefined ? 0 : (told[at]?.update ?? 0));
  return update(left[nth - 1]) - update(left[nth + 1]);
}

function thinnedNaively(told: readonly Told[]): readonly number[] {
  const left = [...told.keys()];
  const gone: number[] = [];
  for (;;) {
    const mayGo = left
      .map((at, nth) => ({ at, nth, gap: gapAt(told, left, nth) }))
      .filter(({ at, nth }) => nth > 0 && told[at]?.isLocked === false);
    const [next] = mayGo.toSorted((a, b) => a.gap - b.gap || b.at - a.at);
    if (next === undefined) return gone;
    gone.push(next.at);
    left.splice(next.nth, 1);
  }
}

const steps = fc.array(
  fc.record({ update: fc.nat(200), isLocked: fc.nat(4).map((chance) => chance === 0) }),
  { maxLength: 30 },
);

const assertAlike = (told: fc.Arbitrary<readonly Told[]>): void =>
  fc.assert(
    fc.property(told, (all) => {
      expect(thinningOrder(lineage(all))).toEqual(thinnedNaively(all));
    }),
  );

test('it is always the one whose loss leaves the smallest gap', () => {
  assertAlike(steps.map((told) => told.toSorted((a, b) => b.update - a.update)));
});

test('also where a newer attempt saved lower updates than the one before it', () => {
  assertAlike(steps);
});
