import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkpointsOnLineage, traceLineage } from '../../src/domain/bucket/lineage.ts';
import { planResume } from '../../src/domain/bucket/resume.ts';
import { type AttemptTale, attemptId, bucketFacts } from '../support/bucket-facts.ts';
import { runs } from '../support/counts.ts';

function onLineage(tales: readonly AttemptTale[]): readonly string[] {
  const { inventory, origins } = bucketFacts(tales);
  const lineage = traceLineage(origins);
  if (lineage.kind === 'Unreadable') return [lineage.why];
  return checkpointsOnLineage(lineage.links, inventory).map(
    ({ attempt, kind, update }) => `${attempt.number}:${kind}@${update}`,
  );
}

const cases: readonly { name: string; tales: readonly AttemptTale[]; want: readonly string[] }[] = [
  { name: 'nothing was ever saved', tales: [], want: [] },
  {
    name: 'one attempt: newest update first, the Last before the Step of the same update',
    tales: [{ number: 1, last: [40, 9], steps: [40, 30] }],
    want: ['1:Last@40', '1:Step@40', '1:Step@30', '1:Last@9'],
  },
  {
    name: 'a newer attempt comes before a higher update of an older one',
    tales: [
      { number: 1, last: [50], steps: [20] },
      { number: 2, from: [1, 20], last: [30] },
    ],
    want: ['2:Last@30', '1:Step@20'],
  },
  {
    name: 'updates beyond the one resumed from are abandoned',
    tales: [
      { number: 1, last: [10, 50], steps: [20, 40] },
      { number: 2, from: [1, 20] },
    ],
    want: ['1:Step@20', '1:Last@10'],
  },
  {
    name: 'an attempt off the chain does not count',
    tales: [
      { number: 1, last: [10] },
      { number: 2, from: [1, 10], last: [90] },
      { number: 3, from: [1, 10], last: [12] },
    ],
    want: ['3:Last@12', '1:Last@10'],
  },
  {
    name: 'a start from scratch ends the chain',
    tales: [
      { number: 1, last: [100] },
      { number: 2, last: [5] },
    ],
    want: ['2:Last@5'],
  },
  {
    name: 'an attempt that never opened is no link',
    tales: [
      { number: 1, last: [10] },
      { number: 2, from: 'unopened' },
    ],
    want: ['1:Last@10'],
  },
  {
    name: 'a parent without attempt.json makes it unreadable',
    tales: [
      { number: 1, from: 'unopened', last: [10] },
      { number: 2, from: [1, 10], last: [12] },
    ],
    want: [
      'attempt 0002-22222222 says it resumed from it, but attempts/0001-11111111/attempt.json is missing',
    ],
  },
  {
    name: 'a parent that is not older makes it unreadable',
    tales: [{ number: 2, from: [2, 10], last: [12] }],
    want: ['attempt 0002-22222222 claims to have resumed from 0002-22222222, which is not older'],
  },
];

test.each(cases)('$name', ({ tales, want }) => {
  expect(onLineage(tales)).toEqual(want);
});

const opened = (pod: string, openedAt: number) => ({
  id: attemptId(1, pod),
  openedAt,
  resumedFrom: undefined,
});

test('of two pods of one number the one opened later counts', () => {
  const { inventory } = bucketFacts([
    { number: 1, pod: 'aaaaaaaa', last: [5] },
    { number: 1, pod: 'bbbbbbbb', last: [3] },
  ]);
  for (const [later, want] of [
    ['aaaaaaaa', 5],
    ['bbbbbbbb', 3],
  ] as const) {
    const earlier = later === 'aaaaaaaa' ? 'bbbbbbbb' : 'aaaaaaaa';
    const lineage = traceLineage([opened(later, 20), opened(earlier, 10)]);
    const links = lineage.kind === 'Readable' ? lineage.links : [];
    expect(checkpointsOnLineage(links, inventory).map(({ update }) => update)).toEqual([want]);
  }
});

test('the order of a listing never matters', () => {
  const tales = cases.flatMap(({ tales: one }) => [one]);
  fc.assert(
    fc.property(fc.constantFrom(...tales), fc.infiniteStream(fc.nat()), (chosen, chances) => {
      const shuffled = chosen
        .map((tale) => ({ tale, at: chances.next().value }))
        .toSorted((a, b) => a.at - b.at);
      expect(onLineage(shuffled.map(({ tale }) => tale))).toEqual(onLineage(chosen));
    }),
    { numRuns: runs(200, 5000) },
  );
});

const expected = { attempt: attemptId(1), update: 10 };
const saved: readonly AttemptTale[] = [{ number: 1, last: [10] }];

test.each([
  { name: 'nothing saved, nothing expected', tales: [], want: 'Scratch' },
  { name: 'attempts that saved nothing', tales: [{ number: 1 }], want: 'Scratch' },
  { name: 'something saved', tales: saved, want: 'From' },
  { name: 'nothing found against what was known', tales: [], expected, want: 'NoUsableCheckpoint' },
  {
    name: 'checkpoints, but none on the lineage',
    tales: [{ number: 1, last: [10] }, { number: 2 }],
    want: 'NoUsableCheckpoint',
  },
  { name: 'another run’s marker', tales: saved, markerUid: 'other', want: 'WrongPlace' },
  { name: 'no marker', tales: [], markerUid: undefined, want: 'WrongPlace' },
  {
    name: 'an unreadable lineage',
    tales: [{ number: 2, from: [1, 10] as const }],
    want: 'LineageUnreadable',
  },
])('planning a resume: $name means $want', (row) => {
  const { inventory, origins } = bucketFacts(row.tales);
  const markerUid = 'markerUid' in row ? row.markerUid : 'run-uid';
  const plan = planResume({ runUid: 'run-uid', markerUid, inventory, origins, expected: row.expected });
  expect(plan.kind === 'Stop' ? plan.reason : plan.kind).toBe(row.want);
});
