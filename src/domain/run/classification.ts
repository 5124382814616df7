// Where an attempt stands and, once it ends, why: one ordered reading of the evidence, the signs of deletion first.
import type { Cause } from './causes.ts';
import { type Ending, restoreExit } from './ending.ts';
import type { ContainerFacts, EndFacts, JobFacts, PodFacts } from './facts.ts';

/** What is known of one attempt. */
export interface AttemptEvidence {
  /** Why we ended it ourselves, written to the ledger before we did. */
  readonly intent: Cause | undefined;
  /** True once its pod, or its folder in the bucket, was ever seen. */
  readonly wasSeen: boolean;
  readonly job: JobFacts | undefined;
  readonly pod: PodFacts | undefined;
  readonly end: EndFacts | undefined;
}

export type LivingStage = 'Waiting' | 'Restoring' | 'Training' | 'Flushing';

export type AttemptStage =
  | { readonly stage: 'Absent' }
  | { readonly stage: LivingStage }
  /** Its end is decided, its pod is not gone yet. */
  | ({ readonly stage: 'Ending' } & Ending)
  | ({ readonly stage: 'Ended' } & Ending);

/** Where the attempt stands. */
export function stageOf(evidence: AttemptEvidence): AttemptStage {
  const { pod } = evidence;
  if (pod === undefined) return withoutPod(evidence);
  const isOver = pod.phase === 'Succeeded' || pod.phase === 'Failed';
  const stage = isOver ? 'Ended' : 'Ending';
  if (evidence.intent !== undefined) return { stage, ...intended(evidence.intent) };
  if (wasDisrupted(pod)) return { stage, ...disruption(pod) };
  return isOver ? { stage, ...terminal(pod, evidence.end) } : { stage: livingStage(pod) };
}

function livingStage({ trainer, restore }: PodFacts): LivingStage {
  if (trainer?.state === 'Terminated') return 'Flushing';
  if (trainer?.state === 'Running') return 'Training';
  return restore?.state === 'Running' ? 'Restoring' : 'Waiting';
}

function withoutPod({ intent, wasSeen, job, end }: AttemptEvidence): AttemptStage {
  if (intent !== undefined) return { stage: 'Ended', ...intended(intent) };
  if (job?.failure !== undefined) return { stage: 'Ended', ...jobFailure(job.failure) };
  if (job?.complete === true) return { stage: 'Ended', ...trainerSucceeded(end) };
  if (wasSeen) return { stage: 'Ended', cause: 'PodDeleted', message: 'its pod is gone' };
  return { stage: job === undefined ? 'Absent' : 'Waiting' };
}

const intended = (cause: Cause): Ending => ({
  cause,
  message: intentWords[cause] ?? 'the operator ended it',
});

const intentWords: Partial<Record<Cause, string>> = {
  Suspended: 'the run was suspended',
  Replaced: 'the spec changed before its trainer had started',
};

// Deletion that was asked for after the trainer had ended by itself is only tidying up.
function wasDisrupted(pod: PodFacts): boolean {
  const endedAt = pod.trainer?.state === 'Terminated' ? pod.trainer.finishedAt : undefined;
  if (pod.deletion !== undefined) return endedAt === undefined || endedAt >= pod.deletion.requestedAt;
  return pod.disruption !== undefined;
}

// The reasons of the DisruptionTarget condition (kubernetes.io: Disruptions, pod disruption conditions).
const disruptionCauses: Readonly<Record<string, Cause>> = {
  EvictionByEvictionAPI: 'Evicted',
  PreemptionByScheduler: 'Preempted',
  DeletionByTaintManager: 'NodeLost',
  DeletionByPodGC: 'NodeLost',
  TerminationByKubelet: 'NodeShutdown',
};

