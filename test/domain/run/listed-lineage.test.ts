// Where a listed checkpoint stands, as status alone can tell: never otherwise than the bucket tells, at most unknown.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkpointsOnLineage, traceLineage } from '../../../src/domain/bucket/lineage.ts';
import { placeOf } from '../../../src/domain/run/listed-lineage.ts';
import type { LedgerEntry, ListedCheckpoint } from '../../../src/domain/run/status.ts';
import { bucketFacts } from '../../support/bucket-facts.ts';
import { bucketTales } from '../../support/bucket-tales.ts';
import { runs } from '../../support/counts.ts';

const listed = (attempt: number, update: number): ListedCheckpoint => ({
  attempt,
  update,
  kind: 'Step',
  sizeBytes: 1,
  savedAt: '2026-11-22T10:00:00Z',
  verdict: 'Keep',
});

const point = (attempt: number, update: number) => ({ ...listed(attempt, update), key: '' });

const entry = (number: number, from?: readonly [number, number]): LedgerEntry =>
  from === undefined ? { number } : { number, resumedFrom: { key: '', attempt: from[0], update: from[1] } };

test.each([
  { name: 'the resume point itself', at: [3, 70], place: 'Current' },
  { name: 'older, of the same attempt', at: [3, 65], place: 'Current' },
  { name: 'newer than the resume point: a rollback is under way', at: [3, 80], place: 'Abandoned' },
  { name: 'of an attempt that has nothing on the lineage', at: [2, 60], place: 'Abandoned' },
  { name: 'of a newer attempt than the resume point', at: [4, 60], place: 'Abandoned' },
  { name: 'up to where the next attempt went on', at: [1, 40], place: 'Current' },
  { name: 'beyond it', at: [1, 50], place: 'Abandoned' },
] as const)('$name is $place', ({ at, place }) => {
  const attempts = [entry(4, [3, 70]), entry(3, [1, 40]), entry(2, [1, 50]), entry(1)];
  expect(placeOf({ resumePoint: point(3, 70), attempts }, listed(at[0], at[1]))).toBe(place);
});

test.each([
  {
    name: 'nothing is known of the lineage without a resume point',
    resumePoint: undefined,
    attempts: [entry(3)],
  },
  { name: 'nor where the ledger has forgotten an attempt', resumePoint: point(3, 70), attempts: [] },
  { name: 'nor where it contradicts itself', resumePoint: point(3, 70), attempts: [entry(3, [3, 50])] },
])('$name', ({ resumePoint, attempts }) => {
  expect(placeOf({ resumePoint, attempts }, listed(1, 40))).toBe('Unknown');
});

test('status never says otherwise than the bucket', () => {
  fc.assert(
    fc.property(bucketTales, (tales) => {
      const { inventory, origins } = bucketFacts(tales);
      const lineage = traceLineage(origins);
      const current = lineage.kind === 'Readable' ? checkpointsOnLineage(lineage.links, inventory) : [];
      const [head] = current;
      const resumePoint = head === undefined ? undefined : point(head.attempt.number, head.update);
      const attempts = tales.map(({ number, from }) =>
        entry(number, Array.isArray(from) ? (from as [number, number]) : undefined),
      );
      for (const one of inventory.attempts.flatMap(({ checkpoints }) => checkpoints)) {
        const place = placeOf({ resumePoint, attempts }, listed(one.attempt.number, one.update));
        const truth = current.some(({ key }) => key === one.key) ? 'Current' : 'Abandoned';
        expect(resumePoint === undefined ? 'Unknown' : truth).toBe(place);
      }
    }),
    { numRuns: runs(300, 20_000) },
  );
});
