// Which checkpoint of a run a person means: the resume point, or the one of an update on the lineage. What has several answers,
// or none, is said with the answers there are; nothing is guessed.
import type { Update } from '../units.ts';
import type { Checkpoint, RunInventory } from './inventory.ts';
import { formatAttemptId } from './keys.ts';
import type { ResumePlan } from './resume.ts';

export type Choice =
  | { readonly kind: 'Chosen'; readonly checkpoint: Checkpoint }
  /** `why` is a sentence without its full stop. */
  | { readonly kind: 'None'; readonly why: string };

/** How many updates a message lists. */
const listed = 8;

/** What a run's bucket says, as far as a choice rests on it. */
export interface ChoiceFacts {
  readonly inventory: RunInventory;
  /** On the lineage, newest first; undefined when it cannot be read. */
  readonly lineage: readonly Checkpoint[] | undefined;
  readonly plan: ResumePlan;
}

/**
 * The checkpoint at `update` on the lineage; undefined = the resume point, from which the next attempt would start. At one update
 * a Last and a Step of one attempt hold the same training, and the Last is taken.
 */
export function chooseCheckpoint(facts: ChoiceFacts, update: Update | undefined): Choice {
  const { plan, lineage = [] } = facts;
  if (update === undefined) return resumePoint(facts);
  if (plan.kind === 'Stop' && (plan.reason === 'WrongPlace' || facts.lineage === undefined))
    return { kind: 'None', why: withoutStop(plan.message) };
  const matching = lineage.filter((one) => one.update === update);
  const [checkpoint] = matching;
  if (checkpoint === undefined) return { kind: 'None', why: noneAt(facts, update) };
  const attempts = new Set(matching.map(({ attempt }) => formatAttemptId(attempt)));
  if (attempts.size === 1) return { kind: 'Chosen', checkpoint };
  const why = `update ${update} is on the lineage more than once: ${keysOf(matching)}; name one by its key`;
  return { kind: 'None', why };
}

function resumePoint({ plan, inventory }: ChoiceFacts): Choice {
  if (plan.kind === 'Stop') return { kind: 'None', why: withoutStop(plan.message) };
  const checkpoint = plan.kind === 'From' ? plan.candidates[0] : undefined;
  if (checkpoint !== undefined) return { kind: 'Chosen', checkpoint };
  const isEmpty = inventory.attempts.every(({ checkpoints }) => checkpoints.length === 0);
  const why = isEmpty
    ? 'it has no checkpoint of its own yet'
    : 'the next attempt starts from scratch, so that there is no resume point; name an update';
  return { kind: 'None', why };
}

function noneAt({ inventory, lineage = [] }: ChoiceFacts, update: Update): string {
  const abandoned = inventory.attempts
    .flatMap(({ checkpoints }) => checkpoints)
    .filter((one) => one.update === update);
  if (abandoned.length > 0)
    return `update ${update} was abandoned and is not on the lineage; name it by its key: ${keysOf(abandoned)}`;
  const nearest = [...new Set(lineage.map((one) => one.update))]
    .toSorted((a, b) => Math.abs(a - update) - Math.abs(b - update))
    .slice(0, listed)
    .toSorted((a, b) => a - b);
  const there = nearest.length === 0 ? 'the lineage has none' : `the nearest are of ${nearest.join(', ')}`;
  return `there is no checkpoint of update ${update}; ${there}`;
}

const withoutStop = (sentence: string): string => sentence.replace(/\.$/, '');

const keysOf = (checkpoints: readonly Checkpoint[]): string => checkpoints.map(({ key }) => key).join(', ');
