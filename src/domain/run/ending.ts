// How an attempt ended, and what restore's exit codes mean. The code tells the class, because that alone survives the pod.
import type { Cause } from './causes.ts';

export interface Ending {
  readonly cause: Cause;
  readonly exitCode?: number;
  /** A clause for "attempt 3 ended: …". */
  readonly message: string;
}

/** How an attempt ends that we end ourselves: written to the ledger first, then its Job is deleted. */
export const intendedEndings = {
  Suspended: { cause: 'Suspended', message: 'the run was suspended' },
  RolledBack: { cause: 'RolledBack', message: 'the run is rolled back' },
  Hung: {
    cause: 'Hung',
    message: 'the trainer made no update and saved nothing for restart.hungAfterSeconds',
  },
  DeadlineExceeded: { cause: 'DeadlineExceeded', message: 'the run was at work for activeDeadlineSeconds' },
  Replaced: { cause: 'Replaced', message: 'the spec changed before its trainer had started' },
} as const satisfies Partial<Record<Cause, Ending>>;

export type Intent = keyof typeof intendedEndings;

/** True for the causes that are our own doing. */
export const isIntent = (cause: Cause): cause is Intent => Object.hasOwn(intendedEndings, cause);

/** True for the causes after which nothing of an attempt may stand: we end it, or we have given its number up. */
export const endsWhatStands = (cause: Cause): boolean => isIntent(cause) || cause === 'NumberGivenUp';

/** Why restore stops; each is a reason of the condition Stalled. */
const restoreStops: ReadonlySet<string> = new Set([
  'WrongPlace',
  'LineageUnreadable',
  'NoUsableCheckpoint',
  'NotEnoughDisk',
  'BadConfiguration',
  'RollbackNotFound',
  'SourceNotFound',
  'SourceForeign',
  'SourceNotSaved',
  'SourceUnreadable',
]);

interface StoppedEntry {
  readonly cause?: Cause | undefined;
  readonly message?: string | undefined;
}

/** Why a run stalls after an attempt that ended so: the reason in the sentence of its restore, or kubelet's word for its trainer. */
export function stopReason({ cause, message = '' }: StoppedEntry): string {
  if (cause === 'TrainerNotStarted') return 'RunContainerError';
  const [reason = ''] = message.split(':');
  return restoreStops.has(reason) ? reason : 'RestoreStopped';
}

const mendedElsewhere: ReadonlySet<string> = new Set([
  'NotEnoughDisk',
  'BadConfiguration',
  'RestoreStopped',
  'RunContainerError',
]);

/**
 * True for a stop that nothing in the spec or the bucket need mend: a node with more disk, a Secret, an image that was pushed anew.
 * Nobody would hear of that, so it is tried again now and then.
 */
export const isMendedElsewhere = (reason: string): boolean => mendedElsewhere.has(reason);

/** Restore's exit codes. `waitsForPerson`: trying again changes nothing. `retryable`: the store could not be reached. */
export const restoreExitCodes = { done: 0, waitsForPerson: 10, retryable: 11 } as const;

/** True where restore said so itself; anything else it died of. */
export const isVerdict = (exitCode: number | undefined): boolean =>
  exitCode === restoreExitCodes.waitsForPerson || exitCode === restoreExitCodes.retryable;

export interface FailedRestore {
  readonly exitCode: number | undefined;
  /** Its termination message, already read as a sentence; undefined when the pod is gone. */
  readonly message: string | undefined;
}

/** The end of an attempt whose restore exited non-zero. */
export function restoreExit({ exitCode = -1, message }: FailedRestore): Ending {
  switch (exitCode) {
    case restoreExitCodes.waitsForPerson:
      return {
        cause: 'RestoreStopped',
        exitCode,
        message: message ?? 'restore found nothing it may start from',
      };
    case restoreExitCodes.retryable:
      return { cause: 'StoreUnavailable', exitCode, message: message ?? 'restore could not reach the store' };
    default:
      return {
        cause: 'AgentFailed',
        exitCode,
        message: message ?? `restore died with exit code ${exitCode}`,
      };
  }
}
