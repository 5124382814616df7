// What a policy's status says: how many runs it selects, what of theirs stays and goes, how full its capacity is.
import type { Bytes } from '../units.ts';

export type PolicyConditionType = 'Ready' | 'CapacitySatisfied' | 'ApprovalNeeded' | 'LockedObjects';

export interface PolicyCondition {
  readonly type: PolicyConditionType;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly observedGeneration?: number;
  readonly lastTransitionTime: string;
  readonly reason: string;
  readonly message: string;
}

/** So many checkpoints, and what they weigh together. */
export interface Amount {
  readonly checkpoints: number;
  readonly bytes: Bytes;
}

/** Of so many places what waits is told by name. */
export const mostPlacesTold = 100;

/** A view: counted by the sweep over the stores, and nothing is decided by it. */
export interface PolicyStatus {
  readonly observedGeneration: number;
  readonly conditions: readonly PolicyCondition[];
  /** Runs selected. */
  readonly runs?: number;
  /** Of these, the runs of which nothing may be deleted; absent: none. */
  readonly stoppedRuns?: number;
  /** Of the runs selected: what stays, by all that holds for them. */
  readonly kept?: Amount;
  /** Of the runs selected: what goes after the grace, by all that holds for them. */
  readonly condemned?: Amount;
  /** Of what is kept: what would go if every policy that is only audited were enforced; absent unless this one is audited. */
  readonly audit?: Amount;
  /** What was deleted of the runs selected, over their lives. */
  readonly reclaimedBytes?: Bytes;
  /** What these would cost in a month, where their stores have a price: decimal. */
  readonly reclaimedCostPerMonth?: string;
  /** Absent unless spec.capacity is set. */
  readonly capacity?: { readonly bytes: Bytes; readonly usedBytes: Bytes; readonly percent: number };
  /** What runs that are gone left, of those selected; nextDeletionTime: when the first of it may go, absent where none ever does. */
  readonly orphans?: {
    readonly runs: number;
    readonly bytes: Bytes;
    readonly nextDeletionTime?: string;
    /** What of it waits for a person's word, and by which name it is agreed to. */
    readonly approval?: {
      readonly checkpoints: number;
      readonly digest: string;
      /** Where they lie, `store/namespace/run`, at most {@link mostPlacesTold}. */
      readonly places: readonly string[];
    };
  };
  /** When the first of what is condemned goes; absent while nothing is. */
  readonly nextDeletionTime?: string;
  /** When this was first counted; later counts found the same. */
  readonly countedAt?: string;
}
