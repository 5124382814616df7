// What one plan of all runs, and of what runs that are gone left, found: of each no more than is told and taken, since all rulings on all
// checkpoints of a cluster would be much to keep.
import type { Checkpoint } from '../../domain/bucket/inventory.ts';
import type { Stopped } from '../../domain/retention/draft.ts';
import type { Ruling } from '../../domain/retention/plan.ts';
import { amountsOf, type PlanAmounts } from '../../domain/retention/plan-amounts.ts';
import type { Policies } from '../../domain/retention/policies.ts';
import type { Keeping, StorePlanOf } from '../../domain/retention/store-plan.ts';
import type { RunToCount } from '../../domain/retention/uncounted.ts';
import type { PolicyView } from './policy-view.ts';

/** Of a run. */
export interface RunFinding {
  readonly amounts: PlanAmounts | Stopped;
  /** The keys of what goes for a capacity. */
  readonly taken: readonly string[];
}

/** Of what a run that is gone left. */
export interface OrphanFinding {
  /** The keys of what goes, and of these what goes for a capacity. */
  readonly condemned: readonly string[];
  /** True when there is no checkpoint, and the time of the documents is over. */
  readonly isToClear: boolean;
  readonly taken: readonly string[];
}

export interface Planned {
  readonly reading: Policies;
  readonly view: PolicyView;
  /** Its runs and orphans stand in the order of the view's. */
  readonly plan: StorePlanOf<RunFinding, OrphanFinding>;
  /** The runs for which a capacity waits, by the name of its policy. */
  readonly uncounted: ReadonlyMap<string, readonly RunToCount[]>;
}

export const findings: Keeping<Checkpoint, RunFinding, OrphanFinding> = {
  ofRun: ({ plan }) => ({ amounts: amountsOf(plan), taken: keysOf(condemnedIn(plan).filter(isTaken)) }),
  ofOrphan: ({ plan, isOver }) => {
    const condemned = condemnedIn(plan);
    const isToClear = isOver && plan.kind === 'Planned' && plan.rulings.length === 0;
    return { condemned: keysOf(condemned), isToClear, taken: keysOf(condemned.filter(isTaken)) };
  },
};

type Rulings = readonly Ruling<Checkpoint>[];

const condemnedIn = (plan: { readonly kind: 'Planned'; readonly rulings: Rulings } | Stopped): Rulings =>
  plan.kind === 'Stopped' ? [] : plan.rulings.filter(({ verdict }) => verdict === 'Condemned');

const isTaken = ({ reasons }: Ruling): boolean => reasons.includes('Capacity');

const keysOf = (rulings: Rulings): readonly string[] => rulings.map(({ checkpoint }) => checkpoint.key);
