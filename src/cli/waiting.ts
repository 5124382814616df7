// --wait: looks at a run until it has come where it was sent, tells what it does meanwhile, and gives up after --timeout. Only
// reads; what the run has come to is decided in domain/run.
import type { TTSTrainingRun } from '../api/run.ts';
import type { Arrival } from '../domain/run/arrival.ts';
import { formatDuration } from '../domain/run/progress.ts';
import type { Seconds } from '../domain/units.ts';
import { type Cluster, ClusterError } from '../ports/cluster.ts';
import { findRun } from './cluster-access.ts';
import type { CommandInput, OptionSpec } from './command.ts';
import { parseDuration } from './duration.ts';
import { CommandError, UsageError } from './errors.ts';
import { plain } from './words.ts';
import type { CliWorld } from './world.ts';

const lookEveryMilliseconds = 2000;
const defaultTimeout = '2h';

/** The options of a command that can wait until what it asked for is so. */
export const waitOptions: readonly OptionSpec[] = [
  { name: 'wait', help: 'wait until it is so, and tell what happens meanwhile' },
  {
    name: 'timeout',
    value: 'DURATION',
    help: `how long --wait waits, such as 90s, 10m or 1h30m (default: ${defaultTimeout})`,
  },
];

/** How long to wait; undefined = not at all. @throws UsageError */
export function readTimeout(input: CommandInput): Seconds | undefined {
  const text = input.text('timeout');
  if (!input.isSet('wait')) {
    if (text === undefined) return undefined;
    throw new UsageError('--timeout is how long --wait waits: add --wait, or leave it out');
  }
  const seconds = parseDuration(text ?? defaultTimeout);
  if (seconds !== undefined) return seconds;
  throw new UsageError(`--timeout is "${text}": write a duration such as 90s, 10m or 1h30m`);
}

/** Where a run was sent. */
export interface Goal {
  /** For a sentence: `suspended`. */
  readonly where: string;
  readonly arrivalOf: (run: TTSTrainingRun, sent: TTSTrainingRun) => Arrival;
}

export interface Wait {
  readonly cluster: Cluster;
  readonly namespace: string;
  /** As it was when it was sent. */
  readonly sent: TTSTrainingRun;
  readonly goal: Goal;
  readonly timeout: Seconds;
}

/** The run once it is there. @throws CommandError when it will not come there by itself, is gone, or the time is over */
export async function waitUntilThere(
  { clock, messages }: CliWorld,
  wait: Wait,
  signal: AbortSignal,
): Promise<TTSTrainingRun> {
  const started = clock.monotonic();
  const deadline = wait.timeout * 1000;
  for (let told: string | undefined; ;) {
    const elapsed = clock.monotonic() - started;
    const { run, message } = await look(wait, signal);
    const arrival = run === undefined ? 'OnTheWay' : wait.goal.arrivalOf(run, wait.sent);
    if (run !== undefined && arrival === 'There') return run;
    if (arrival === 'Astray') throw astray(wait, run, message);
    if (message !== told) messages.write(`${plain(message)}\n`);
    told = message;
    if (elapsed >= deadline) throw tooLong(wait, message);
    await clock.sleep(Math.min(lookEveryMilliseconds, deadline - elapsed), signal);
  }
}

interface Look {
  /** Undefined while it cannot be seen. */
  readonly run: TTSTrainingRun | undefined;
  /** What it does, or why it cannot be seen. */
  readonly message: string;
}

async function look({ cluster, namespace, sent: { metadata } }: Wait, signal: AbortSignal): Promise<Look> {
  try {
    const { run } = await findRun(cluster, { name: metadata.name, namespace }, signal);
    const { message = 'the operator has not looked at the run yet' } = run.status ?? {};
    if (run.metadata.uid === metadata.uid) return { run, message };
  } catch (cause) {
    if (cause instanceof ClusterError && cause.code === 'Unavailable')
      return { run: undefined, message: cause.message };
    throw cause;
  }
  throw new CommandError(
    `the run ${namespace}/${metadata.name} was deleted and made anew meanwhile, and nobody has asked that of the new one`,
  );
}

const nameOf = ({ namespace, sent }: Wait): string => `${namespace}/${sent.metadata.name}`;

const astray = (wait: Wait, run: TTSTrainingRun | undefined, message: string): CommandError =>
  new CommandError(
    `the run ${nameOf(wait)} is not ${wait.goal.where}, and will not be by itself: it is ${run?.status?.phase ?? 'unknown'}: ${message}`,
  );

const tooLong = (wait: Wait, message: string): CommandError =>
  new CommandError(
    `the run ${nameOf(wait)} is not ${wait.goal.where} after ${formatDuration(wait.timeout)} (--timeout); what was asked stands. Last: ${message}`,
  );
