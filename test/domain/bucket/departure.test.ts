// What going back leaves behind: told before, it is what the bucket says once an attempt has gone back.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planDeparture } from '../../../src/domain/bucket/departure.ts';
import type { Checkpoint } from '../../../src/domain/bucket/inventory.ts';
import { checkpointsOnLineage, traceLineage } from '../../../src/domain/bucket/lineage.ts';
import { type AttemptTale, attemptId, bucketFacts } from '../../support/bucket-facts.ts';
import { bucketTales } from '../../support/bucket-tales.ts';
import { runs } from '../../support/counts.ts';

const names = (checkpoints: readonly Checkpoint[] = []): string =>
  checkpoints.map(({ attempt, kind, update }) => `${attempt.number}:${kind}@${update}`).join(' ');

/** `[attempt, update]`, or nothing for scratch. */
type To = readonly [number, number] | undefined;

function departureOf(tales: readonly AttemptTale[], to: To) {
  const { inventory, origins } = bucketFacts(tales);
  const target = to === undefined ? undefined : { attempt: attemptId(to[0]), update: to[1] };
  return planDeparture({ target, inventory, origins });
}

const straight: readonly AttemptTale[] = [
  { number: 1, last: [40], steps: [30, 20] },
  { number: 2, from: [1, 40], last: [60], steps: [50] },
];
/** Attempt 2 went back to update 20; 30 and 40 of attempt 1 are abandoned. */
const branched: readonly AttemptTale[] = [
  { number: 1, last: [40], steps: [30, 20] },
  { number: 2, from: [1, 20], rollback: '1', steps: [30] },
];

test.each<{ name: string; tales: readonly AttemptTale[]; to: To; want: object }>([
  {
    name: 'to an update of an earlier attempt',
    tales: straight,
    to: [1, 30],
    want: { leaves: '2:Last@60 2:Step@50 1:Last@40', returns: '', partsAt: 30 },
  },
  {
    name: 'to the newest update: nothing',
    tales: straight,
    to: [2, 60],
    want: { leaves: '', returns: '', partsAt: 60 },
  },
  {
    name: 'to nothing: everything',
    tales: straight,
    to: undefined,
    want: { leaves: '2:Last@60 2:Step@50 1:Last@40 1:Step@30 1:Step@20', returns: '', partsAt: 0 },
  },
  {
    name: 'to an abandoned update: what it had comes back, and the ways part where it was left',
    tales: branched,
    to: [1, 40],
    want: { leaves: '2:Step@30', returns: '1:Last@40 1:Step@30', partsAt: 20 },
  },
  {
    name: 'of a run that never saved',
    tales: [{ number: 1 }],
    to: undefined,
    want: { leaves: '', returns: '', partsAt: 0 },
  },
])('$name', ({ tales, to, want }) => {
  const { leaves, returns, partsAt } = departureOf(tales, to) ?? {};
  expect({ leaves: names(leaves), returns: names(returns), partsAt }).toEqual(want);
});

describe('a lineage that cannot be read', () => {
  const torn: readonly AttemptTale[] = [
    { number: 1, from: 'unopened', steps: [20] },
    { number: 2, from: [1, 20], steps: [30] },
  ];
  test.each<{ name: string; to: To }>([
    { name: 'going back along it', to: [2, 30] },
    { name: 'starting anew', to: undefined },
  ])('leaves behind what cannot be told: $name', ({ to }) => {
    expect(departureOf(torn, to)).toBeUndefined();
  });
});

test('what is told is what is so once an attempt has gone back', () => {
  fc.assert(
    fc.property(bucketTales, fc.nat(), (tales, pick) => {
      // A lineage that cannot be read is told above.
      fc.pre(tales.every(({ from }) => from !== 'unopened'));
      const { inventory, origins } = bucketFacts(tales);
      const all = inventory.attempts.flatMap(({ checkpoints }) => checkpoints);
      const target = all[pick % (all.length + 1)];
      const departure = planDeparture({ target, inventory, origins });
      const number = tales.length + 1;
      const next: AttemptTale =
        target === undefined
          ? { number, rollback: 'x' }
          : { number, rollback: 'x', from: [target.attempt.number, target.update] };
      const keysNow = keysOnLineage(tales);
      const keysAfter = keysOnLineage([...tales, next]);
      expect(departure?.leaves.map(({ key }) => key)).toEqual(
        keysNow.filter((key) => !keysAfter.includes(key)),
      );
      expect(departure?.returns.map(({ key }) => key)).toEqual(
        keysAfter.filter((key) => !keysNow.includes(key)),
      );
    }),
    { numRuns: runs(300, 10_000) },
  );
});

function keysOnLineage(tales: readonly AttemptTale[]): readonly string[] {
  const { inventory, origins } = bucketFacts(tales);
  const lineage = traceLineage(origins);
  if (lineage.kind === 'Unreadable') throw new Error('a tale is always readable');
  return checkpointsOnLineage(lineage.links, inventory).map(({ key }) => key);
}
