// What one plan of all runs, and of what runs that are gone left, found.
import type { Checkpoint } from '../../domain/bucket/inventory.ts';
import type { Ruling } from '../../domain/retention/plan.ts';
import type { Policies } from '../../domain/retention/policies.ts';
import type { StorePlan } from '../../domain/retention/store-plan.ts';
import type { RunToCount } from '../../domain/retention/uncounted.ts';
import type { PolicyView } from './policy-view.ts';

export interface Planned {
  readonly reading: Policies;
  readonly view: PolicyView;
  /** Its runs and orphans stand in the order of the view's. */
  readonly plan: StorePlan<Checkpoint>;
  /** The runs for which a capacity waits, by the name of its policy. */
  readonly uncounted: ReadonlyMap<string, readonly RunToCount[]>;
}

type Rulings = readonly Ruling<Checkpoint>[];
type AnyPlan = { readonly kind: 'Planned'; readonly rulings: Rulings } | { readonly kind: 'Stopped' };

/** What goes by this plan. */
export const condemnedIn = (plan: AnyPlan): Rulings =>
  plan.kind === 'Stopped' ? [] : plan.rulings.filter(({ verdict }) => verdict === 'Condemned');

/** The keys of what goes by this plan for a capacity. */
export const takenIn = (plan: AnyPlan): ReadonlySet<string> =>
  new Set(
    condemnedIn(plan)
      .filter(({ reasons }) => reasons.includes('Capacity'))
      .map(({ checkpoint }) => checkpoint.key),
  );
