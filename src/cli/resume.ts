// kubectl reprise resume: lets a suspended run go on. Sets spec.suspend to false and nothing else.
import type { TTSTrainingRun } from '../api/run.ts';
import { arrivalAtTraining, attemptStand } from '../domain/run/arrival.ts';
import { ledgerLimit } from '../domain/run/status.ts';
import type { Command, CommandInput, ExitCode } from './command.ts';
import { actOnRun, actOptions, isStatusOf, refuseFinal, runArgument } from './run-act.ts';
import type { ChangedRun, RunPatch } from './run-change.ts';
import type { Goal } from './waiting.ts';
import type { CliWorld } from './world.ts';

export const resume: Command = {
  name: 'resume',
  summary: 'let a suspended run go on',
  about: `Sets spec.suspend to false: the next attempt starts from the newest checkpoint. An attempt that has not been ended yet
trains on.`,
  arguments: [runArgument],
  options: actOptions,
  examples: ['resume -n voice xiaoyi-zh', 'resume -n voice xiaoyi-zh --wait --timeout 30m'],
  run,
};

const goal: Goal = {
  where: 'training',
  arrivalOf: (run, sent) => arrivalAtTraining({ status: run.status, isNews: isStatusOf(run, sent) }),
};

async function run(world: CliWorld, input: CommandInput, signal: AbortSignal): Promise<ExitCode> {
  return await actOnRun({ world, input }, { patchFor, describe, goal }, signal);
}

function patchFor(found: TTSTrainingRun): RunPatch | undefined {
  refuseFinal(found, 'resume');
  return found.spec.suspend ? { spec: { suspend: false } } : undefined;
}

function describe({ after, changed }: ChangedRun): string {
  if (!changed)
    return `is not suspended: there is nothing to resume. ${after.status?.message ?? ''}`.trimEnd();
  const stand = attemptStand(after.status);
  switch (stand.is) {
    case 'Lives':
      return `is to go on: attempt ${stand.entry.number} was not ended yet.`;
    case 'Ends':
      return `is to go on: the next attempt starts ${originOf(after)} once attempt ${stand.entry.number} has saved what it has.`;
    case 'None':
    case 'Ended':
      return `is to go on: the next attempt starts ${originOf(after)}.`;
  }
}

/** From what, as far as status can tell. */
function originOf({ spec, status }: TTSTrainingRun): string {
  const { rollback, initializeFrom } = spec;
  const attempts = status?.attempts ?? [];
  if (rollback !== undefined && attempts.every((entry) => entry.rollback !== rollback.id)) {
    // the ledger forgets; the bucket does not, and the operator asks it
    if (attempts.length >= ledgerLimit) return 'from where the bucket says';
    return rollback.update === 0
      ? `from scratch, as rollback "${rollback.id}" asks`
      : `from update ${rollback.update}, as rollback "${rollback.id}" asks`;
  }
  const point = status?.resumePoint;
  if (point !== undefined) return `from update ${point.update}, or a newer one that is saved by then`;
  return initializeFrom === undefined ? 'from scratch' : 'from what initializeFrom names';
}