function disruption(pod: PodFacts): Ending {
  const exitCode = pod.trainer?.exitCode;
  const code = exitCode === undefined ? {} : { exitCode };
  const where = pod.node === undefined ? '' : ` on ${pod.node}`;
  if (pod.disruption === undefined)
    return { cause: 'PodDeleted', ...code, message: `its pod${where} was deleted` };
  const cause = pod.reason === 'Evicted' ? 'Evicted' : (disruptionCauses[pod.disruption] ?? 'Disrupted');
  return { cause, ...code, message: `its pod${where} was disrupted (${pod.disruption})` };
}

function terminal(pod: PodFacts, end: EndFacts | undefined): Ending {
  if (pod.reason === 'Evicted') return kubeletEviction(pod);
  if (pod.trainer?.state !== 'Terminated') return neverTrained(pod);
  return trainerEnd(pod.trainer, end);
}

// Without a DisruptionTarget condition, kubelet evicts a pod for its own use of local disk.
function kubeletEviction(pod: PodFacts): Ending {
  const message = pod.message ?? 'kubelet evicted it';
  return { cause: /ephemeral|disk/i.test(message) ? 'ScratchFull' : 'Evicted', message };
}

function neverTrained(pod: PodFacts): Ending {
  if (pod.restore?.state === 'Terminated' && pod.restore.exitCode !== 0) return restoreExit(pod.restore);
  const exitCode = pod.sync?.exitCode;
  const detail = pod.message ?? pod.reason ?? 'no reason was given';
  const message = `its pod ended before the trainer started: ${detail}`;
  return { cause: 'AgentFailed', ...(exitCode === undefined ? {} : { exitCode }), message };
}

const sigkill = 137;
const sigterm = 143;

function trainerEnd(trainer: ContainerFacts, end: EndFacts | undefined): Ending {
  const exitCode = trainer.exitCode ?? -1;
  if (exitCode === 0) return trainerSucceeded(end);
  if (trainer.reason === 'OOMKilled') {
    return {
      cause: 'OutOfMemory',
      exitCode,
      message: 'the trainer ran out of memory: raise resources.limits.memory',
    };
  }
  if (trainer.reason === 'ContainerStatusUnknown') {
    return { cause: 'NodeRestarted', exitCode, message: 'its node restarted and lost the exit code' };
  }
  return codeEnd(exitCode);
}

function codeEnd(exitCode: number): Ending {
  if (exitCode === sigterm || exitCode === sigkill) {
    return { cause: 'Disrupted', exitCode, message: `the trainer was killed (exit code ${exitCode})` };
  }
  return { cause: 'TrainerFailed', exitCode, message: `the trainer failed with exit code ${exitCode}` };
}

function trainerSucceeded(end: EndFacts | undefined): Ending {
  if (end?.flushed === true && end.filesSeen > 0) {
    return {
      cause: 'Succeeded',
      exitCode: 0,
      message: 'the trainer finished and its last checkpoint is saved',
    };
  }
  if (end?.filesSeen === 0) {
    return { cause: 'NothingSaved', exitCode: 0, message: 'the trainer exited 0 but wrote no checkpoint' };
  }
  const message =
    'the trainer finished, but its last checkpoint did not reach the bucket; the tail is trained again';
  return { cause: 'Unflushed', exitCode: 0, message };
}

// What the Job controller wrote when podFailurePolicy ended the Job; the only evidence once the pod is gone.
function jobFailure({ reason, message }: { readonly reason: string; readonly message: string }): Ending {
  if (reason !== 'PodFailurePolicy') return { cause: 'PodDeleted', message: `its pod is gone (${reason})` };
  const [, container, digits] = /Container (\S+) for pod \S+ failed with exit code (\d+)/.exec(message) ?? [];
  if (digits === undefined) return { cause: 'Disrupted', message: 'its pod was disrupted and is gone' };
  const exitCode = Number(digits);
  if (container === 'trainer') return codeEnd(exitCode);
  return restoreExit({ exitCode, message: undefined });
}
