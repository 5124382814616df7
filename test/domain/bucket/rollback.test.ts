// To which checkpoint a rollback goes back, that it is repeated until it saved something, and that it acts once per id.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planResume, type ResumePlan, type ResumeQuestion } from '../../../src/domain/bucket/resume.ts';
import type { Rollback } from '../../../src/domain/bucket/rollback.ts';
import { type AttemptTale, attemptId, bucketFacts } from '../../support/bucket-facts.ts';
import { bucketTales } from '../../support/bucket-tales.ts';
import { runs } from '../../support/counts.ts';

function planOf(tales: readonly AttemptTale[], change: Partial<ResumeQuestion> = {}): ResumePlan {
  const { inventory, origins } = bucketFacts(tales);
  const question = { runUid: 'run-uid', markerUid: 'run-uid', inventory, origins, expected: undefined };
  return planResume({ ...question, ...change });
}

const told = (plan: ResumePlan): string => {
  if (plan.kind === 'Stop') return plan.reason;
  const from =
    plan.kind === 'From'
      ? plan.candidates.map(({ attempt, kind, update }) => `${attempt.number}:${kind}@${update}`).join(' ')
      : plan.kind;
  return 'rollback' in plan ? `${from} for ${plan.rollback}` : from;
};

const back = (update: number, attempt = 0, id = '1'): Rollback => ({ update, attempt, id });

const straight: readonly AttemptTale[] = [
  { number: 1, last: [40, 20], steps: [40, 30, 20] },
  { number: 2, from: [1, 40], last: [60], steps: [50] },
];
/** Attempt 2 went back to update 20; 30 and 40 of attempt 1 are abandoned. */
const branched: readonly AttemptTale[] = [
  { number: 1, last: [40], steps: [30, 20] },
  { number: 2, from: [1, 20], rollback: '1', steps: [30] },
];

test.each<{ name: string; tales: readonly AttemptTale[]; rollback: Rollback; want: string }>([
  {
    name: 'to an update of an earlier attempt: the Last before the Step, and nothing older',
    tales: straight,
    rollback: back(40),
    want: '1:Last@40 1:Step@40 for 1',
  },
  {
    name: 'to an update of the newest attempt',
    tales: straight,
    rollback: back(50),
    want: '2:Step@50 for 1',
  },
  { name: 'to the newest', tales: straight, rollback: back(60), want: '2:Last@60 for 1' },
  { name: 'to nothing', tales: straight, rollback: back(0), want: 'Scratch for 1' },
  { name: 'to an update between two', tales: straight, rollback: back(45), want: 'RollbackNotFound' },
  {
    name: 'on the lineage: never to an abandoned update',
    tales: branched,
    rollback: back(40, 0, '2'),
    want: 'RollbackNotFound',
  },
  {
    name: 'on the lineage, of two of an update',
    tales: branched,
    rollback: back(30, 0, '2'),
    want: '2:Step@30 for 2',
  },
  {
    name: 'to an abandoned update, by its attempt',
    tales: branched,
    rollback: back(30, 1, '2'),
    want: '1:Step@30 for 2',
  },
  {
    name: 'to an attempt that never was',
    tales: branched,
    rollback: back(30, 7, '2'),
    want: 'RollbackNotFound',
  },
  {
    name: 'that was carried out: as if there were none',
    tales: branched,
    rollback: back(20),
    want: '2:Step@30 1:Step@20',
  },
  {
    name: 'to the same update again, under a new id',
    tales: branched,
    rollback: back(20, 0, '2'),
    want: '1:Step@20 for 2',
  },
  {
    name: 'to an attempt whose own beginning is lost',
    tales: [
      { number: 1, from: 'unopened', last: [10] },
      { number: 2, from: [1, 10], last: [20] },
    ],
    rollback: back(20, 2),
    want: 'LineageUnreadable',
  },
  {
    name: 'along a lineage that is lost, by its attempt',
    tales: [
      { number: 1, last: [10] },
      { number: 3, from: [2, 15] },
    ],
    rollback: back(10, 1),
    want: '1:Last@10 for 1',
  },
  {
    name: 'to nothing, whatever became of the lineage',
    tales: [{ number: 3, from: [2, 15] }],
    rollback: back(0),
    want: 'Scratch for 1',
  },
])('$name', ({ tales, rollback, want }) => {
  expect(told(planOf(tales, { rollback }))).toBe(want);
});

const withLast = (attempt: Partial<AttemptTale>): readonly AttemptTale[] => [
  ...straight,
  { number: 3, rollback: '1', ...attempt },
];

describe('a rollback whose attempt died before its first save', () => {
  test('is repeated: the next starts from the same update, not from what was abandoned', () => {
    const tales = withLast({ from: [1, 40] });
    expect(told(planOf(tales, { rollback: back(40) }))).toBe(
      '1:Last@40 1:Step@40 1:Step@30 1:Last@20 1:Step@20',
    );
  });

  test('to nothing is repeated as well, whatever lies beside it and was known before', () => {
    const expected = { attempt: attemptId(2), update: 60 };
    expect(told(planOf(withLast({}), { rollback: back(0), expected }))).toBe('Scratch');
    expect(told(planOf(withLast({}), { expected, initializes: true }))).toBe('Scratch');
  });

  test('is repeated after it was removed from the spec, too', () => {
    expect(told(planOf(withLast({ from: [1, 30] })))).toBe('1:Step@30 1:Last@20 1:Step@20');
  });

  test('and before its attempt.json is still to be carried out', () => {
    expect(told(planOf(withLast({ from: 'unopened' }), { rollback: back(40) }))).toBe(
      '1:Last@40 1:Step@40 for 1',
    );
  });
});

test('what cannot be found is answered with what can: on the lineage, and abandoned with its attempt', () => {
  const plan = planOf(branched, { rollback: back(35, 0, '2') });
  expect(plan).toMatchObject({
    message:
      'rollback "2" asks for update 35, which is not on the lineage. Saved on the lineage: 20, 30. Abandoned, to be named with their attempt: of attempt 1: 30, 40. Set spec.rollback to one of them with a new id, or remove it.',
  });
});

test('of very many updates the nearest are named', () => {
  const steps = Array.from({ length: 100 }, (_, index) => (index + 1) * 10);
  const plan = planOf([{ number: 1, steps }], { rollback: back(505) });
  expect(plan).toMatchObject({ message: expect.stringContaining('460, 470, 480, 490, 500, 510, 520') });
  expect(plan).toMatchObject({ message: expect.stringContaining(' and 88 more.') });
});

test('any rollback that is carried out leaves a lineage that begins with its target, and acts no second time', () => {
  fc.assert(
    fc.property(bucketTales, fc.nat({ max: 60 }), fc.nat({ max: 5 }), (tales, update, attempt) => {
      const rollback = back(update, attempt);
      const plan = planOf(tales, { rollback });
      if (plan.kind !== 'From') return;
      const [target] = plan.candidates;
      expect(plan.candidates.every((candidate) => candidate.update === update)).toBe(true);
      const from = [target?.attempt.number ?? 0, update] as const;
      const after = planOf([...tales, { number: tales.length + 1, from, rollback: '1' }], { rollback });
      expect(after).toMatchObject({ kind: 'From' });
      expect(after).not.toHaveProperty('rollback');
      const next = after.kind === 'From' ? after.candidates : [];
      expect(next[0]?.key).toBe(target?.key);
      expect(
        next.some((candidate) => candidate.attempt.number === from[0] && candidate.update > update),
      ).toBe(false);
    }),
    { numRuns: runs(300, 20_000) },
  );
});
