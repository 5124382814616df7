// What the operator observes of a run in one pass. Everything that decisions rest on is here; they read nothing else.
import type { RunInventory } from '../bucket/inventory.ts';
import type { DeletionIntent } from '../bucket/deletion-intent.ts';
import type { AttemptId } from '../bucket/keys.ts';
import type { AttemptOrigin } from '../bucket/lineage.ts';
import type { MarkerNotes } from '../bucket/marker-notes.ts';
import type { Rollback } from '../bucket/rollback.ts';
import type { Source, SourceFacts } from '../bucket/source.ts';
import type { BucketPin } from '../retention/bucket-pins.ts';
import type { Pin, RetentionRules } from '../retention/rules.ts';
import type { Labels } from '../store/label-selector.ts';
import type { Instant, Seconds, Update } from '../units.ts';
import type { RetentionFacts } from './retention-facts.ts';
import type { RunStatus } from './status.ts';
import type { TrainerSight } from './trainer-sight.ts';

/** Resume takes over the whole training state; WarmStart the EMA weights alone, counting from 0. */
export type StartMode = 'Resume' | 'WarmStart';

/** What the run is initialised from while it has no checkpoint of its own. */
export interface InitialSource {
  readonly mode: StartMode;
  readonly source: Source;
}

export interface RunSpecFacts {
  readonly store: string | undefined;
  readonly suspend: boolean;
  readonly suspendMode: 'Now' | 'AfterNextSave';
  readonly suspendDeadlineSeconds: Seconds;
  readonly activeDeadlineSeconds: Seconds | undefined;
  readonly maxFailures: number;
  readonly maxDisruptions: number | undefined;
  readonly hungAfterSeconds: Seconds | undefined;
  readonly onHung: 'Report' | 'Restart';
  /** How many GPUs the trainer asks for, and with how many it may go on though it began with others. */
  readonly gpus: number;
  readonly acceptWorldSize: number | undefined;
  readonly nodeLostAfterSeconds: Seconds;
  readonly checkpointDir: string;
  /** How often a model_last.pt is carried at most. */
  readonly modelLastEverySeconds: Seconds;
  /** Undefined = the run declares nothing. */
  readonly retention: RetentionRules | undefined;
  readonly pins: readonly Pin[];
  readonly initializeFrom: InitialSource | undefined;
  readonly rollback: Rollback | undefined;
  readonly deletionPolicy?: 'Retain' | 'Delete';
  /** A fingerprint of everything in the spec that shapes the pod. */
  readonly workload: string;
}

export interface RunFacts {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly deleting: boolean;
  readonly labels: Labels;
  /** The retry annotation's value. */
  readonly retry: string | undefined;
  /** The approve annotation's value: the digest of what retention may delete. */
  readonly approved: string | undefined;
  readonly spec: RunSpecFacts;
  readonly status: RunStatus | undefined;
}

export interface ContainerFacts {
  readonly state: 'Waiting' | 'Running' | 'Terminated';
  /** Of a waiting or terminated container, as kubelet words it: ImagePullBackOff, OOMKilled, Error … */
  readonly reason: string | undefined;
  readonly message: string | undefined;
  readonly exitCode: number | undefined;
  readonly startedAt: Instant | undefined;
  readonly finishedAt: Instant | undefined;
  /** How often kubelet has started it anew, and how it ended the last time. */
  readonly restarts: number;
  readonly lastExit: { readonly exitCode: number; readonly message: string | undefined } | undefined;
}

/** How the node of a pod stands; `Gone` when there is no such node any more. */
export type NodeState =
  | { readonly is: 'Ready' }
  | { readonly is: 'NotReady'; readonly since: Instant }
  | { readonly is: 'Gone' };

export interface PodFacts {
  readonly name: string;
  readonly uid: string;
  readonly attempt: number;
  readonly node: string | undefined;
  /** Undefined while it is on no node. */
  readonly nodeState: NodeState | undefined;
  readonly phase: string;
  readonly createdAt: Instant;
  /** When the scheduler put it on its node. */
  readonly scheduledAt: Instant | undefined;
  /** How many GPUs its trainer holds. */
  readonly gpus: number;
  /** Set once its deletion was asked for; `endsAt` is when its grace ends. */
  readonly deletion: { readonly requestedAt: Instant; readonly endsAt: Instant } | undefined;
  /** The reason of its DisruptionTarget condition. */
  readonly disruption: string | undefined;
  /** The pod's own status.reason and message: Evicted, OutOfcpu … */
  readonly reason: string | undefined;
  readonly message: string | undefined;
  /** The scheduler's sentence while no node fits. */
  readonly unschedulable: string | undefined;
  readonly restore: ContainerFacts | undefined;
  readonly sync: ContainerFacts | undefined;
  readonly trainer: ContainerFacts | undefined;
}

