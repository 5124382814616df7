// What was found of one CheckpointRetentionPolicy by a plan of all runs: what its status is made of.
import type { RetentionStop } from '../run/retention-facts.ts';
import type { Bytes, Instant } from '../units.ts';
import type { CapacityReport } from './capacity.ts';
import type { Stopped } from './draft.ts';
import type { RetentionPolicy, RunName } from './policy.ts';
import type { PolicyStatus } from './policy-status.ts';
import type { PlanAmounts } from './plan-amounts.ts';
import type { RunToCount } from './uncounted.ts';

/** A run that the policy selects, with what its own newest pass said. */
export interface SelectedRun {
  readonly name: RunName;
  /** What the plan of all runs says of it. */
  readonly amounts: PlanAmounts | Stopped;
  readonly stop: RetentionStop | undefined;
  /** How many of its checkpoints wait for a person's word. */
  readonly waiting: number;
  readonly heldByLock: number;
  readonly nextDeletionAt: Instant | undefined;
  readonly reclaimedBytes: Bytes;
  /** Decimal, of its store. */
  readonly pricePerGiBMonth: string | undefined;
}

/** What a run that is gone left, of those that the policy selects. */
export interface SelectedOrphan {
  readonly name: RunName;
  /** `store/namespace/run` */
  readonly place: string;
  readonly bytes: Bytes;
  /** When its time is over; undefined = it stays for ever. */
  readonly goesAt: Instant | undefined;
  /** How many of its checkpoints wait for a person's word. */
  readonly waiting: number;
  readonly heldByLock: number;
}

export interface PolicyFindings {
  readonly policy: RetentionPolicy;
  readonly generation: number;
  readonly previous: PolicyStatus | undefined;
  readonly now: Instant;
  readonly runs: readonly SelectedRun[];
  readonly orphans: readonly SelectedOrphan[];
  /** Names all that waits under this policy of runs that are gone; undefined = nothing does. */
  readonly orphansDigest: string | undefined;
  /** As it is enforced, or would be for a policy that is only audited; undefined without a capacity, or while it is not judged. */
  readonly capacity: CapacityReport | undefined;
  /** The runs for which the capacity waits. */
  readonly uncounted: readonly RunToCount[];
}
