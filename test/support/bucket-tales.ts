// Random buckets of one run that could have come about: each attempt from scratch or from a checkpoint that an earlier one saved.
import fc from 'fast-check';
import { formatRunObject } from '../../src/domain/bucket/keys.ts';
import type { KeepRules, RetentionRules } from '../../src/domain/retention/rules.ts';
import { attemptId, type AttemptTale, talePrefix } from './bucket-facts.ts';
import type { NaiveQuestion, TalePin } from './naive-retention.ts';
import { checkpointsOf, type TaleCheckpoint } from './tale-checkpoints.ts';

interface Draft {
  readonly saves: readonly number[];
  readonly lasts: readonly boolean[];
  readonly origin: number;
  readonly age: number;
  readonly openedAge: number;
  readonly ages: readonly number[];
  readonly sizes: readonly number[];
  /** Which of the earlier checkpoints its restore could not use; 0 = the one of the update it started from. */
  readonly bad: readonly number[];
  /** True when it never wrote its attempt.json. */
  readonly isUnopened: boolean;
}

const draft: fc.Arbitrary<Draft> = fc.record({
  saves: fc.array(fc.integer({ min: 1, max: 15 }), { maxLength: 8 }),
  lasts: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  /** 0 = from scratch, else which of the earlier checkpoints. */
  origin: fc.nat({ max: 40 }),
  age: fc.integer({ min: 0, max: 300 }),
  openedAge: fc.integer({ min: 0, max: 300 }),
  ages: fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 16 }),
  sizes: fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 16 }),
  bad: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.constant([0]) },
    { weight: 1, arbitrary: fc.array(fc.nat({ max: 40 }), { maxLength: 3 }) },
  ),
  isUnopened: fc.nat({ max: 9 }).map((chance) => chance === 0),
});

/** Tales of up to five attempts, oldest first. */
export const bucketTales: fc.Arbitrary<readonly AttemptTale[]> = fc
  .array(draft, { maxLength: 5 })
  .map((drafts) => drafts.reduce<readonly AttemptTale[]>(withAttempt, []));

function withAttempt(tales: readonly AttemptTale[], draft: Draft): readonly AttemptTale[] {
  const { saves, lasts, origin, bad, age, openedAge, ages, sizes, isUnopened } = draft;
  const known = tales.filter((tale) => tale.from !== 'unopened').flatMap(checkpointsOf);
  const from = origin === 0 ? undefined : known[origin % Math.max(known.length, 1)];
  let update = from?.update ?? 0;
  const updates = saves.map((step) => (update += step));
  const tale = {
    number: tales.length + 1,
    last: updates.filter((_, index) => lasts[index] === true),
    steps: updates.filter((one, index) => lasts[index] !== true || one % 3 === 0),
    skipped: bad.flatMap((which) => keyOf(which === 0 ? from : known[which])),
    age,
    openedAge,
    ages,
    sizes,
  };
  if (isUnopened) return [...tales, { ...tale, skipped: [], from: 'unopened' }];
  return [...tales, from === undefined ? tale : { ...tale, from: [from.attempt, from.update] }];
}

function keyOf(checkpoint: TaleCheckpoint | undefined): readonly { key: string; reason: string }[] {
  if (checkpoint === undefined) return [];
  const { kind, update } = checkpoint;
  const attempt = attemptId(checkpoint.attempt);
  const key = talePrefix + formatRunObject({ is: 'Checkpoint', attempt, kind, update });
  return [{ key, reason: 'its bytes are spoilt' }];
}

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

const someSeconds = fc.constantFrom(0, 100, 200);

const keepRules = (least: number): fc.Arbitrary<KeepRules> =>
  fc.record({
    keepModelLast: optional(fc.integer({ min: least, max: 4 })),
    keepNewest: optional(fc.integer({ min: least === 0 ? 0 : 1, max: 4 })),
    keepEvery: optional(fc.integer({ min: 1, max: 25 })),
    keepWithinSeconds: optional(fc.constantFrom(1, 50, 150)),
    keepAbandonedSeconds: optional(someSeconds),
    minAgeSeconds: someSeconds,
  });

const bytes = fc.integer({ min: 1, max: 2000 });

export const retentionRules: fc.Arbitrary<RetentionRules | undefined> = optional(
  fc
    .tuple(keepRules(2), fc.record({ onCompletion: optional(keepRules(0)), maxBytes: optional(bytes) }))
    .map(([rules, more]) => ({ ...rules, ...more })),
);

const pins: fc.Arbitrary<readonly TalePin[]> = fc.array(
  fc.record({
    update: fc.integer({ min: 1, max: 60 }),
    attempt: fc.nat({ max: 3 }),
    endsIn: optional(fc.constantFrom(-10, 0, 10)),
  }),
  { maxLength: 3 },
);

const rarely: fc.Arbitrary<boolean> = fc.nat({ max: 5 }).map((chance) => chance === 0);

/** Everything retention may be asked of one run. */
export const naiveQuestions: fc.Arbitrary<NaiveQuestion> = fc.record({
  tales: bucketTales,
  rules: retentionRules,
  succeeded: fc.boolean(),
  starting: rarely,
  pins,
  wanted: fc.array(optional(fc.integer({ min: 1, max: 60 })), { maxLength: 1 }),
  floor: fc.record({
    keepNewest: optional(fc.integer({ min: 1, max: 3 })),
    minAgeSeconds: optional(someSeconds),
  }),
  ceiling: fc.record({
    maxAgeSeconds: optional(fc.constantFrom(50, 150, 250)),
    maxCheckpoints: optional(fc.integer({ min: 1, max: 12 })),
    maxBytes: optional(bytes),
  }),
});