export interface JobFacts {
  readonly name: string;
  readonly uid: string;
  readonly number: number;
  readonly deleting: boolean;
  /** The workload fingerprint it was made from. */
  readonly workload: string | undefined;
  readonly hasTtl: boolean;
  /** The attempt whose flush its restore waits for, at most until then. */
  readonly waitsFor: { readonly attempt: AttemptId; readonly until: Instant } | undefined;
  readonly complete: boolean;
  /** The Failed or FailureTarget condition. */
  readonly failure: { readonly reason: string; readonly message: string } | undefined;
}

/** What end.json says, as far as decisions go; podWasEnding: the pod was being ended before its trainer had. */
export interface EndFacts {
  readonly podWasEnding?: boolean;
  readonly flushed: boolean;
  readonly filesSeen: number;
  readonly lastUpdateSeen: Update | null;
}

/** What run.json says, with the ETag it had. */
export interface MarkerFacts extends MarkerNotes {
  readonly runUid: string;
  readonly clusterUid: string;
  readonly highestAttempt: number;
  readonly phase: string;
  readonly deletion?: DeletionIntent;
  readonly etag: string;
}

export interface OriginFacts extends AttemptOrigin {
  readonly resumedFromKey: string | undefined;
  /** How long restore waited for the flush of the attempt before. */
  readonly waitedSeconds: Seconds;
  /** How many GPUs it trained on. */
  readonly gpus: number;
  /** What it was started from instead of a checkpoint of its run. */
  readonly initializedFrom: InitialOrigin | undefined;
  /** Newer checkpoints that restore could not use, and why. */
  readonly skipped?: readonly { readonly key: string; readonly reason: string }[];
}

export interface InitialOrigin {
  readonly key: string;
  /** Undefined for an object that holds weights only. */
  readonly update?: Update | undefined;
  readonly mode: StartMode;
}

export interface BucketFacts {
  readonly inventory: RunInventory;
  readonly marker: MarkerFacts | undefined;
  readonly origins: readonly OriginFacts[];
  /** By the attempt's folder name. */
  readonly ends: ReadonlyMap<string, EndFacts>;
  /** The pins that the bucket keeps, this run's own and others. */
  readonly pins: readonly BucketPin[];
  /** The store's clock; undefined when it never answered with one. */
  readonly storeTime: Instant | undefined;
}

/** `asOf`: up to when nothing is known to have come since; absent: up to this pass. */
export type BucketReading =
  | { readonly kind: 'Read'; readonly facts: BucketFacts; readonly asOf?: Instant }
  | { readonly kind: 'Unreadable'; readonly reason: string; readonly message: string };

/** What lies where the run is to be initialised from. */
export type SourceReading =
  | { readonly kind: 'Read'; readonly facts: SourceFacts }
  | { readonly kind: 'Unreadable'; readonly reason: string; readonly message: string };

/** A run without a checkpoint of its own that is to be initialised from this one. */
export interface Dependent {
  readonly run: string;
  /** Undefined = from the newest. */
  readonly update: Update | undefined;
}

export type StoreFacts =
  | {
      readonly kind: 'Ready';
      readonly name: string;
      /** The Secret in the run's namespace with the agents' credentials. */
      readonly agentSecret: string;
      /** The UIDs of former clusters whose runs this one takes over. */
      readonly adoptClusters: readonly string[];
    }
  | { readonly kind: 'Unready'; readonly reason: string; readonly message: string };

/** A pod of a run of this name that is not ours: an earlier object's, not ended yet. */
export interface StrangerPod {
  readonly name: string;
  readonly attempt: AttemptId;
  /** When its grace ends; undefined while nobody has asked for its deletion. */
  readonly endsAt: Instant | undefined;
  /** True while its sync runs on a node that answers: what it has may still reach the bucket. */
  readonly flushes: boolean;
}

/** The newest attempt whose Job this operator process may have made. */
export interface TriedJob {
  readonly number: number;
  /** What came instead of an answer; undefined when the API server said that it made the Job. */
  readonly unanswered: string | undefined;
}

export interface Snapshot {
  readonly now: Instant;
  /** Which operator process looks. */
  readonly operatorId: string;
  /** Undefined until it tries, and when what it tried last was refused. */
  readonly tried: TriedJob | undefined;
  readonly clusterUid: string;
  readonly run: RunFacts;
  readonly store: StoreFacts;
  readonly bucket: BucketReading;
  /** Undefined while no attempt can need it. */
  readonly source: SourceReading | undefined;
  /** Runs that wait for a checkpoint of this one. */
  readonly dependents: readonly Dependent[];
  /** Of the run's namespace; absent: unknown. */
  readonly namespaceLabels?: Labels | undefined;
  readonly jobs: readonly JobFacts[];
  readonly pods: readonly PodFacts[];
  readonly strangers: readonly StrangerPod[];
  /** The largest number among Jobs of this run's name, whoever owns them. */
  readonly highestJob: number;
  readonly sight: TrainerSight | undefined;
  /** Why the last pass's action was refused, until one succeeds. */
  readonly refusal: string | undefined;
  /** The Job controller's words on why it cannot make the newest attempt's pod; undefined when nothing is known to be wrong. */
  readonly podRefusal: string | undefined;
  readonly retention: RetentionFacts;
}
