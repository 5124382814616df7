// What the operator does next, in a sentence: the actions of its decision, or what it waits for, and when it looks again.
import { formatDuration } from '../domain/run/progress.ts';
import type { Action, Decision, NewAttempt, Recheck, Standing } from '../domain/run/decision.ts';
import type { AttemptView } from '../domain/run/ledger.ts';
import { formatTime } from '../domain/time.ts';

/** The sentence of a decision. */
export function nextWords(decision: Decision): string {
  const doing = decision.actions.map(actionWords);
  const what = doing.length === 0 ? waitingWords(decision) : `now: ${doing.join('; ')}`;
  return `${what}; ${recheckWords(decision.recheck)}`;
}

function actionWords(action: Action): string {
  switch (action.do) {
    case 'WriteMarker':
      return `it writes run.json (highest attempt ${action.highestAttempt}, ${action.phase})`;
    case 'CreateJob':
      return startWords(action.attempt);
    case 'DeleteJob':
      return `it ends the attempt of Job ${action.name} by deleting it`;
    case 'DeletePod':
      return `it ends pod ${action.name}, which has no Job any more`;
    case 'TellGone':
      return `it tells the next attempt to wait no longer for attempt ${action.attempt.number}: ${action.why}`;
    case 'MirrorPin':
      return action.change === 'Write'
        ? `it writes the pin of update ${action.update} of attempt ${action.attempt} into the bucket`
        : `it takes the pin of update ${action.update} of attempt ${action.attempt} out of the bucket`;
    case 'ExpireJob':
      return `it lets Kubernetes remove Job ${action.name}, which has ended`;
  }
}

function startWords({ number, from, predecessor }: NewAttempt): string {
  const wait =
    predecessor === undefined
      ? ''
      : `, once attempt ${predecessor.attempt.number} has saved what it has, at the latest at ${formatTime(predecessor.until)}`;
  return `it makes attempt ${number}, which starts ${from}${wait}`;
}

function waitingWords({ standing, attempts }: Decision): string {
  switch (standing.is) {
    case 'Live':
      return liveWords(standing, attempts[0]);
    case 'Restarting':
      return restartingWords(standing);
    case 'Stalled':
      return standing.triesIn === undefined
        ? restWords.Stalled
        : `it makes the next attempt in ${formatDuration(standing.triesIn)}, or when what stalls it has changed`;
    case 'Starting':
    case 'Suspended':
    case 'Succeeded':
    case 'Failed':
      return restWords[standing.is];
  }
}

const restWords = {
  Starting: 'nothing: what was asked for is on its way',
  Stalled: 'nothing before what stalls it has changed',
  Suspended: 'nothing while spec.suspend is true',
  Succeeded: 'nothing: a run that succeeded is final',
  Failed: 'nothing before somebody acts',
} as const;

function liveWords(
  { suspendsBy }: Extract<Standing, { is: 'Live' }>,
  newest: AttemptView | undefined,
): string {
  const attempt = `attempt ${newest?.entry.number ?? 0}`;
  if (suspendsBy !== undefined)
    return `it ends ${attempt} after its next save, at the latest at ${formatTime(suspendsBy)}`;
  switch (newest?.stage.stage) {
    case 'Training':
      return `${attempt} trains on`;
    case 'Flushing':
      return `${attempt} saves what is left`;
    default:
      return `${attempt} has not begun to train, and is let alone`;
  }
}

const restartingWords = ({ inSeconds, waitsFor }: Extract<Standing, { is: 'Restarting' }>): string =>
  waitsFor === undefined
    ? `it makes the next attempt in ${formatDuration(inSeconds)}`
    : `it waits: ${waitsFor}`;

const recheckWords = (recheck: Recheck): string =>
  recheck === undefined
    ? 'the operator looks again when something changes'
    : `the operator looks again within ${formatDuration(recheck)}, and when something changes`;
