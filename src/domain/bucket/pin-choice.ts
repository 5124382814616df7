// Which checkpoints of a run a person pins by an update: those of one attempt, the lineage's unless another is named. What is not there,
// or not beyond doubt, is said with what there is.
import type { Update } from '../units.ts';
import type { Checkpoint, RunInventory } from './inventory.ts';
import { type AttemptOrigin, checkpointsOnLineage, traceLineage } from './lineage.ts';
import { describeSaved } from './rollback.ts';

export interface PinWish {
  readonly update: Update;
  /** Undefined = the lineage's. */
  readonly attempt: number | undefined;
}

export type PinChoice =
  | { readonly kind: 'Chosen'; readonly attempt: number; readonly checkpoints: readonly Checkpoint[] }
  /** `why` is a clause, or several sentences. */
  | { readonly kind: 'None'; readonly why: string };

interface Saved {
  readonly inventory: RunInventory;
  readonly origins: readonly AttemptOrigin[];
}

/** Every checkpoint of the update and one attempt, or why there is none. */
export function choosePinned(saved: Saved, { update, attempt }: PinWish): PinChoice {
  const all = saved.inventory.attempts
    .flatMap(({ checkpoints }) => checkpoints)
    .filter((one) => one.update === update);
  const number = attempt ?? lineageAttempt(saved, update);
  if (typeof number === 'string') return { kind: 'None', why: number };
  const checkpoints = all.filter((one) => one.attempt.number === number);
  if (number !== undefined && checkpoints.length > 0) return { kind: 'Chosen', attempt: number, checkpoints };
  const where = attempt === undefined ? 'on the lineage' : `of attempt ${attempt}`;
  return {
    kind: 'None',
    why: `there is no checkpoint of update ${update} ${where}. ${describeSaved(saved, update)}`,
  };
}

/** The attempt on the lineage that saved the update; undefined when none did, words when it cannot be told. */
function lineageAttempt({ inventory, origins }: Saved, update: Update): number | undefined | string {
  const lineage = traceLineage(origins);
  if (lineage.kind === 'Unreadable')
    return `the lineage cannot be read (${lineage.why}): name the attempt, with --attempt N`;
  const matching = checkpointsOnLineage(lineage.links, inventory).filter((one) => one.update === update);
  const [first, ...others] = [...new Set(matching.map(({ attempt }) => attempt.number))];
  return others.length === 0
    ? first
    : `update ${update} is on the lineage more than once, of attempts ${[first, ...others].join(' and ')}: name one of them, with --attempt N`;
}
