// Which checkpoint of a run a person means: the resume point, or the one of an update on the lineage. What has several answers,
// or none, is said with the answers there are; nothing is guessed.
import type { Update } from '../units.ts';
import type { Checkpoint, RunInventory } from './inventory.ts';
import { formatAttemptId } from './keys.ts';

export type Choice =
  | { readonly kind: 'Chosen'; readonly checkpoint: Checkpoint }
  /** `why` is a sentence without its full stop. */
  | { readonly kind: 'None'; readonly why: string };

/** How many updates a message lists. */
const listed = 8;

/**
 * The checkpoint at `update` among the candidates of the lineage, newest first; undefined = the first of them. At one update a
 * Last and a Step of one attempt hold the same training, and the Last is taken.
 */
export function chooseCheckpoint(
  inventory: RunInventory,
  candidates: readonly Checkpoint[],
  update: Update | undefined,
): Choice {
  const matching = update === undefined ? candidates : candidates.filter((one) => one.update === update);
  const [checkpoint] = matching;
  if (checkpoint === undefined) return { kind: 'None', why: noneAt(inventory, candidates, update) };
  const others = new Set(matching.map(({ attempt }) => formatAttemptId(attempt)));
  if (update === undefined || others.size === 1) return { kind: 'Chosen', checkpoint };
  const why = `update ${update} is on the lineage more than once: ${keysOf(matching)}; name one by its key`;
  return { kind: 'None', why };
}

function noneAt(
  inventory: RunInventory,
  candidates: readonly Checkpoint[],
  update: Update | undefined,
): string {
  if (update === undefined) return 'the run has no checkpoint yet';
  const abandoned = inventory.attempts
    .flatMap(({ checkpoints }) => checkpoints)
    .filter((one) => one.update === update);
  if (abandoned.length > 0)
    return `update ${update} was abandoned and is not on the lineage; name it by its key: ${keysOf(abandoned)}`;
  const nearest = [...new Set(candidates.map((one) => one.update))]
    .toSorted((a, b) => Math.abs(a - update) - Math.abs(b - update))
    .slice(0, listed);
  return `there is no checkpoint of update ${update}; the nearest are of ${nearest.toSorted((a, b) => a - b).join(', ')}`;
}

const keysOf = (checkpoints: readonly Checkpoint[]): string => checkpoints.map(({ key }) => key).join(', ');
