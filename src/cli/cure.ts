// What would change how a run stands: the cure of the reason it has, with the commands for it.
import { runReasons } from '../api/conditions.ts';
import { effectOf } from '../domain/run/causes.ts';
import type { Decision, Standing } from '../domain/run/decision.ts';
import type { Snapshot } from '../domain/run/facts.ts';
import type { RunCondition } from '../domain/run/status.ts';
import { startTrouble } from '../domain/run/trouble.ts';

/** What would change how the run stands; undefined when nothing needs to. */
export function cureOf({ standing, attempts }: Decision, { run }: Snapshot): string | undefined {
  switch (standing.is) {
    case 'Stalled':
      return reasonCure(standing.is, standing.reason);
    case 'Failed':
      return failedCure(standing.reason, run);
    case 'Suspended':
      return `Set spec.suspend to false: ${commandOn(run, 'resume')}.`;
    case 'Restarting':
      return restartingCure(standing, { run, attempts });
    case 'Live':
      return liveCure(attempts);
    case 'Starting':
    case 'Succeeded':
      return undefined;
  }
}

const liveCure = ([newest]: Decision['attempts']): string | undefined => startTrouble(newest?.pod)?.cure;

/** What a reason of a condition says should be done. */
export const reasonCure = (type: RunCondition['type'], reason: string): string | undefined =>
  runReasons[type][reason]?.cure;

const commandOn = ({ namespace, name }: Snapshot['run'], command: string): string =>
  `kubectl reprise ${command} -n ${namespace} ${name}`;

function failedCure(reason: string, run: Snapshot['run']): string | undefined {
  const cure = reasonCure('Failed', reason);
  if (reason === 'DeadlineExceeded' || cure === undefined) return cure;
  return `${cure} See ${commandOn(run, 'logs')}, then ${commandOn(run, 'retry')}.`;
}

interface Made {
  readonly run: Snapshot['run'];
  readonly attempts: Decision['attempts'];
}

function restartingCure(
  { inSeconds, waitsFor }: Extract<Standing, { is: 'Restarting' }>,
  { run, attempts: [newest] }: Made,
): string | undefined {
  if (waitsFor !== undefined || inSeconds <= 1) return undefined;
  const cure =
    'Nobody needs to do anything; a corrected spec.trainer, or a rollback, starts the next attempt at once.';
  const cause = newest?.entry.cause;
  const hasFailed = cause !== undefined && effectOf(cause) === 'Failure';
  return hasFailed ? `${cure} What the attempt said last: ${commandOn(run, 'logs')}.` : cure;
}
