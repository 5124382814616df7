// The conditions of our objects: their types, their reasons, and for each reason what it means and what to do about it.
// Run conditions get their sentences in domain/run, where the facts are; store conditions take them from here.
import type { PolicyConditionType } from '../domain/retention/policy-status.ts';
import type { ConditionType } from '../domain/run/status.ts';
import { no, type Reason, type Reasons, unknown, yes } from './reason.ts';
import { stalls } from './stalls.ts';

/** Condition Available of a CheckpointStore. */
export const storeReasons = {
  Probed: yes('The bucket was written, listed, read and cleaned up with the given credentials.'),
  Probing: unknown('The store was not tried yet.'),
  SecretNotFound: no(
    "The Secret of operatorCredentials is not in the operator's namespace.",
    'Make it, or correct spec.operatorCredentials.secretName.',
  ),
  SecretIncomplete: no(
    'The Secret of operatorCredentials lacks a key.',
    'Give it the keys AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  ),
  SecretForbidden: no(
    'The operator may not read the Secret of operatorCredentials.',
    "Allow it to get Secrets in its namespace: the chart's Role does.",
  ),
  NoCredentials: no(
    'There is no operatorCredentials, and the operator has no credentials of its own.',
    'Set spec.operatorCredentials.secretName, or give the operator an identity (IRSA, pod identity).',
  ),
  AccessDenied: no(
    'The S3 server refuses the credentials.',
    'Allow them to list the bucket and to read, write and delete below the prefix, or correct the Secret.',
  ),
  BucketNotFound: no('There is no such bucket.', 'Make it, or create a CheckpointStore with the right name.'),
  Unreachable: no(
    'The S3 server does not answer.',
    "Check spec.s3.endpoint, the server and the cluster's network.",
  ),
  NotS3: no(
    'What answers at the endpoint cannot be spoken to as an S3 server.',
    'Correct spec.s3.endpoint: http or https, host and port.',
  ),
  UntrustedCertificate: no(
    "The S3 server's certificate is not trusted.",
    "Put the PEM of its authority into spec.s3.caBundle, or renew the server's certificate.",
  ),
  ForeignClaim: no(
    'The prefix is claimed by another cluster or another CheckpointStore.',
    'Create a CheckpointStore with another prefix; or, if that cluster is no more, name its UID in spec.adoptClusters.',
  ),
  PrefixOverlaps: no(
    'The prefix lies inside that of another CheckpointStore, or around it.',
    'Create a CheckpointStore with a prefix beside the other.',
  ),
  ProbeFailed: no('The S3 server did not do what is needed.', 'Use a server that does it.'),
} as const satisfies Reasons;

export type StoreReason = keyof typeof storeReasons;

/** Why a run cannot use a store: reasons of its condition Stalled. */
export const storeRefusals = {
  NoDefaultStore: yes(
    'The run names no store and no CheckpointStore is the default.',
    'Set spec.store, or annotate a CheckpointStore with reprise.dev/is-default-store: "true".',
  ),
  AmbiguousStore: yes(
    'The run names no store and several CheckpointStores are the default.',
    'Set spec.store, or leave the annotation reprise.dev/is-default-store on one store.',
  ),
  StoreNotFound: yes(
    'The CheckpointStore that the run uses does not exist.',
    'Create that CheckpointStore; a run keeps its store, so for another one create another run.',
  ),
  StoreNotAvailable: yes(
    'The CheckpointStore is not Available.',
    'See kubectl describe cks: its condition says why.',
  ),
  NamespaceNotAllowed: yes(
    "The CheckpointStore does not allow the run's namespace.",
    "Add the namespace's labels to the store's spec.allowedNamespaces, or label the namespace so.",
  ),
} as const satisfies Reasons;

const notThere = (type: string, meaning: string): Reasons => ({ [`Not${type}`]: no(meaning) });

/** Conditions of a TTSTrainingRun, for people who meet a reason and want to know more. */
export const runReasons: Readonly<Record<ConditionType, Reasons>> = {
  Complete: {
    Succeeded: yes('The trainer finished and its last checkpoint is saved.'),
    ...notThere('Complete', 'The training is not finished.'),
  },
  Failed: {
    TooManyFailures: yes(
      'The trainer failed restart.maxFailures times without progress between.',
      'Read the log of the last attempt, correct spec.trainer, or set the annotation reprise.dev/retry to a new value.',
    ),
    TooManyDisruptions: yes(
      'The run was disrupted restart.maxDisruptions times without progress between.',
      'Raise restart.maxDisruptions, save more often, give the run a higher priority, or set the annotation reprise.dev/retry to a new value.',
    ),
    DeadlineExceeded: yes(
      'The attempts of the run took activeDeadlineSeconds.',
      'Raise or remove activeDeadlineSeconds; the run then goes on from what is saved.',
    ),
    NothingSaved: yes(
      'The trainer ended well but wrote no checkpoint into trainer.checkpointDir.',
      'Correct checkpointDir, or the option that tells the trainer where to save.',
    ),
    ...notThere('Failed', 'The run has not failed.'),
  },
  Suspended: {
    WaitingForSave: no('The run is suspended after its next save, as suspendMode says.'),
    Suspending: no('The run is suspended once its pod has ended; until then it saves what it has.'),
    SpecSuspend: yes('spec.suspend is true.', 'Set it to false to go on.'),
    ...notThere('Suspended', 'The run is not suspended.'),
  },
  Stalled: {
    ...storeRefusals,
    ...stalls,
    ...notThere('Stalled', 'Nobody needs to do anything for the run to go on.'),
  },
  CheckpointAvailable: {
    Saved: yes('The next attempt can resume from a saved checkpoint.'),
    NothingSaved: no('No checkpoint is saved yet.'),
    NothingWritten: no(
      'No checkpoint has come in 4 hours of training.',
      'Check trainer.checkpointDir, and how often the trainer saves.',
    ),
    Stale: yes(
      'A checkpoint is saved, but none has come for twice the larger of sync.modelLastEverySeconds and the usual interval.',
      'See the logs of the containers trainer and sync.',
    ),
    AsLastRead: yes(
      'What is saved cannot be told now; a checkpoint was, when it was last read.',
      'See the CheckpointStore: kubectl describe cks.',
    ),
    Missing: no(
      'The checkpoints that were saved are not in the bucket any more.',
      'Put the checkpoints back, or start from scratch: spec.rollback with update 0.',
    ),
    SyncFailing: yes(
      'The sync agent of the pod keeps ending: what the trainer saves stays on its node.',
      'Read the log of container sync; check the Secret and the address of the CheckpointStore.',
    ),
    BucketUnreadable: unknown('The bucket cannot be listed.', 'See the CheckpointStore.'),
  },
  RetentionApplied: {
    NothingToDelete: yes('Every checkpoint in the bucket is kept by a rule.'),
    DeleteRefused: no(
      'The store does not delete checkpoints that no rule keeps.',
      "Give the operator's credentials the right to delete below the prefix, or lift the hold on the objects.",
    ),
    LockedObjects: no(
      'An object lock of the bucket keeps checkpoints that no rule keeps.',
      'Wait until the lock ends, or lift it; a shorter default retention of the bucket counts for new objects only.',
    ),
    ApprovalNeeded: no(
      'More checkpoints are newly condemned at once than approveAbove allows: they stay until somebody agrees.',
      'Look at them (kubectl reprise plan RUN), then agree: kubectl reprise approve RUN, or the annotation reprise.dev/approve with status.retention.approval.digest.',
    ),
    Condemned: no('Checkpoints that no rule keeps are deleted after the grace time.'),
    PolicyConflict: no(
      'Nothing is deleted, because two policies set for this run what one alone may set.',
      'Narrow a selector, or remove that part from one of them.',
    ),
    PolicyNotUnderstood: no(
      'Nothing is deleted, because a policy that may protect this run is not understood.',
      'Correct the policy that the message names and apply it anew, or upgrade the operator.',
    ),
    PinsRefused: no(
      'Nothing is deleted, because the bucket does not take the pins of the run.',
      "Give the operator's credentials the right to put and delete objects below pins/ of the run, or take the pins out of the spec.",
    ),
    Stopped: no('Nothing is deleted, because something is not as it should be.', 'Follow the message.'),
  },
};

/** Conditions of a CheckpointRetentionPolicy. */
export const policyReasons = {
  Ready: {
    Enforced: yes('The policy is obeyed.'),
    Audited: yes(
      'What the policy would delete is told in status.audit, and nothing is deleted for it.',
      'To have it obeyed set spec.mode to Enforce.',
    ),
    Off: yes('The policy is Off, which is as if there were none.'),
    Invalid: no(
      'This operator does not understand the policy, so nothing is deleted of any run that it may select.',
      'Correct what the message names and apply the policy anew; if a newer operator wrote it, upgrade this one.',
    ),
    Conflict: no(
      'Another policy sets defaults or capacity for the same runs, so nothing is deleted of these.',
      'Narrow the selector of one of them, or remove that part from it.',
    ),
  },
  CapacitySatisfied: {
    NotCounted: unknown(
      'Nothing is taken for the capacity, because not every selected run can be counted.',
      'Follow the message: it names the runs.',
    ),
    WithinCapacity: yes('What the rules leave of the selected runs has room in spec.capacity.'),
    Evicting: yes('Checkpoints that rules would keep are taken until spec.capacity is kept again.'),
    CapacityUnsatisfiable: no(
      'What may not be taken exceeds spec.capacity, however many others go.',
      'Raise spec.capacity.bytes, remove pins, or lower floors: the message names the runs that hold most.',
    ),
  },
  ApprovalNeeded: {
    TooMuchAtOnce: yes(
      'More checkpoints of a run are newly condemned at once than approveAbove allows: they stay until somebody agrees.',
      'Look at what would go, then agree: kubectl reprise approve RUN; for what runs that are gone left, as the message says.',
    ),
    NothingWaits: no('Nothing waits for approval.'),
  },
  LockedObjects: {
    HeldByLock: yes(
      'An object lock of a bucket keeps checkpoints that are condemned.',
      'Wait until the lock ends, or lift it: they are asked for again every hour.',
    ),
    NothingLocked: no('No object lock keeps what is condemned.'),
  },
} as const satisfies Readonly<Record<PolicyConditionType, Reasons>>;

/** The sentences of a reason: what it means, the detail of this case, the cure. */
export function wordsOf({ meaning, cure }: Reason, detail?: string): string {
  const [subject, ...rest] = [meaning, cure].filter((words) => words !== undefined);
  const told =
    detail === undefined ? subject : `${subject?.replace(/\.$/, '')}: ${detail.replace(/\.$/, '')}.`;
  return [told, ...rest].join(' ');
}
