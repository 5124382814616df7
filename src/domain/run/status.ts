// The status of a run as it is computed once and written once a pass. Absent facts are left out, never guessed.
// The schema in api/ has the same fields; times are RFC 3339 in whole seconds, as Kubernetes writes them.
import type { Amount } from '../retention/policy-status.ts';
import type { CheckpointKind } from '../bucket/keys.ts';
import type { Bytes, Seconds, Update } from '../units.ts';
import type { Cause } from './causes.ts';
import type { Segments } from './segments.ts';

export type Phase =
  | 'Pending'
  | 'Restoring'
  | 'Running'
  | 'Restarting'
  | 'Stalled'
  | 'Suspended'
  | 'Succeeded'
  | 'Failed';

export type ConditionType =
  | 'Complete'
  | 'Failed'
  | 'Suspended'
  | 'Stalled'
  | 'CheckpointAvailable'
  | 'RetentionApplied';

export interface RunCondition {
  readonly type: ConditionType;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number | undefined;
}

export interface ResumePoint {
  readonly key: string;
  readonly attempt: number;
  readonly update: Update;
  readonly kind: CheckpointKind;
  readonly sizeBytes: Bytes;
  readonly savedAt: string;
}

/** Where progress was read: in the running pod, or from what the bucket has. */
export type ProgressSource = 'Pod' | 'Bucket';

/** True at `observedAt`: by then the trainer, or the bucket, had come at least so far. */
export interface Progress {
  readonly update: Update;
  readonly source?: ProgressSource | undefined;
  readonly plannedUpdates?: Update | undefined;
  readonly percent?: number | undefined;
  /** A decimal, as text: Kubernetes' conventions forbid floating point in status. */
  readonly updatesPerSecond?: string | undefined;
  readonly eta?: string | undefined;
  readonly unsavedUpdates?: Update | undefined;
  /** When the trainer was first seen at this update. */
  readonly advancedAt?: string | undefined;
  readonly observedAt: string;
}

export interface LedgerEntry {
  readonly number: number;
  /** How many attempts in a row ended as this one did, it included; absent = it alone. */
  readonly repeats?: number | undefined;
  /** The operator process that reserved the number; it alone may make the Job. */
  readonly reservedBy?: string | undefined;
  readonly node?: string | undefined;
  readonly pod?: string | undefined;
  /** Set as soon as it is known why the attempt ends or must end, also before it has ended. */
  readonly cause?: Cause | undefined;
  readonly exitCode?: number | undefined;
  /** When the attempt's pod was created. */
  readonly startedAt?: string | undefined;
  readonly endedAt?: string | undefined;
  /** When its training stopped: its pod was told to end, or its trainer ended. */
  readonly stoppedAt?: string | undefined;
  readonly gpus?: number | undefined;
  /** When its trainer's log first showed an update. */
  readonly firstUpdateAt?: string | undefined;
  /** How long each part took of the way from the interruption before it to its first update. */
  readonly segments?: Segments | undefined;
  /** Absent: from scratch, or restore has not chosen yet. */
  readonly resumedFrom?:
    | { readonly key: string; readonly attempt: number; readonly update: Update }
    | undefined;
  /** What it was started from instead of a checkpoint of its own run. */
  readonly initializedFrom?:
    | { readonly key: string; readonly update?: Update | undefined; readonly mode: 'Resume' | 'WarmStart' }
    | undefined;
  /** The id of the rollback it was made to carry out. */
  readonly rollback?: string | undefined;
  /** The last update the trainer was seen to make. */
  readonly endUpdate?: Update | undefined;
  /** The newest update this attempt left in the bucket. */
  readonly savedUpdate?: Update | undefined;
  readonly lostUpdates?: Update | undefined;
  /** True when updates after the last one seen may have been lost as well. */
  readonly lostUpdatesIsLowerBound?: boolean | undefined;
  /** GPUs times the seconds it held them. */
  readonly gpuSeconds?: Seconds | undefined;
  /** From its first update, or its trainer's start where that is unknown, until it stopped. */
  readonly trainedSeconds?: Seconds | undefined;
  /** GPUs times the part of that time that went into the lost updates. */
  readonly lostGpuSeconds?: Seconds | undefined;
  readonly message?: string | undefined;
}

