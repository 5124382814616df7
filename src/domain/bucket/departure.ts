// What going back to a checkpoint leaves behind: the checkpoints that no attempt starts from any more, those that count again, and
// where the two ways part. It tells; what a rollback may go back to is decided in rollback.ts.
import type { Update } from '../units.ts';
import type { Checkpoint, RunInventory } from './inventory.ts';
import {
  type AttemptOrigin,
  checkpointsOnLineage,
  type Lineage,
  traceFrom,
  traceLineage,
} from './lineage.ts';

export interface Departure {
  /** On the lineage now and not afterwards, newest first. */
  readonly leaves: readonly Checkpoint[];
  /** Abandoned now and on the lineage afterwards, newest first. */
  readonly returns: readonly Checkpoint[];
  /** The newest update saved on both ways; 0 where they have nothing in common. */
  readonly partsAt: Update;
}

export interface DepartureQuestion {
  /** Undefined = from scratch. */
  readonly target: Pick<Checkpoint, 'attempt' | 'update'> | undefined;
  readonly inventory: RunInventory;
  readonly origins: readonly AttemptOrigin[];
}

/** What is left behind; undefined when the lineage as it is now cannot be read. */
export function planDeparture({ target, inventory, origins }: DepartureQuestion): Departure | undefined {
  const now = on(traceLineage(origins), inventory);
  if (now === undefined) return undefined;
  const way = target === undefined ? [] : on(wayTo(target, origins), inventory);
  if (way === undefined) return undefined;
  const common = now.filter((checkpoint) => isOn(way, checkpoint));
  return {
    leaves: now.filter((checkpoint) => !isOn(way, checkpoint)),
    returns: way.filter((checkpoint) => !isOn(now, checkpoint)),
    partsAt: Math.max(0, ...common.map(({ update }) => update)),
  };
}

const isOn = (some: readonly Checkpoint[], { key }: Checkpoint): boolean =>
  some.some((known) => known.key === key);

const wayTo = (
  { attempt, update }: Pick<Checkpoint, 'attempt' | 'update'>,
  origins: readonly AttemptOrigin[],
): Lineage => traceFrom({ attempt, upTo: update }, origins);

const on = (lineage: Lineage, inventory: RunInventory): readonly Checkpoint[] | undefined =>
  lineage.kind === 'Readable' ? checkpointsOnLineage(lineage.links, inventory) : undefined;
