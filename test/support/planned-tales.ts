// The planner over told buckets: what it is asked, what it rules, and what is left after the execution.
import { type Checkpoint, readInventory } from '../../src/domain/bucket/inventory.ts';
import { planRetention, type Ruling } from '../../src/domain/retention/plan.ts';
import type { BucketFacts } from '../../src/domain/run/facts.ts';
import { bucketFacts, storeTime } from './bucket-facts.ts';
import type { NaiveQuestion } from './naive-retention.ts';
import { type Asked, askedOf } from './retention-question.ts';
import { nameOf } from './tale-checkpoints.ts';

/** What the planner is asked about a naive question. */
export const asked = (question: NaiveQuestion, bucket: BucketFacts = bucketFacts(question.tales)): Asked =>
  askedOf(bucket, {
    rules: question.rules,
    succeeded: question.succeeded,
    startingAttempt: question.starting ? question.tales.length + 1 : undefined,
    floor: question.floor,
    ceiling: question.ceiling,
    dependents: question.wanted.map((update) => ({ run: 'warm', update })),
    pins: question.pins.map(({ update, attempt, endsIn }) => ({
      update,
      attempt,
      until: endsIn === undefined ? undefined : storeTime + endsIn * 1000,
    })),
  });

/** The rulings, where nothing stops them. */
export function rulingsOf(question: Asked): readonly Ruling<Checkpoint>[] {
  const plan = planRetention(question);
  if (plan.kind === 'Stopped') throw new Error(plan.why);
  return plan.rulings;
}

export const told = ({ checkpoint: { attempt, kind, update } }: Ruling): string =>
  nameOf({ attempt: attempt.number, kind, update });
export const isCondemned = ({ verdict }: Ruling): boolean => verdict === 'Condemned';
export const condemned = (rulings: readonly Ruling[]): readonly string[] =>
  rulings.filter(isCondemned).map(told).toSorted();
export const condemnedOf = (question: NaiveQuestion): readonly string[] =>
  condemned(rulingsOf(asked(question)));
/** Those names that are not among the allowed ones. */
export const beyond = (names: readonly string[], allowed: readonly string[]): readonly string[] =>
  names.filter((name) => !allowed.includes(name));

/** The bucket after everything condemned was deleted. */
export function executed(bucket: BucketFacts, rulings: readonly Ruling<Checkpoint>[]): BucketFacts {
  const gone = new Set(rulings.filter(isCondemned).map(({ checkpoint }) => checkpoint.key));
  const listing = bucket.inventory.attempts.flatMap(({ opened, closed, checkpoints }) => [
    opened,
    closed,
    ...checkpoints,
  ]);
  const left = listing.filter((object) => object !== undefined).filter((object) => !gone.has(object.key));
  return { ...bucket, inventory: readInventory(bucket.inventory.prefix, left) };
}
