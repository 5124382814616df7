// What a rollback would do to a run, from its bucket and its status: where it goes, what it leaves behind, what becomes of the
// attempt that runs. Refuses what the operator could not carry out, with the updates there are.
import type { TTSTrainingRun } from '../api/run.ts';
import { type Departure, planDeparture } from '../domain/bucket/departure.ts';
import type { Checkpoint } from '../domain/bucket/inventory.ts';
import { describeSaved, isCarriedOut, planRollback, type Rollback } from '../domain/bucket/rollback.ts';
import { attemptStand } from '../domain/run/arrival.ts';
import type { Update } from '../domain/units.ts';
import { CommandError } from './errors.ts';
import { isOverdue } from './run-act.ts';
import type { RunReading } from './run-reading.ts';

export interface RollbackQuestion {
  readonly run: TTSTrainingRun;
  readonly namespace: string;
  readonly reading: RunReading;
  readonly wish: Rollback;
}

export interface RollbackPlan {
  readonly name: string;
  readonly wish: Rollback;
  /** Undefined = from scratch. */
  readonly target: Checkpoint | undefined;
  /** What was asked for before and is not carried out: it never will be. */
  readonly replaces: Rollback | undefined;
  /** Undefined when it cannot be told. */
  readonly departure: Departure | undefined;
  /** How many updates were made beyond where the ways part, as far as is known; undefined when it cannot be told. */
  readonly updatesLeft: Update | undefined;
  /** What becomes of the attempt that runs, a clause; undefined when none does. */
  readonly now: string | undefined;
  /** When the next attempt starts, a clause. */
  readonly next: string;
}

/** @throws CommandError when there is nothing to go back to */
export function planRollbackOf(question: RollbackQuestion): RollbackPlan {
  const { run, reading, wish } = question;
  refuseForeign(question);
  const target = targetOf(question);
  const { inventory, origins } = reading;
  const departure = planDeparture({ target, inventory, origins });
  const furthest = Math.max(departure?.leaves[0]?.update ?? 0, run.status?.progress?.update ?? 0);
  return {
    name: run.metadata.name,
    wish,
    target,
    replaces: replacedBy(question),
    departure,
    updatesLeft: departure === undefined ? undefined : Math.max(0, furthest - departure.partsAt),
    now: nowOf(run),
    next: nextOf(run, wish),
  };
}

// Over a run of its name that succeeded, a run can do nothing but start anew.
function refuseForeign({ run, namespace, reading: { marker, inventory }, wish }: RollbackQuestion): void {
  const isForeign = marker !== undefined && marker.runUid !== run.metadata.uid;
  if (!isForeign || marker.phase !== 'Succeeded' || wish.update === 0) return;
  throw new CommandError(
    `the checkpoints below ${inventory.prefix} are those of a run of this name that has succeeded, and ${namespace}/${run.metadata.name} can only start anew over them: --to scratch`,
  );
}

function targetOf({ run, namespace, reading, wish }: RollbackQuestion): Checkpoint | undefined {
  const { inventory, origins } = reading;
  const plan = planRollback({ rollback: wish, inventory, origins });
  switch (plan.kind) {
    case 'Scratch':
      return undefined;
    case 'From':
      return plan.candidates[0];
    case 'Stop': {
      if (plan.reason === 'LineageUnreadable')
        throw new CommandError(
          `${plan.message.replace(/\.$/, '')}: --attempt N names one, --to scratch needs none`,
        );
      const where = wish.attempt === 0 ? 'on the lineage' : `of attempt ${wish.attempt}`;
      throw new CommandError(
        `the run ${namespace}/${run.metadata.name} has no checkpoint of update ${wish.update} ${where}. ${describeSaved({ inventory, origins }, wish.update)}`,
      );
    }
  }
}

function replacedBy({ run, reading: { origins }, wish }: RollbackQuestion): Rollback | undefined {
  const { rollback: asked } = run.spec;
  return asked === undefined || asked.id === wish.id || isCarriedOut(asked.id, origins) ? undefined : asked;
}

function nowOf({ status }: TTSTrainingRun): string | undefined {
  const stand = attemptStand(status);
  switch (stand.is) {
    case 'None':
    case 'Ended':
      return undefined;
    case 'Ends':
      return `attempt ${stand.entry.number} ends already; what it still saves is left behind as well`;
    case 'Lives':
      return status?.phase === 'Running'
        ? `attempt ${stand.entry.number} is ended; what it still saves on its way out is left behind as well`
        : `attempt ${stand.entry.number} has not begun to train, and is ended`;
  }
}

function nextOf(run: TTSTrainingRun, { update }: Rollback): string {
  const from = update === 0 ? 'from scratch' : `from update ${update}`;
  if (run.spec.suspend) return `the next attempt starts ${from} once the run is resumed: it is suspended`;
  if (isOverdue(run))
    return `the next attempt starts ${from} once spec.activeDeadlineSeconds is raised or removed: the run is Failed for its deadline`;
  if (run.status?.phase === 'Failed')
    return `the next attempt starts ${from}, with a new failure budget: the run is no longer Failed`;
  return `the next attempt starts ${from}`;
}
