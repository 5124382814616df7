// kubectl reprise retry: has a Failed or Stalled run tried again, by a new value of the annotation reprise.dev/retry. Says so where
// that would change nothing, and then changes nothing.
import { annotations } from '../api/names.ts';
import type { TTSTrainingRun } from '../api/run.ts';
import { arrivalAtTraining, attemptStand } from '../domain/run/arrival.ts';
import type { Command, CommandInput, ExitCode } from './command.ts';
import { CommandError } from './errors.ts';
import { newRequestId } from './request-id.ts';
import { actOnRun, actOptions, isOverdue, refuseFinal, runArgument } from './run-act.ts';
import type { ChangedRun } from './run-change.ts';
import type { Goal } from './waiting.ts';
import type { CliWorld } from './world.ts';

export const retry: Command = {
  name: 'retry',
  summary: 'try a Failed or Stalled run again',
  about: `Sets the annotation reprise.dev/retry to a new value: a Failed run gets a new failure budget and another attempt, and what
a Stalled one waits for is looked at again. A changed trainer does the same by itself.`,
  arguments: [runArgument],
  options: actOptions,
  examples: ['retry -n voice xiaoyi-zh', 'retry -n voice xiaoyi-zh --wait --timeout 30m'],
  run,
};

const goal: Goal = {
  where: 'training',
  arrivalOf: ({ status }, { metadata }) => {
    const isNews = status?.observedRetry === metadata.annotations?.[annotations.retry];
    return arrivalAtTraining({ status, isNews });
  },
};

async function run(world: CliWorld, input: CommandInput, signal: AbortSignal): Promise<ExitCode> {
  const value = newRequestId(world);
  const patchFor = (found: TTSTrainingRun) =>
    isRetriable(found) ? { metadata: { annotations: { [annotations.retry]: value } } } : undefined;
  return await actOnRun({ world, input }, { patchFor, describe, goal }, signal);
}

const isStuck = ({ status }: TTSTrainingRun): boolean =>
  status?.phase === 'Failed' || status?.phase === 'Stalled';

const isAsked = ({ metadata, status }: TTSTrainingRun): boolean => {
  const asked = metadata.annotations?.[annotations.retry];
  return asked !== undefined && asked !== status?.handledRetry;
};

/** False when there is nothing to retry, or it was asked for already. @throws CommandError when a retry would do nothing */
function isRetriable(found: TTSTrainingRun): boolean {
  refuseFinal(found, 'retry');
  if (!isStuck(found)) return false;
  const { metadata, status } = found;
  if (isOverdue(found))
    throw new CommandError(
      `the run ${metadata.name} is Failed for its deadline, which a retry does not lift: raise or remove spec.activeDeadlineSeconds, and it goes on from what is saved`,
    );
  const stand = attemptStand(status);
  // a number that is only reserved stands for an attempt the API server has refused so far
  const isAlive = stand.is === 'Lives' && stand.entry.startedAt !== undefined;
  if (isAlive && status?.phase === 'Stalled')
    throw new CommandError(
      `attempt ${stand.entry.number} of the run ${metadata.name} lives, so that a retry would start no other: ${status.message}`,
    );
  return !isAsked(found);
}

function describe({ before, after, changed }: ChangedRun): string {
  const { phase, message = 'The operator has not looked at it yet.' } = after.status ?? {};
  if (!isStuck(before)) return `has nothing to retry: it is ${phase ?? 'new'}. ${message}`;
  if (!changed) return `was told to be tried again already, and is still ${phase}: ${message}`;
  return before.status?.phase === 'Failed'
    ? 'is to be tried again, with a new failure budget.'
    : `is to be looked at again; while this is so it stays Stalled: ${message}`;
}
