// Why a run waits for a person: reasons of its condition Stalled, beside those of the store it cannot use.
import { type Reasons, yes } from './reason.ts';

/** Why a run stalls. */
export const stalls: Reasons = {
  BucketUnreadable: yes('The bucket cannot be listed.', 'See the CheckpointStore: kubectl describe cks.'),
  Malformed: yes(
    'A document in the bucket is not what Reprise writes.',
    'Follow the message: put the one that it names back as it was, or remove it where the message says so.',
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
    'A run of this name has succeeded before, or was deleted but for what pins keep.',
    'Use another name for the run, or start it anew from scratch: spec.rollback with update 0, as the message says.',
  ),
  FormerBeingDeleted: yes(
    'The checkpoints of the former run of this name are being deleted, as its deletionPolicy or a policy asked.',
    'Wait, or use another name for the run.',
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
    'Put one of the checkpoints back into the bucket, or set spec.rollback: to one that is there, or to update 0 for a start from scratch.',
  ),
  RollbackNotFound: yes(
    'There is no checkpoint of the update that spec.rollback asks for.',
    'Set spec.rollback to one that the message names, with a new id, or remove it.',
  ),
  SourceNotFound: yes(
    'The run or the object that spec.initializeFrom names is not in the bucket.',
    'Start that run, or upload the object; initializeFrom is immutable, so for another source create a run of another name.',
  ),
  SourceForeign: yes(
    'The run that spec.initializeFrom names belongs to another cluster.',
    'If that cluster is no more, name it in spec.adoptClusters of the CheckpointStore. Else copy its checkpoint below _objects/ of the namespace, and create a run with initializeFrom.object.',
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
    "The attempt's restore stopped for a reason that it could not tell.",
    'Read the log of container restore; a change of the spec or the bucket, or reprise.dev/retry, makes it try again at once.',
  ),
  WorldSizeChanged: yes(
    'The checkpoint was trained on another number of GPUs than the run now asks for.',
    'Ask for as many GPUs as before, or accept the new number with restart.acceptWorldSize.',
  ),
  NotEnoughDisk: yes(
    'The scratch volume has no room for the checkpoint to start from.',
    'Raise scratch.size, choose nodes with more free disk, or make room there; it is tried again by itself.',
  ),
  BadConfiguration: yes(
    'The agent of the pod cannot use what it is given.',
    'Follow the message: give the Secret of the store both keys, or run agents and operator of one version; it is tried again by itself.',
  ),
  Hung: yes(
    'The trainer has made no update and saved nothing for restart.hungAfterSeconds.',
    'Read the log of the trainer; delete the pod to start it anew, or set restart.onHung: Restart.',
  ),
  FormerPodRunning: yes(
    'A pod of an earlier run of this name still runs.',
    'Nothing, if the earlier run was just deleted: its pod is waited for. Else delete the pod, as the message says.',
  ),
  JobRefused: yes(
    'The API server refused the Job: a quota, an admission policy or an invalid field.',
    "Follow the API server's words in the message; the Job is tried again by itself.",
  ),
  PodRefused: yes(
    "The API server refuses the attempt's pod: a quota, a limit range or Pod Security.",
    "Follow the API server's words in the message; the pod is tried again by itself.",
  ),
  ErrImagePull: yes(
    'An image cannot be pulled.',
    'Check the name of the image, its registry and imagePullSecrets.',
  ),
  ImagePullBackOff: yes(
    'An image cannot be pulled.',
    'Check the name of the image, its registry and imagePullSecrets.',
  ),
  ErrImageNeverPull: yes(
    'The image is not on the node and imagePullPolicy is Never.',
    'Load the image onto the node, or change imagePullPolicy.',
  ),
  InvalidImageName: yes("The image's name cannot be understood.", 'Correct trainer.image.'),
  CreateContainerConfigError: yes(
    'A Secret or ConfigMap of the pod is missing.',
    "Make that Secret or ConfigMap in the run's namespace.",
  ),
  CreateContainerError: yes(
    'A container cannot be made.',
    'Correct trainer.command, workingDir or volumeMounts.',
  ),
  RunContainerError: yes(
    'A container cannot be started: its image lacks the program, or its node cannot run it.',
    'Correct trainer.command, or what else the message names; it is tried again by itself, and costs nothing.',
  ),
};
