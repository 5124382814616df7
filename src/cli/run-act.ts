// The course of every command that tells a run to do something: change it, say what that comes to, and with --wait see it come
// there. What is changed, said and awaited is the command's own.
import type { TTSTrainingRun } from '../api/run.ts';
import type { Instant } from '../domain/units.ts';
import { reportOption, writeReport } from './change-report.ts';
import { clusterOptions, withCluster } from './cluster-access.ts';
import type { ArgumentSpec, CommandInput, ExitCode, OptionSpec } from './command.ts';
import { CommandError } from './errors.ts';
import { type ChangedRun, changeRun, type RunChange } from './run-change.ts';
import { requireWholeRun } from './target.ts';
import { type Goal, readTimeout, waitOptions, waitUntilThere } from './waiting.ts';
import { plain } from './words.ts';
import type { CliWorld } from './world.ts';

export const runArgument: ArgumentSpec = { name: 'RUN', help: 'name of a TTSTrainingRun', required: true };

/** The options of such a command beside its own. */
export const actOptions: readonly OptionSpec[] = [...waitOptions, reportOption, ...clusterOptions];

export interface RunAct {
  readonly patchFor: RunChange['patchFor'];
  /** What it comes to, a sentence about the run without its name. */
  readonly describe: (change: ChangedRun, now: Instant) => string;
  readonly goal: Goal;
}

interface Caller {
  readonly world: CliWorld;
  readonly input: CommandInput;
}

/** Does it to the run that the first argument names. */
export async function actOnRun(
  { world, input }: Caller,
  { patchFor, describe, goal }: RunAct,
  signal: AbortSignal,
): Promise<ExitCode> {
  const name = requireWholeRun(input.arguments[0] ?? '');
  const timeout = readTimeout(input);
  return await withCluster<ExitCode>(world, input, async (cluster, namespace) => {
    const change = await changeRun(cluster, { name, namespace, patchFor }, signal);
    const next = describe(change, world.clock.now());
    const report = { namespace, run: change.after, changed: change.changed, next };
    if (timeout === undefined) {
      writeReport(world, input, report);
      return 0;
    }
    world.messages.write(`${name} ${plain(next)}\n`);
    const wait = { cluster, namespace, sent: change.after, goal, timeout };
    const run = await waitUntilThere(world, wait, signal);
    writeReport(world, input, { ...report, run, next: `is ${goal.where}.` });
    return 0;
  });
}

/** @throws CommandError for a run that does nothing any more */
export function refuseFinal({ metadata, status }: TTSTrainingRun, what: string): void {
  const { name, namespace = '' } = metadata;
  if (metadata.deletionTimestamp !== undefined)
    throw new CommandError(
      `the run ${namespace}/${name} is being deleted since ${metadata.deletionTimestamp}: it makes no attempt any more, so that there is nothing to ${what}`,
    );
  if (status?.phase === 'Succeeded')
    throw new CommandError(
      `the run ${namespace}/${name} has succeeded, which is final: there is nothing to ${what}; kubectl reprise fork ${name} NEW --from UPDATE starts another run from one of its checkpoints`,
    );
}

/** True of a status that was written after this version of the spec. */
export const isStatusOf = ({ status }: TTSTrainingRun, { metadata }: TTSTrainingRun): boolean =>
  status !== undefined && status.observedGeneration >= metadata.generation;

/** True of a run that is Failed because its attempts took activeDeadlineSeconds: only a longer one lifts that. */
export const isOverdue = ({ status }: TTSTrainingRun): boolean =>
  status?.conditions.some(
    ({ type, status: value, reason }) =>
      type === 'Failed' && value === 'True' && reason === 'DeadlineExceeded',
  ) === true;