export interface ListedCheckpoint {
  readonly update: Update;
  readonly attempt: number;
  readonly kind: CheckpointKind;
  readonly sizeBytes: Bytes;
  readonly savedAt: string;
  readonly verdict: 'Keep' | 'Condemned' | 'Locked';
  /** What it would be if every policy that is only audited were enforced; absent: the same. */
  readonly audit?: 'Condemned';
}

export interface CheckpointsStatus {
  readonly count: number;
  readonly bytes: Bytes;
  readonly newest: readonly ListedCheckpoint[];
}

/** Of the checkpoints in the bucket, as retention ruled of them; absent while they cannot be read. */
export interface RetentionStatus {
  /** The policies that select the run, by name; absent: none. */
  readonly policies?: readonly string[];
  /** How long a checkpoint stays condemned; absent while nothing may be deleted. */
  readonly graceSeconds?: Seconds;
  readonly kept: Amount;
  readonly condemned: Amount;
  /** What of kept would go if every policy that is only audited were enforced. */
  readonly audit?: Amount;
  /** What of condemned waits for a person's word, and by which name it is agreed to. */
  readonly approval?: Amount & { readonly digest: string };
  /** When the first of condemned goes. */
  readonly nextDeletionTime?: string;
}

/** Undefined and absent are the same: JSON knows only the second. */
export interface RunStatus {
  readonly observedGeneration: number;
  readonly phase: Phase;
  readonly message: string;
  readonly conditions: readonly RunCondition[];
  readonly store?: string | undefined;
  /** The largest attempt number reserved; 0 before the first. */
  readonly attempt: number;
  readonly failures: number;
  /** Disruptions since the last attempt that made progress; absent: none. */
  readonly disruptions?: number | undefined;
  /** When spec.suspend was seen to become true. */
  readonly suspendRequestedAt?: string | undefined;
  /** The value (at most {@link retryLimit} characters) of the retry annotation when the run was last looked at. */
  readonly observedRetry?: string | undefined;
  /** The value of the retry annotation that was last acted upon. */
  readonly handledRetry?: string | undefined;
  /** The fingerprint of the workload (trainer, podTemplate and what else shapes the pod) of the newest attempt. */
  readonly workload?: string | undefined;
  readonly resumePoint?: ResumePoint | undefined;
  readonly progress?: Progress | undefined;
  readonly checkpoints?: CheckpointsStatus | undefined;
  readonly retention?: RetentionStatus | undefined;
  /** Newest first, at most 20. */
  readonly attempts: readonly LedgerEntry[];
  readonly totals: {
    readonly attempts: number;
    readonly disruptions: number;
    readonly failures: number;
    readonly lostUpdates: Update;
    readonly reclaimedBytes: Bytes;
    readonly gpuSeconds?: Seconds | undefined;
    readonly lostGpuSeconds?: Seconds | undefined;
    /** Time trained, without what went into lost updates. */
    readonly usefulSeconds?: Seconds | undefined;
    /** Time in which the run wanted to train, whether it could or not. */
    readonly wallSeconds?: Seconds | undefined;
    readonly goodputPercent?: number | undefined;
    /** How long the attempts that have ended were at work. */
    readonly activeSeconds?: number | undefined;
  };
}

/** The ledger keeps the newest entries; totals outlive it. */
export const ledgerLimit = 20;

/** How many checkpoints status lists. */
export const listedCheckpointLimit = 30;

/** How long a message may be, in characters; the API server refuses a status with a longer one. */
export const messageLimit = 32_768;
export const entryMessageLimit = 8192;
/** A longer retry annotation counts by its beginning. */
export const retryLimit = 1024;

/** The text, cut to at most so many characters. */
export const clip = (text: string, limit: number): string =>
  text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
