// Where an attempt stands and, once it ends, why: one ordered reading of the evidence, the signs of deletion first.
import type { Instant } from '../units.ts';
import type { Cause } from './causes.ts';
import { type Ending, endsWhatStands, isVerdict, restoreExit } from './ending.ts';
import type { ContainerFacts, EndFacts, JobFacts, PodFacts } from './facts.ts';
import { isAway, isOverdue, nodeClause } from './node.ts';
import { codeAloneEnd, lostEnd, trainerEnd, trainerSucceeded, type TrainerTraces } from './trainer-end.ts';

/** What is known of one attempt. */
export interface AttemptEvidence {
  readonly now: Instant;
  /** What the ledger says already: why we end it, or what an earlier pass saw. It stays. */
  readonly decided: Ending | undefined;
  /** True once its pod, or its folder in the bucket, was ever seen. */
  readonly wasSeen: boolean;
  /** True when an update or a checkpoint of it was ever seen. */
  readonly hasTrained: boolean;
  readonly job: JobFacts | undefined;
  readonly pod: PodFacts | undefined;
  /** Why it is given up if nothing of it is there; undefined while its Job may still be made. */
  readonly givenUp: Ending | undefined;
  /** What its end.json says; undefined when there is none, 'Unread' when the bucket could not be read. */
  readonly end: EndFacts | 'Unread' | undefined;
}

export type LivingStage = 'Waiting' | 'Restoring' | 'Starting' | 'Training' | 'Flushing';

export type AttemptStage =
  | { readonly stage: 'Absent' }
  | { readonly stage: LivingStage }
  /** Its end is decided, but its pod is not gone yet, or the bucket was not read since. */
  | ({ readonly stage: 'Ending' } & Ending)
  | ({ readonly stage: 'Ended' } & Ending);

/** Where the attempt stands. */
export function stageOf(evidence: AttemptEvidence): AttemptStage {
  const { pod, end } = evidence;
  const stage = pod === undefined ? withoutPod(evidence) : withPod(pod, evidence);
  // What it saved last is known only to the bucket.
  return stage.stage === 'Ended' && end === 'Unread' ? { ...stage, stage: 'Ending' } : stage;
}

/** True when nothing of the pod runs any more. */
export const isOver = ({ phase }: PodFacts): boolean => phase === 'Succeeded' || phase === 'Failed';

function withPod(pod: PodFacts, { now, decided, end, hasTrained }: AttemptEvidence): AttemptStage {
  const stage = isOver(pod) ? 'Ended' : 'Ending';
  if (decided !== undefined) return { stage, ...decided, ...exitCodeOf(pod.trainer) };
  if (wasDisrupted(pod, read(end))) return { stage, ...disruption(pod, now) };
  if (!isOver(pod)) return { stage: livingStage(pod) };
  const unclear = end === 'Unread' && pod.trainer?.exitCode === 0 && pod.reason !== 'Evicted';
  return unclear ? { stage: 'Flushing' } : { stage, ...terminal(pod, { end: read(end), hasTrained }) };
}

const read = (end: AttemptEvidence['end']): EndFacts | undefined => (end === 'Unread' ? undefined : end);

const exitCodeOf = (container: ContainerFacts | undefined): { readonly exitCode?: number } =>
  container?.exitCode === undefined ? {} : { exitCode: container.exitCode };

function livingStage({ trainer, restore }: PodFacts): LivingStage {
  if (trainer?.state === 'Terminated') return 'Flushing';
  if (trainer?.state === 'Running') return 'Training';
  if (restore?.state === 'Running') return 'Restoring';
  return restore?.exitCode === 0 ? 'Starting' : 'Waiting';
}

function withoutPod(evidence: AttemptEvidence): AttemptStage {
  const { decided, job, end } = evidence;
  // A Job that we are to delete makes another pod as long as it stands.
  if (decided !== undefined) {
    const stage = endsWhatStands(decided.cause) && stands(job) ? 'Ending' : 'Ended';
    return { stage, ...exitCodeOfJob(job), ...decided };
  }
  if (job?.failure !== undefined) return afterFailure(job.failure, evidence);
  if (job?.complete !== true) return withoutWord(evidence);
  return end === 'Unread' ? { stage: 'Flushing' } : { stage: 'Ended', ...trainerSucceeded(end) };
}

/** True while a Job may still make a pod. */
export const stands = (job: JobFacts | undefined): boolean =>
  job !== undefined && job.failure === undefined && !job.complete;

// A Job that stands will say by itself how its pod ended, or make another.
function withoutWord({ wasSeen, job, givenUp, end }: AttemptEvidence): AttemptStage {
  if (job !== undefined && !(job.deleting && wasSeen)) return { stage: 'Waiting' };
  if (wasSeen) return { stage: 'Ended', cause: 'PodDeleted', message: 'its pod is gone' };
  // A pod that nobody saw may have left its folder in the bucket.
  return givenUp === undefined || end === 'Unread' ? { stage: 'Absent' } : { stage: 'Ended', ...givenUp };
}

// Deletion that was asked for after the pod had ended by itself is only tidying up. Kubelet's word for which came first beats the
// comparison of times, which are whole seconds of two clocks.
function wasDisrupted(pod: PodFacts, end: EndFacts | undefined): boolean {
  const { deletion, disruption } = pod;
  if (end?.podWasEnding === true && (deletion !== undefined || disruption !== undefined)) return true;
  const endedAt = lastWord(pod)?.finishedAt;
  if (deletion !== undefined) return endedAt === undefined || endedAt >= deletion.requestedAt;
  return isOver(pod) && wasMarked(pod);
}

