// Retention over random buckets: equal to the naive evaluator, and never what must not be.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readInventory } from '../../../src/domain/bucket/inventory.ts';
import { planResume, type ResumePlan } from '../../../src/domain/bucket/resume.ts';
import { planRetention, type RetentionQuestion, type Ruling } from '../../../src/domain/retention/plan.ts';
import type { BucketFacts } from '../../../src/domain/run/facts.ts';
import { type AttemptTale, bucketFacts } from '../../support/bucket-facts.ts';
import { bucketTales, retentionRules } from '../../support/bucket-tales.ts';
import { runs } from '../../support/counts.ts';
import { condemnedNaively, lineageOf, nameOf, type NaiveQuestion } from '../../support/naive-retention.ts';

const questions: fc.Arbitrary<NaiveQuestion> = fc.record({
  tales: bucketTales,
  rules: retentionRules,
  succeeded: fc.boolean(),
  starting: fc.oneof(
    { weight: 1, arbitrary: fc.constant(true) },
    { weight: 5, arbitrary: fc.constant(false) },
  ),
});

const asked = (
  { tales, rules, succeeded, starting }: NaiveQuestion,
  bucket: BucketFacts = bucketFacts(tales),
): RetentionQuestion => ({
  runUid: 'run-uid',
  rules,
  bucket,
  succeeded,
  startingAttempt: starting ? tales.length + 1 : undefined,
});

function rulingsOf(question: RetentionQuestion): readonly Ruling[] {
  const plan = planRetention(question);
  if (plan.kind === 'Stopped') throw new Error(plan.why);
  return plan.rulings;
}

const told = ({ checkpoint: { attempt, kind, update } }: Ruling): string =>
  nameOf({ attempt: attempt.number, kind, update, age: 0 });
const condemned = (rulings: readonly Ruling[]): readonly string[] =>
  rulings
    .filter(({ verdict }) => verdict === 'Condemned')
    .map(told)
    .toSorted();

/** The bucket after everything condemned was deleted. */
function executed({ bucket }: RetentionQuestion, rulings: readonly Ruling[]): BucketFacts {
  const gone = new Set(
    rulings.filter(({ verdict }) => verdict === 'Condemned').map(({ checkpoint }) => checkpoint.key),
  );
  const listing = bucket.inventory.attempts.flatMap(({ opened, closed, checkpoints }) => [
    opened,
    closed,
    ...checkpoints,
  ]);
  const left = listing
    .filter((object) => object !== undefined && !gone.has(object.key))
    .filter((object) => object !== undefined);
  return { ...bucket, inventory: readInventory(bucket.inventory.prefix, left) };
}

const assertAll = (property: (question: NaiveQuestion) => void): void =>
  fc.assert(fc.property(questions, property), { numRuns: runs(400, 50_000) });

test('the plan condemns what the naive evaluator condemns, and rules on everything once', () => {
  assertAll((question) => {
    const rulings = rulingsOf(asked(question));
    expect(condemned(rulings)).toEqual(condemnedNaively(question));
    expect(new Set(rulings.map(told)).size).toBe(rulings.length);
    expect(rulings.every(({ reasons }) => reasons.length > 0)).toBe(true);
  });
});

test('the resume point stays, one before it until Succeeded, and two of kind Last', () => {
  assertAll((question) => {
    const gone = new Set(condemned(rulingsOf(asked(question))));
    const all = lineageOf(question.tales);
    const left = all.filter((one) => !gone.has(nameOf(one)));
    expect(left[0]).toEqual(all[0]);
    const before = all.find(({ update }) => update < (all[0]?.update ?? 0));
    expect(question.succeeded || before === undefined || left.includes(before)).toBe(true);
    const lasts = all.filter(({ kind }) => kind === 'Last');
    expect(left.filter(({ kind }) => kind === 'Last').length).toBeGreaterThanOrEqual(
      Math.min(2, lasts.length),
    );
  });
});

test('what is off the lineage stays', () => {
  assertAll((question) => {
    const chain = new Set(lineageOf(question.tales).map(nameOf));
    expect(condemned(rulingsOf(asked(question))).filter((name) => !chain.has(name))).toEqual([]);
  });
});

const start = (bucket: BucketFacts): ResumePlan =>
  planResume({ ...bucket, runUid: 'u', markerUid: 'u', expected: undefined });

test('planning again after the execution condemns nothing more, and the next start is the same', () => {
  assertAll((question) => {
    const first = asked(question);
    const rulings = rulingsOf(first);
    const after = executed(first, rulings);
    expect(condemned(rulingsOf(asked(question, after)))).toEqual([]);
    const [before, then] = [start(first.bucket), start(after)];
    expect([then.kind, then.kind === 'From' && then.candidates[0]?.key]).toEqual([
      before.kind,
      before.kind === 'From' && before.candidates[0]?.key,
    ]);
  });
});

test('executing it in parts, in any order, ends where executing it at once does', () => {
  fc.assert(
    fc.property(questions, fc.infiniteStream(fc.boolean()), (question, chances) => {
      const first = asked(question);
      const rulings = rulingsOf(first);
      const some = rulings.filter(({ verdict }) => verdict !== 'Condemned' || chances.next().value === true);
      const half = executed(first, some);
      const rest = rulingsOf(asked(question, half));
      const all = condemned(rulings);
      expect(condemned(rest).filter((name) => !all.includes(name))).toEqual([]);
      expect(executed({ ...first, bucket: half }, rest).inventory).toEqual(
        executed(first, rulings).inventory,
      );
    }),
    { numRuns: runs(300, 30_000) },
  );
});

test('the order of the listing and of the documents does not matter', () => {
  fc.assert(
    fc.property(questions, fc.infiniteStream(fc.nat()), (question, chances) => {
      const shuffled = <T>(items: readonly T[]): readonly T[] =>
        items
          .map((item) => ({ item, at: chances.next().value }))
          .toSorted((a, b) => a.at - b.at)
          .map(({ item }) => item);
      const tales: readonly AttemptTale[] = shuffled(question.tales);
      const bucket = bucketFacts(tales);
      const mixed = { ...bucket, origins: shuffled(bucket.origins) };
      expect(condemned(rulingsOf(asked(question, mixed)))).toEqual(condemned(rulingsOf(asked(question))));
    }),
    { numRuns: runs(200, 20_000) },
  );
});

test('more generous rules never condemn more', () => {
  fc.assert(
    fc.property(questions, fc.nat({ max: 3 }), (question, more) => {
      const { rules } = question;
      if (rules === undefined) return;
      const generous = {
        ...rules,
        keepModelLast: rules.keepModelLast + more,
        keepNewest: rules.keepNewest === undefined ? undefined : rules.keepNewest + more,
        minAgeSeconds: rules.minAgeSeconds + more * 50,
      };
      const before = new Set(condemned(rulingsOf(asked(question))));
      expect(
        condemned(rulingsOf(asked({ ...question, rules: generous }))).filter((name) => !before.has(name)),
      ).toEqual([]);
    }),
    { numRuns: runs(300, 30_000) },
  );
});
