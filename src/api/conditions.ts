// The conditions of our objects: their types, their reasons, and for each reason what it means and what to do about it.
// Run conditions get their sentences in domain/run, where the facts are; store conditions take them from here.
import type { ConditionType } from '../domain/run/status.ts';

export interface Reason {
  readonly status: 'True' | 'False' | 'Unknown';
  /** One sentence: what is the case. */
  readonly meaning: string;
  /** One sentence: what to do; absent when nothing is to be done. */
  readonly cure?: string;
}

type Reasons = Readonly<Record<string, Reason>>;

const yes = (meaning: string, cure?: string): Reason => reason('True', meaning, cure);
const no = (meaning: string, cure?: string): Reason => reason('False', meaning, cure);
const unknown = (meaning: string, cure?: string): Reason => reason('Unknown', meaning, cure);

function reason(status: Reason['status'], meaning: string, cure: string | undefined): Reason {
  return cure === undefined ? { status, meaning } : { status, meaning, cure };
}

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
  UntrustedCertificate: no(
    "The S3 server's certificate is not trusted.",
    "Put the PEM of its authority into spec.s3.caBundle, or renew the server's certificate.",
  ),
  ForeignClaim: no(
    'The prefix is claimed by another cluster or another CheckpointStore.',
    'Create a CheckpointStore with another prefix.',
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
    'Create it; a run keeps its store, so for another one create another run.',
  ),
  StoreNotAvailable: yes(
    'The CheckpointStore is not Available.',
    'See kubectl describe cks: its condition says why.',
  ),
  NamespaceNotAllowed: yes(
    "The CheckpointStore does not allow the run's namespace.",
    "Add the namespace's labels to the store's spec.allowedNamespaces, or label the namespace so.",
  ),
  AgentSecretNotFound: yes(
    "The Secret of the store's agentCredentials is not in the run's namespace.",
    'Make it there, with the keys AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  ),
  AgentSecretIncomplete: yes(
    "The Secret of the store's agentCredentials lacks a key.",
    'Give it the keys AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
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
    NothingSaved: yes(
      'The trainer ended well but wrote no checkpoint into trainer.checkpointDir.',
      'Correct checkpointDir, or the option that tells the trainer where to save.',
    ),
    ...notThere('Failed', 'The run has not failed.'),
  },
  Suspended: {
    SpecSuspend: yes('spec.suspend is true.', 'Set it to false to go on.'),
    ...notThere('Suspended', 'The run is not suspended.'),
  },
  Stalled: {
    ...storeRefusals,
    BucketUnreadable: yes('The bucket cannot be listed.', 'See the CheckpointStore: kubectl describe cks.'),
    Malformed: yes(
      'A document in the bucket is not what Reprise writes.',
      'Put the one that the message names back as it was.',
    ),
    NewerLayout: yes(
      'A newer version of Reprise wrote into the bucket.',
      'Upgrade the operator: this one changes nothing there.',
    ),
    ForeignRun: yes(
      'The place in the bucket belongs to a run of another cluster.',
      'Use another name for the run, or a store with another prefix.',
    ),
    NameInUse: yes(
      'A run of this name has succeeded before.',
      'Use another name for the run, or start it anew from scratch: spec.rollback with update 0, as the message says.',
    ),
    WrongPlace: yes(
      'Objects that should be in the bucket are not there, or objects nobody owns are.',
      "Check the store's bucket and prefix; put the objects back, or move them away.",
    ),
    LineageUnreadable: yes(
      'It cannot be told which checkpoint the attempts descend from.',
      'Put the attempt.json that the message names back into the bucket, or set spec.rollback, naming an attempt, or with update 0.',
    ),
    NoUsableCheckpoint: yes(
      'Checkpoints were saved, but none can be used.',
      'Put one of them back into the bucket, or set spec.rollback: to one that is there, or to update 0 for a start from scratch.',
    ),
    RollbackNotFound: yes(
      'There is no checkpoint of the update that spec.rollback asks for.',
      'Set spec.rollback to one that the message names, with a new id, or remove it.',
    ),
    SourceNotFound: yes(
      'The run or the object that spec.initializeFrom names is not in the bucket.',
      'Start that run, or upload the object; it is immutable, so for another source create a run of another name.',
    ),
    SourceForeign: yes(
      'The run that spec.initializeFrom names belongs to another cluster.',
      'Copy its checkpoint below _objects/ of the namespace, and create a run with initializeFrom.object.',
    ),
    SourceNotSaved: yes(
      'The run that spec.initializeFrom names has no checkpoint, or none of that update.',
      'Nothing, if it will save one: it is waited for. Else create a run of another name with an update that the message names.',
    ),
    SourceUnreadable: yes(
      'What spec.initializeFrom names cannot be read.',
      'Follow the message; it is tried again.',
    ),
    RestoreStopped: yes(
      "The attempt's restore stopped for a reason that trying again does not mend.",
      'Follow the message; a change of the spec or the bucket, or reprise.dev/retry, makes it try again.',
    ),
    FormerPodRunning: yes(
      'A pod of an earlier run of this name still runs.',
      'Nothing, if its run was just deleted: it is waited for. Else delete its Job, as the message says.',
    ),
    JobRefused: yes(
      'The API server refused the Job: a quota, an admission policy or an invalid field.',
      'Follow its words in the message; it is tried again.',
    ),
    PodRefused: yes(
      "The API server refuses the attempt's pod: a quota, a limit range or Pod Security.",
      'Follow its words in the message; the pod is tried again by itself.',
    ),
    ErrImagePull: yes('An image cannot be pulled.', 'Check its name, its registry and imagePullSecrets.'),
    ImagePullBackOff: yes('An image cannot be pulled.', 'Check its name, its registry and imagePullSecrets.'),
    ErrImageNeverPull: yes(
      'The image is not on the node and imagePullPolicy is Never.',
      'Load it, or change the policy.',
    ),
    InvalidImageName: yes("The image's name cannot be understood.", 'Correct trainer.image.'),
    CreateContainerConfigError: yes(
      'A Secret or ConfigMap of the pod is missing.',
      "Make it in the run's namespace.",
    ),
    CreateContainerError: yes(
      'A container cannot be made.',
      'Correct trainer.command, workingDir or volumeMounts.',
    ),
    RunContainerError: yes('A container cannot be started.', 'Correct trainer.command.'),
    ...notThere('Stalled', 'Nobody needs to do anything for the run to go on.'),
  },
  CheckpointAvailable: {
    Saved: yes('The next attempt can resume from a saved checkpoint.'),
    NothingSaved: no('No checkpoint is saved yet.'),
    Stale: yes('What is saved cannot be told now; a checkpoint was, when it was last read.'),
    Missing: no(
      'The checkpoints that were saved are not in the bucket any more.',
      'Put them back, or start from scratch: spec.rollback with update 0.',
    ),
    BucketUnreadable: unknown('The bucket cannot be listed.', 'See the CheckpointStore.'),
  },
  RetentionApplied: {
    NothingToDelete: yes('Every checkpoint in the bucket is kept by a rule.'),
    DeleteRefused: no(
      'The store does not delete checkpoints that no rule keeps.',
      "Give the operator's credentials the right to delete below the prefix, or lift the hold on the objects.",
    ),
    Condemned: no('Checkpoints that no rule keeps are deleted after the grace time.'),
    Stopped: no('Nothing is deleted, because something is not as it should be.', 'Follow the message.'),
  },
};

/** The sentences of a reason: what it means, the detail of this case, the cure. */
export function wordsOf({ meaning, cure }: Reason, detail?: string): string {
  const [subject, ...rest] = [meaning, cure].filter((words) => words !== undefined);
  const told =
    detail === undefined ? subject : `${subject?.replace(/\.$/, '')}: ${detail.replace(/\.$/, '')}.`;
  return [told, ...rest].join(' ');
}
