// Why a trainer ended that nobody deleted: its exit code, what kubelet noted and the last words of its log.
import type { Ending } from './ending.ts';
import type { ContainerFacts, EndFacts } from './facts.ts';
import { lastUpdateIn, lastWordsIn } from './trainer-log.ts';
import { unstartedCode, unstartedEnd } from './unstarted-trainer.ts';

const sigkill = 137;
const sigterm = 143;

/** A trainer that fails sooner than this without a checkpoint has most likely not begun to train. */
const beganSeconds = 60;

/** What a trainer left behind. */
export interface TrainerTraces {
  readonly end: EndFacts | undefined;
  /** True when an update or a checkpoint of it was seen. */
  readonly hasTrained: boolean;
}

/** How an attempt ended whose trainer has exited; `end` is what its end.json says. */
export function trainerEnd(trainer: ContainerFacts, { end, hasTrained }: TrainerTraces): Ending {
  const exitCode = trainer.exitCode ?? -1;
  if (exitCode === 0) return trainerSucceeded(end);
  const isTrained = hasTrained || sawFiles(end);
  return (
    lostEnd(trainer) ??
    unstartedEnd(trainer, isTrained) ??
    exhaustion(trainer, exitCode) ??
    programEnd(trainer, isTrained)
  );
}

const sawFiles = (end: EndFacts | undefined): boolean => end !== undefined && end.filesSeen > 0;

/**
 * The end of an attempt with a container of whose end nobody knows, since its node was down: kubelet calls it
 * ContainerStatusUnknown, and containerd Unknown with the exit code 255. Undefined for any other container.
 */
export function lostEnd(container: ContainerFacts | undefined): Ending | undefined {
  const { reason, exitCode } = container ?? {};
  if (reason !== 'ContainerStatusUnknown' && (reason !== 'Unknown' || exitCode !== 255)) return undefined;
  const message = `its node restarted and lost the exit code (${reason})`;
  return { cause: 'NodeRestarted', ...(exitCode === undefined ? {} : { exitCode }), message };
}

const diskFull = /No space left on device|ENOSPC|Disk quota exceeded/;
const gpuFull = /CUDA out of memory|CUDA error: out of memory|torch\.(cuda\.)?OutOfMemoryError/;

function exhaustion({ reason, message = '' }: ContainerFacts, exitCode: number): Ending | undefined {
  if (reason === 'OOMKilled') {
    const words = 'the trainer ran out of memory (OOMKilled): raise trainer.resources.limits.memory';
    return { cause: 'OutOfMemory', exitCode, message: words };
  }
  if (gpuFull.test(message)) {
    const words =
      'the trainer ran out of GPU memory: lower datasets.batch_size_per_gpu, or choose GPUs with more memory (gpuProducts)';
    return { cause: 'OutOfMemory', exitCode, message: words };
  }
  if (!diskFull.test(message)) return undefined;
  const words = `the trainer found a disk full (${lastWordsIn(message) ?? ''}): raise scratch.size, or write less beside the checkpoints`;
  return { cause: 'ScratchFull', exitCode, message: words };
}

function programEnd(trainer: ContainerFacts, hasTrained: boolean): Ending {
  const ending = codeEnd(trainer.exitCode ?? -1);
  if (ending.cause !== 'TrainerFailed') return ending;
  const words = lastWordsIn(trainer.message ?? '');
  const why = words === undefined ? '' : ` (${words})`;
  return { ...ending, message: `${ending.message}${hasTrained ? '' : earlyClause(trainer)}${why}` };
}

// That it had not trained is said only where the end of its log is known and shows no update.
function earlyClause({ startedAt, finishedAt, message }: ContainerFacts): string {
  const seconds = ((finishedAt ?? Infinity) - (startedAt ?? 0)) / 1000;
  if (seconds >= beganSeconds) return '';
  const hasTrained = message === undefined || lastUpdateIn(message) !== undefined;
  return `, ${Math.round(seconds)} s after its start${hasTrained ? '' : ' and before it had trained'}`;
}

/** The end of an attempt of whose trainer only the exit code is left. */
export const codeAloneEnd = (exitCode: number, { end, hasTrained }: TrainerTraces): Ending =>
  unstartedCode(exitCode, hasTrained || sawFiles(end)) ?? codeEnd(exitCode);

function codeEnd(exitCode: number): Ending {
  if (exitCode === sigterm || exitCode === sigkill) {
    return { cause: 'Disrupted', exitCode, message: `the trainer was killed (exit code ${exitCode})` };
  }
  return { cause: 'TrainerFailed', exitCode, message: `the trainer failed with exit code ${exitCode}` };
}

/**
 * The end of an attempt whose trainer exited 0: a success only when nobody ended its pod, and once the last checkpoint is in the bucket.
 */
export function trainerSucceeded(end: EndFacts | undefined): Ending {
  if (end?.podWasEnding === true) {
    const message = 'the trainer exited 0 because its pod was being ended, and the pod is gone';
    return { cause: 'Disrupted', exitCode: 0, message };
  }
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