// Kubelet marks a pod last of all. Everybody else marks it first, deletes it a moment later, and sometimes does not: then what ended in
// it did so by itself.
const wasMarked = (pod: PodFacts): boolean =>
  pod.disruption === markOfKubelet || (pod.disruption !== undefined && lastWord(pod) === undefined);

/** What ended the pod, if it ended by itself: the trainer, or a restore that came to a verdict, which no signal makes it come to. */
function lastWord({ trainer, restore }: PodFacts): ContainerFacts | undefined {
  if (trainer?.state === 'Terminated') return trainer;
  return restore?.state === 'Terminated' && isVerdict(restore.exitCode) ? restore : undefined;
}

const markOfKubelet = 'TerminationByKubelet';

// The reasons of the DisruptionTarget condition (kubernetes.io: Disruptions, pod disruption conditions).
const disruptionCauses: Readonly<Record<string, Cause>> = {
  EvictionByEvictionAPI: 'Evicted',
  PreemptionByScheduler: 'Preempted',
  DeletionByTaintManager: 'Evicted',
  [markOfKubelet]: 'NodeShutdown',
};

// Whoever takes pods from nodes that went away does so, marked like this, from nodes that answer too.
const takenFromNodes: ReadonlySet<string> = new Set(['DeletionByTaintManager', 'DeletionByPodGC']);

const isLostWithNode = (pod: PodFacts, now: Instant): boolean =>
  isOverdue(pod, now) || (takenFromNodes.has(pod.disruption ?? '') && isAway(pod.nodeState));

const wordsOf = (disruption: string | undefined): string =>
  disruption === undefined ? '' : ` (${disruption})`;

// What kubelet itself writes into status.reason says more than its one condition reason.
const kubeletReasons: Readonly<Record<string, Cause>> = { Evicted: 'Evicted', Preempting: 'Preempted' };

function disruption(pod: PodFacts, now: Instant): Ending {
  const code = exitCodeOf(pod.trainer);
  const where = pod.node === undefined ? '' : ` on ${pod.node}`;
  if (isLostWithNode(pod, now))
    return { cause: 'NodeLost', ...code, message: `${nodeClause(pod)}${wordsOf(pod.disruption)}` };
  if (pod.disruption === undefined)
    return { cause: 'PodDeleted', ...code, message: `its pod${where} was deleted` };
  const cause = kubeletReasons[pod.reason ?? ''] ?? disruptionCauses[pod.disruption] ?? 'Disrupted';
  return { cause, ...code, message: `its pod${where} was disrupted (${pod.disruption})` };
}

function terminal(pod: PodFacts, traces: TrainerTraces): Ending {
  if (pod.reason === 'Evicted') return kubeletEviction(pod);
  if (pod.trainer?.state !== 'Terminated') return neverTrained(pod);
  return trainerEnd(pod.trainer, traces);
}

// Without a DisruptionTarget condition, kubelet evicts a pod for its own use of local disk.
function kubeletEviction({ message = 'no reason was given', trainer }: PodFacts): Ending {
  const words = `kubelet evicted its pod: ${message.trim().replace(/\.$/, '')}`;
  if (!/ephemeral|disk|emptydir/i.test(message)) return { cause: 'Evicted', message: words };
  const hasTrained = trainer !== undefined && trainer.state !== 'Waiting';
  if (hasTrained)
    return { cause: 'ScratchFull', message: `${words}: raise scratch.size, or the limit it exceeded` };
  // The trainer has not failed: it never ran.
  return { cause: 'AgentFailed', message: `${words}, which restore had filled: raise scratch.size` };
}

function neverTrained(pod: PodFacts): Ending {
  const lost = lostEnd(pod.restore);
  if (lost !== undefined) return lost;
  if (pod.restore?.state === 'Terminated' && pod.restore.exitCode !== 0) return restoreExit(pod.restore);
  const detail = pod.message ?? pod.reason ?? 'no reason was given';
  const message = `its pod ended before the trainer started: ${detail}`;
  return { cause: 'AgentFailed', ...exitCodeOf(pod.sync), message };
}

type JobFailure = NonNullable<JobFacts['failure']>;

// Whether a trainer ever ran may be known to the bucket alone.
function afterFailure(failure: JobFailure, { end, hasTrained }: AttemptEvidence): AttemptStage {
  const ending = jobFailure(failure, { end: read(end), hasTrained });
  const unclear = end === 'Unread' && ending.cause === 'TrainerNotStarted';
  return unclear ? { stage: 'Flushing' } : { stage: 'Ended', ...ending };
}

// What the Job controller wrote when podFailurePolicy ended the Job; the only evidence once the pod is gone.
function jobFailure({ reason, message }: JobFailure, traces: TrainerTraces): Ending {
  if (reason !== 'PodFailurePolicy') return { cause: 'PodDeleted', message: `its pod is gone (${reason})` };
  const exit = exitIn(message);
  if (exit === undefined) return { cause: 'Disrupted', message: 'its pod was disrupted and is gone' };
  const { container, exitCode } = exit;
  return container === 'trainer'
    ? codeAloneEnd(exitCode, traces)
    : restoreExit({ exitCode, message: undefined });
}

function exitIn(message: string): { readonly container: string; readonly exitCode: number } | undefined {
  const [, container, digits] = /Container (\S+) for pod \S+ failed with exit code (\d+)/.exec(message) ?? [];
  return container === undefined ? undefined : { container, exitCode: Number(digits) };
}

/** The trainer's exit code, where the pod went before anybody read it there. */
function exitCodeOfJob(job: JobFacts | undefined): { readonly exitCode?: number } {
  if (job?.complete === true) return { exitCode: 0 };
  const exit = exitIn(job?.failure?.message ?? '');
  return exit?.container === 'trainer' ? { exitCode: exit.exitCode } : {};
}
