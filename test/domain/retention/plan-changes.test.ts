// What changes a plan and what does not: its own execution, whole or in part, one more reason to keep, time, the order of things.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planResume, type ResumePlan } from '../../../src/domain/bucket/resume.ts';
import { planRetention } from '../../../src/domain/retention/plan.ts';
import type { KeepRules } from '../../../src/domain/retention/rules.ts';
import type { BucketFacts } from '../../../src/domain/run/facts.ts';
import { bucketFacts, storeTime } from '../../support/bucket-facts.ts';
import { naiveQuestions } from '../../support/bucket-tales.ts';
import { runs } from '../../support/counts.ts';
import type { NaiveQuestion } from '../../support/naive-retention.ts';
import {
  asked,
  beyond,
  condemned,
  condemnedOf,
  executed,
  isCondemned,
  rulingsOf,
} from '../../support/planned-tales.ts';
import { lineageOf, nameOf } from '../../support/tale-checkpoints.ts';

const start = (bucket: BucketFacts): ResumePlan =>
  planResume({ ...bucket, runUid: 'u', markerUid: 'u', expected: undefined });

test('planning again after the execution condemns nothing more, and the next start is the same', () => {
  fc.assert(
    fc.property(naiveQuestions, (question) => {
      const bucket = bucketFacts(question.tales);
      const rulings = rulingsOf(asked(question, bucket));
      const after = executed(bucket, rulings);
      expect(condemned(rulingsOf(asked(question, after)))).toEqual([]);
      const [before, then] = [start(bucket), start(after)];
      expect([then.kind, then.kind === 'From' && then.candidates[0]?.key]).toEqual([
        before.kind,
        before.kind === 'From' && before.candidates[0]?.key,
      ]);
    }),
    { numRuns: runs(400, 50_000) },
  );
});

test('executing it in parts, in any order, ends where executing it at once does', () => {
  fc.assert(
    fc.property(naiveQuestions, fc.infiniteStream(fc.boolean()), (question, chances) => {
      // A ceiling takes what a rule kept, and what is still there then moves up into its place.
      const rules = question.rules && { ...question.rules, maxBytes: undefined };
      const unlimited = { ...question, rules, ceiling: {} };
      const bucket = bucketFacts(question.tales);
      const rulings = rulingsOf(asked(unlimited, bucket));
      const some = rulings.filter((ruling) => !isCondemned(ruling) || chances.next().value === true);
      const half = executed(bucket, some);
      const rest = rulingsOf(asked(unlimited, half));
      expect(beyond(condemned(rest), condemned(rulings))).toEqual([]);
      expect(executed(half, rest).inventory).toEqual(executed(bucket, rulings).inventory);
    }),
    { numRuns: runs(300, 30_000) },
  );
});

test('executing a part of what ceilings took never takes more from what may not go, and the limits still hold in the end', () => {
  fc.assert(
    fc.property(naiveQuestions, fc.infiniteStream(fc.boolean()), (question, chances) => {
      let bucket = bucketFacts(question.tales);
      const [first] = lineageOf(question.tales);
      for (let pass = 0; pass < 40; pass += 1) {
        const rulings = rulingsOf(asked(question, bucket));
        bucket = executed(
          bucket,
          rulings.filter((ruling) => !isCondemned(ruling) || chances.next().value === true),
        );
      }
      bucket = executed(bucket, rulingsOf(asked(question, bucket)));
      expect(condemned(rulingsOf(asked(question, bucket)))).toEqual([]);
      const left = bucket.inventory.attempts.flatMap(({ checkpoints }) => checkpoints);
      const isLeft = left.some(
        ({ attempt, kind, update }) =>
          first === undefined || nameOf({ attempt: attempt.number, kind, update }) === nameOf(first),
      );
      expect(isLeft || first === undefined).toBe(true);
    }),
    { numRuns: runs(30, 3000) },
  );
});

const plus = (value: number | undefined, more: number): number | undefined =>
  value === undefined ? undefined : value + more;

const hasStepRule = ({ keepNewest, keepEvery, keepWithinSeconds }: KeepRules): boolean =>
  keepNewest !== undefined || keepEvery !== undefined || keepWithinSeconds !== undefined;

const withRules =
  (change: (rules: KeepRules) => Partial<KeepRules>) =>
  (question: NaiveQuestion): NaiveQuestion => {
    const { rules } = question;
    if (rules === undefined) return question;
    const { onCompletion } = rules;
    const completed = onCompletion && { ...onCompletion, ...change(onCompletion) };
    return { ...question, rules: { ...rules, ...change(rules), onCompletion: completed } };
  };

