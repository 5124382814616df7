// What retention is asked about a bucket that is told in a line an attempt.
import type { Checkpoint } from '../../src/domain/bucket/inventory.ts';
import { foundBad } from '../../src/domain/retention/found-bad.ts';
import type { RetentionQuestion } from '../../src/domain/retention/draft.ts';
import { planRetention } from '../../src/domain/retention/plan.ts';
import type { RetentionRules } from '../../src/domain/retention/rules.ts';
import type { BucketFacts } from '../../src/domain/run/facts.ts';
import { type AttemptTale, bucketFacts } from './bucket-facts.ts';

export type Asked = RetentionQuestion<Checkpoint>;

/** The question about this bucket, of a run that declares nothing. */
export function askedOf(bucket: BucketFacts, change: Partial<Asked> = {}): Asked {
  const { inventory, origins, marker, storeTime } = bucket;
  return {
    runUid: 'run-uid',
    markerUid: marker?.runUid,
    prefix: inventory.prefix,
    attempts: inventory.attempts,
    origins,
    storeTime,
    rules: undefined,
    succeeded: false,
    startingAttempt: undefined,
    foundBad: foundBad(bucket),
    ...change,
  };
}

/** The question about a bucket that is still to be told, of a run with these rules and no minAgeSeconds. */
export const question = (tales: readonly AttemptTale[], rules?: Partial<RetentionRules>): Asked =>
  askedOf(bucketFacts(tales), { rules: rules === undefined ? undefined : { minAgeSeconds: 0, ...rules } });

/** The plan in words: `attempt:kind@update` and what speaks for and against it. */
export function told(asked: Asked): Readonly<Record<string, string>> {
  const plan = planRetention(asked);
  if (plan.kind === 'Stopped') return { stopped: plan.why };
  return Object.fromEntries(
    plan.rulings.map(({ checkpoint: { attempt, kind, update }, verdict, reasons }) => [
      `${attempt.number}:${kind}@${update}`,
      verdict === 'Condemned' ? `Condemned ${reasons.join(' ')}` : reasons.join(' '),
    ]),
  );
}

/** The names of the condemned ones, sorted. */
export const condemned = (asked: Asked): readonly string[] =>
  Object.entries(told(asked))
    .flatMap(([name, why]) => (why.startsWith('Condemned') ? [name] : []))
    .toSorted();

/** One attempt with six Steps. */
export const steps: readonly AttemptTale[] = [{ number: 1, steps: [10, 20, 30, 40, 50, 60] }];

export const week = 7 * 86_400;

/** A run that went back to update 10, so many seconds ago. */
export const rewound = (openedAge: number): readonly AttemptTale[] => [
  { number: 1, age: 2 * week, last: [40], steps: [10, 20, 30] },
  { number: 2, from: [1, 10], age: 1, openedAge, last: [17], steps: [15] },
];

type Skipped = readonly { readonly key: string; readonly reason: string }[];

/** The first attempt's Last of this update, as a restore says that it was bad. */
export const lastOf = (update: number): Skipped => [
  { key: `prod/voice/zh/attempts/0001-11111111/last/model_${update}.pt`, reason: 'its bytes are spoilt' },
];

/** Its Steps of these updates, likewise. */
export const spoilt = (...updates: readonly number[]): Skipped =>
  updates.map((update) => ({
    key: `prod/voice/zh/attempts/0001-11111111/steps/model_${update}.pt`,
    reason: 'its bytes are spoilt',
  }));
