// A trainer whose program never ran: the runtime of its node could not start it. It has not failed, it costs nothing, and whoever
// corrects what keeps it from starting needs no budget for that.
import type { Ending } from './ending.ts';
import type { ContainerFacts } from './facts.ts';
import { lastWordsIn } from './trainer-log.ts';

/** The words of containerd and of dockershim, with their exit codes. */
const startErrors: ReadonlySet<string> = new Set(['StartError', 'ContainerCannotRun']);

/** With this code, and no other, containerd ends a container that it could not start (internal/cri/server/container_start.go). */
const startErrorCode = 128;

// What runc leaves in the log where the kernel refuses the program only after the container was started: built for another
// architecture, or a script whose interpreter is not there. Its own exit code is 1 or 255, as that of many programs.
const refusedByKernel =
  /^(?:standard_init_linux\.go:\d+: )?exec (?:\/\S*|user process caused): (?:exec format error|no such file or directory|permission denied)$/;

/** The end of an attempt whose trainer could not be started; undefined for a trainer that ran. */
export function unstartedEnd(
  { reason, message, exitCode }: ContainerFacts,
  hasTrained: boolean,
): Ending | undefined {
  const code = exitCode === undefined ? {} : { exitCode };
  if (startErrors.has(reason ?? '')) return { ...code, ...unstarted(runtimeWords(message) ?? reason) };
  const last = hasTrained ? undefined : lastWordsIn(message ?? '');
  return last !== undefined && refusedByKernel.test(last) ? { ...code, ...unstarted(last) } : undefined;
}

/**
 * The same where only the exit code is left of the trainer; undefined where it may be the trainer's own. No shell ends with this
 * code by itself, though a program may.
 */
export function unstartedCode(exitCode: number, hasTrained: boolean): Ending | undefined {
  if (exitCode !== startErrorCode || hasTrained) return undefined;
  return { exitCode, ...unstarted(`exit code ${exitCode}, and its pod is gone`) };
}

function unstarted(why = ''): Pick<Ending, 'cause' | 'message'> {
  return {
    cause: 'TrainerNotStarted',
    message: `the trainer could not be started (${why}): ${cureFor(why)}`,
  };
}

/** runc's own sentence, out of those that containerd puts around it. */
const runtimeWords = (message: string | undefined): string | undefined =>
  message?.replace(/^.*unable to start container process: /s, '').replace(/: unknown$/, '');

function cureFor(why: string): string {
  if (/OOM-killed|memory limit too low/i.test(why)) return 'raise trainer.resources.limits.memory';
  if (/\bexec\b|exit code/.test(why)) return 'correct trainer.command, or use an image that has the program';
  return 'correct what of the trainer it names, or mend the node';
}
