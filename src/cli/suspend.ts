// kubectl reprise suspend: ends the run's attempt, now or after its next save, and lets no other start. Asks by spec.suspend alone;
// it touches no pod.
import type { TTSTrainingRun } from '../api/run.ts';
import { arrivalAtStandstill, attemptStand } from '../domain/run/arrival.ts';
import type { RunStatus } from '../domain/run/status.ts';
import { littleToLoseSeconds } from '../domain/run/suspension.ts';
import { formatTime, parseTime } from '../domain/time.ts';
import type { Instant } from '../domain/units.ts';
import type { Command, CommandInput, ExitCode } from './command.ts';
import { actOnRun, actOptions, isStatusOf, refuseFinal, runArgument } from './run-act.ts';
import type { ChangedRun, RunPatch } from './run-change.ts';
import type { Goal } from './waiting.ts';
import type { CliWorld } from './world.ts';

export const suspend: Command = {
  name: 'suspend',
  summary: 'end the attempt of a run, and start no other until it is resumed',
  about: `Sets spec.suspend. A trainer that runs is ended after the next checkpoint it saves, at the latest after
spec.suspendDeadlineSeconds; with --now at once. What it has on disk is saved in either case.`,
  arguments: [runArgument],
  options: [
    {
      name: 'now',
      help: 'do not wait for the next checkpoint: what was trained since the last is trained again',
    },
    ...actOptions,
  ],
  examples: ['suspend -n voice xiaoyi-zh', 'suspend -n voice xiaoyi-zh --now --wait --timeout 10m'],
  run,
};

const goal: Goal = {
  where: 'suspended',
  arrivalOf: (run, sent) => arrivalAtStandstill({ status: run.status, isNews: isStatusOf(run, sent) }),
};

async function run(world: CliWorld, input: CommandInput, signal: AbortSignal): Promise<ExitCode> {
  const patchFor = (found: TTSTrainingRun): RunPatch | undefined => patchOf(found, input.isSet('now'));
  return await actOnRun({ world, input }, { patchFor, describe, goal }, signal);
}

// A suspension that was asked for is never made later than it was: --now can hasten it, its absence does not slow it.
function patchOf(found: TTSTrainingRun, isNow: boolean): RunPatch | undefined {
  refuseFinal(found, 'suspend');
  const { suspend: isAsked, suspendMode } = found.spec;
  if (isAsked && (!isNow || suspendMode === 'Now')) return undefined;
  return { spec: { suspend: true, suspendMode: isNow ? 'Now' : 'AfterNextSave' } };
}

function describe({ after, changed }: ChangedRun, now: Instant): string {
  const prospect = prospectOf(after, now);
  if (prospect === undefined) return 'is suspended already.';
  return changed ? `is to be suspended: ${prospect}.` : `is being suspended already: ${prospect}.`;
}

/** What happens next; undefined when it stands still as asked. */
function prospectOf(run: TTSTrainingRun, now: Instant): string | undefined {
  const { status } = run;
  const stand = attemptStand(status);
  switch (stand.is) {
    case 'None':
    case 'Ended':
      if (status?.phase === 'Suspended') return undefined;
      return 'no attempt runs, and none is made until it is resumed';
    case 'Ends':
      return `attempt ${stand.entry.number} ends already, and no other is made until it is resumed`;
    case 'Lives':
      return `attempt ${stand.entry.number} ${endOf(run, status, now)}`;
  }
}

function endOf({ spec }: TTSTrainingRun, status: RunStatus | undefined, now: Instant): string {
  if (isSuspending(status)) return 'saves what is left, and no other is made until it is resumed';
  if (status?.phase !== 'Running') return 'does not train, and is ended at once';
  if (spec.suspendMode === 'Now')
    return `is ended at once, and what it has on disk is saved${unsavedClause(status)}`;
  const asked = status.suspendRequestedAt === undefined ? undefined : parseTime(status.suspendRequestedAt);
  const latest = (asked ?? now) + spec.suspendDeadlineSeconds * 1000;
  return `is ended after its next save, at the latest at ${formatTime(latest)} (spec.suspendDeadlineSeconds: ${spec.suspendDeadlineSeconds}); at once if it has trained for less than ${littleToLoseSeconds} s`;
}

const isSuspending = (status: RunStatus | undefined): boolean =>
  status?.conditions.some(({ type, reason }) => type === 'Suspended' && reason === 'Suspending') === true;

function unsavedClause({ progress }: RunStatus): string {
  const unsaved = progress?.unsavedUpdates;
  return unsaved === undefined
    ? ''
    : `; of the ${unsaved} updates that were not saved when last seen, those after its newest file are trained again`;
}