const withFloor =
  (floor: NaiveQuestion['floor']) =>
  (question: NaiveQuestion): NaiveQuestion => ({
    ...question,
    floor: {
      keepNewest: Math.max(question.floor.keepNewest ?? 0, floor.keepNewest ?? 0),
      minAgeSeconds: Math.max(question.floor.minAgeSeconds ?? 0, floor.minAgeSeconds ?? 0),
    },
  });

/** The same question with one more reason to keep. */
const moreGenerous: fc.Arbitrary<(question: NaiveQuestion) => NaiveQuestion> = fc.oneof(
  fc.integer({ min: 1, max: 60 }).map((update) => (question: NaiveQuestion) => ({
    ...question,
    pins: [...question.pins, { update, attempt: 0, endsIn: undefined }],
  })),
  fc.nat({ max: 3 }).map((keepNewest) => withFloor({ keepNewest })),
  fc.constantFrom(50, 250).map((minAgeSeconds) => withFloor({ minAgeSeconds })),
  fc.nat({ max: 3 }).map((more) => withRules((rules) => ({ keepNewest: plus(rules.keepNewest, more) }))),
  fc
    .nat({ max: 3 })
    .map((more) => withRules((rules) => ({ keepModelLast: plus(rules.keepModelLast, more) }))),
  fc.constantFrom(10, 100).map((more) =>
    withRules((rules) => ({
      keepWithinSeconds: plus(rules.keepWithinSeconds, more),
      minAgeSeconds: rules.minAgeSeconds + more,
      keepAbandonedSeconds: plus(rules.keepAbandonedSeconds, more),
    })),
  ),
  fc.constant(withRules((rules) => (hasStepRule(rules) ? { keepEvery: rules.keepEvery ?? 5 } : {}))),
  fc.constant((question: NaiveQuestion) => ({ ...question, wanted: [...question.wanted, undefined] })),
  fc.constant((question: NaiveQuestion) => ({ ...question, starting: true })),
);

test('one more reason to keep never condemns more, where nothing is thinned out to a number', () => {
  fc.assert(
    fc.property(naiveQuestions, moreGenerous, (question, change) => {
      const rules = question.rules && { ...question.rules, maxBytes: undefined };
      const { maxAgeSeconds } = question.ceiling;
      const before = { ...question, rules, ceiling: { maxAgeSeconds } };
      expect(beyond(condemnedOf(change(before)), condemnedOf(before))).toEqual([]);
    }),
    { numRuns: runs(400, 50_000) },
  );
});

test('time alone changes nothing before the plan says so', () => {
  fc.assert(
    fc.property(naiveQuestions, fc.double({ min: 0, max: 1, noNaN: true }), (question, share) => {
      const now = asked(question);
      const plan = planRetention(now);
      const changesIn = plan.kind === 'Planned' ? (plan.changesInSeconds ?? 1_000_000) : 0;
      const later = storeTime + Math.max(0, Math.ceil(share * Math.round(changesIn * 1000)) - 1);
      expect(condemned(rulingsOf({ ...now, storeTime: later }))).toEqual(condemned(rulingsOf(now)));
    }),
    { numRuns: runs(400, 50_000) },
  );
});

test('the order of the listing and of the documents does not matter, nor that something is listed twice', () => {
  fc.assert(
    fc.property(naiveQuestions, fc.infiniteStream(fc.nat()), (question, chances) => {
      const shuffled = <T>(items: readonly T[]): readonly T[] =>
        items
          .map((item) => ({ item, at: chances.next().value }))
          .toSorted((a, b) => a.at - b.at)
          .map(({ item }) => item);
      const plain = asked(question);
      const attempts = shuffled(plain.attempts).map((attempt) => ({
        ...attempt,
        checkpoints: shuffled([...attempt.checkpoints, ...attempt.checkpoints.slice(0, 2)]),
      }));
      const mixed = {
        ...plain,
        attempts,
        origins: shuffled(plain.origins),
        pins: shuffled(plain.pins ?? []),
        foundBad: shuffled(plain.foundBad ?? []),
      };
      expect(rulingsOf(mixed)).toEqual(rulingsOf(plain));
    }),
    { numRuns: runs(200, 20_000) },
  );
});
