// Random buckets of one run that could have come about: each attempt from scratch or from a checkpoint that an earlier one saved.
import fc from 'fast-check';
import type { RetentionRules } from '../../src/domain/retention/rules.ts';
import type { AttemptTale } from './bucket-facts.ts';

interface Draft {
  readonly saves: readonly number[];
  readonly lasts: readonly boolean[];
  readonly origin: number;
  readonly age: number;
}

const draft: fc.Arbitrary<Draft> = fc.record({
  saves: fc.array(fc.integer({ min: 1, max: 15 }), { maxLength: 8 }),
  lasts: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  /** 0 = from scratch, else which of the earlier checkpoints. */
  origin: fc.nat({ max: 40 }),
  age: fc.integer({ min: 0, max: 300 }),
});

/** Tales of up to five attempts, oldest first. */
export const bucketTales: fc.Arbitrary<readonly AttemptTale[]> = fc
  .array(draft, { maxLength: 5 })
  .map((drafts) => drafts.reduce<readonly AttemptTale[]>(withAttempt, []));

function withAttempt(
  tales: readonly AttemptTale[],
  { saves, lasts, origin, age }: Draft,
): readonly AttemptTale[] {
  const known = tales.flatMap(({ number, last = [], steps = [] }) =>
    [...last, ...steps].map((update) => [number, update] as const),
  );
  const from = origin === 0 ? undefined : known[origin % Math.max(known.length, 1)];
  let update = from?.[1] ?? 0;
  const updates = saves.map((step) => (update += step));
  const tale = {
    number: tales.length + 1,
    last: updates.filter((_, index) => lasts[index] === true),
    steps: updates.filter((one, index) => lasts[index] !== true || one % 3 === 0),
    age,
  };
  return [...tales, from === undefined ? tale : { ...tale, from }];
}

export const retentionRules: fc.Arbitrary<RetentionRules | undefined> = fc.option(
  fc.record({
    keepModelLast: fc.integer({ min: 2, max: 4 }),
    keepNewest: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    keepEvery: fc.option(fc.integer({ min: 1, max: 25 }), { nil: undefined }),
    minAgeSeconds: fc.constantFrom(0, 100, 200),
  }),
  { nil: undefined },
);
