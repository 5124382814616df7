// The one sentence of status.message: what the run does now, or why it does not and what would cure it.
import { formatTime } from '../time.ts';
import type { Seconds } from '../units.ts';
import { type Decision, fromWords, type Standing } from './decision.ts';
import { fruitlessDisruptions, repeats } from './delay.ts';
import type { Snapshot } from './facts.ts';
import type { AttemptView } from './ledger.ts';
import { isRepeatable } from './folding.ts';
import { awaitedAttempt } from './lost-predecessor.ts';
import { originClause } from './origin-words.ts';
import { pendingRollback, rollbackTrouble } from './rollback.ts';
import { isAway } from './node.ts';
import type { Progress, ResumePoint } from './status.ts';
import { standsStill } from './suspension.ts';
import { startTrouble, syncTrouble } from './trouble.ts';
import { unstartedEnd } from './unstarted-trainer.ts';

/** What a report is made of. */
export interface ReportView {
  readonly snapshot: Snapshot;
  readonly decision: Decision;
  /** What the next attempt would start from: as the bucket says or, while it cannot be read (`unread` says why), as last known. */
  readonly saved: {
    readonly point: ResumePoint | undefined;
    readonly unread: string | undefined;
    /** What was saved and is not in the bucket any more, though nobody asked for a start without it. */
    readonly lost: ResumePoint | undefined;
  };
  readonly progress: Progress | undefined;
}

/** The sentence; true at the time of the pass. */
export function messageOf(view: ReportView): string {
  const { standing } = view.decision;
  switch (standing.is) {
    case 'Live':
      return liveMessage(view);
    case 'Starting':
      return startingMessage(view);
    case 'Restarting':
      return restartingMessage(view, standing);
    case 'Stalled':
    case 'Failed':
      return standing.message;
    case 'Suspended':
      return suspendedMessage(view);
    case 'Succeeded':
      return `training is complete; ${savedClause(view)}${finalClause(view)}`;
  }
}

function finalClause({ snapshot }: ReportView): string {
  const rollback = pendingRollback(snapshot);
  if (rollback === undefined) return '';
  return `; rollback "${rollback.id}" does nothing, since a run that succeeded is final: to go on from an earlier update create another run with initializeFrom: {run: ${snapshot.run.name}, update: …}`;
}

function savedClause({ saved }: ReportView): string {
  if (saved.point !== undefined) return `update ${saved.point.update} is saved`;
  if (saved.unread !== undefined) return 'what is saved cannot be told';
  const { lost } = saved;
  return lost === undefined ? 'nothing is saved yet' : `update ${lost.update} was saved but is gone`;
}

function liveMessage(view: ReportView): string {
  const newest = view.decision.attempts[0];
  if (newest === undefined) return 'waiting';
  const problems = problemsOf(view, newest)
    .map((problem) => `; ${problem}`)
    .join('');
  const trouble = rollbackTrouble(view.snapshot);
  const undone = trouble === undefined ? '' : `; ${trouble}`;
  return `${attemptClause(newest)}${stageClause(newest, view)}${problems}${undone}`;
}

function problemsOf({ snapshot, decision }: ReportView, { pod }: AttemptView): readonly string[] {
  const { nodeLostAfterSeconds } = snapshot.run.spec;
  const silent = isAway(pod?.nodeState)
    ? `its node does not answer and is given up after ${nodeLostAfterSeconds} s`
    : undefined;
  const own = [silent, syncTrouble(pod), suspendingClause(decision.standing)];
  return [...(snapshot.sight?.problems ?? []), ...own.filter((problem) => problem !== undefined)];
}

const suspendingClause = (standing: Standing): string | undefined =>
  standing.is === 'Live' && standing.suspendsBy !== undefined
    ? `it will be suspended after its next save, at the latest at ${formatTime(standing.suspendsBy)}`
    : undefined;

function attemptClause({ entry, pod }: AttemptView): string {
  const node = pod?.node ?? entry.node;
  return `attempt ${entry.number}${node === undefined ? '' : ` on ${node}`}`;
}

function stageClause(newest: AttemptView, view: ReportView): string {
  switch (newest.stage.stage) {
    case 'Training':
      return trainingClause(newest, view);
    case 'Flushing':
      return flushingClause(newest);
    case 'Restoring':
      return restoringClause(newest, view);
    case 'Starting':
      return waitingClause(newest, 'starts its trainer');
    default:
      return waitingClause(newest, 'waits for its pod to start');
  }
}

function restoringClause({ entry: { rollback }, job }: AttemptView, { saved, snapshot }: ReportView): string {
  if (rollback !== undefined) return ` restores what rollback "${rollback}" asks for`;
  const awaited = awaitedAttempt(snapshot, job);
  if (awaited !== undefined) return ` waits until attempt ${awaited} has saved what it has`;
  if (saved.point !== undefined)
    return ` restores; the newest checkpoint is that of update ${saved.point.update}`;
  if (saved.unread !== undefined) return ' restores';
  return snapshot.run.spec.initializeFrom === undefined
    ? ' prepares a start from scratch'
    : ' restores what initializeFrom names';
}

function waitingClause({ pod }: AttemptView, otherwise: string): string {
  if (pod === undefined) return ' waits for its pod';
  const trouble = startTrouble(pod);
  return trouble === undefined ? ` ${otherwise}` : ` waits: ${trouble.message}`;
}

function trainingClause(newest: AttemptView, view: ReportView): string {
  const { entry } = newest;
  return `${originClause(entry, view)}${unsavedClause(view)}${changeClause(newest, view)}`;
}

function unsavedClause(view: ReportView): string {
  const { saved, progress } = view;
  if (saved.unread !== undefined) return `; what is saved cannot be told: ${saved.unread.replace(/\.$/, '')}`;
  if (saved.point === undefined) return `; ${savedClause(view)}`;
  const unsaved = progress?.unsavedUpdates;
  if (unsaved === undefined) return '';
  // A log that lags behind shows less than there is.
  return unsaved === 0 ? '; no unsaved update is seen' : `; at least ${unsaved} updates unsaved`;
}

// A trainer that runs is not stopped for a changed spec: hours of work may be unsaved.
function changeClause({ job }: AttemptView, { snapshot }: ReportView): string {
  const isChanged = job?.workload !== undefined && job.workload !== snapshot.run.spec.workload;
  return isChanged ? '; the changed spec counts from the next attempt on' : '';
}

function flushingClause({ pod }: AttemptView): string {
  if (pod?.trainer !== undefined && unstartedEnd(pod.trainer, false) !== undefined)
    return ': its trainer could not be started, and its pod is coming to its end';
  const { exitCode = 0, reason } = pod?.trainer ?? {};
  if (exitCode === 0) return ' has finished training and saves what is left';
  return `: its trainer ended (${reason === 'OOMKilled' ? reason : `exit code ${exitCode}`}), and what is left is being saved`;
}

function startingMessage({ decision }: ReportView): string {
  const from = decision.starts === undefined ? '' : fromWords(decision.starts);
  const ended = decision.attempts[1]?.entry;
  const why =
    ended?.cause === undefined ? '' : `; attempt ${ended.number} ended: ${ended.message ?? ended.cause}`;
  return `attempt ${decision.attempt} starts ${from}${why}`;
}

function restartingMessage(
  view: ReportView,
  { inSeconds, waitsFor }: Extract<Standing, { is: 'Restarting' }>,
): string {
  const { decision, snapshot } = view;
  const ended = decision.attempts[0]?.entry;
  const what =
    ended === undefined ? '' : `attempt ${ended.number} ended: ${ended.message ?? ended.cause ?? ''}; `;
  const budget =
    decision.failures === 0 ? '' : `; ${decision.failures} of ${snapshot.run.spec.maxFailures} failures used`;
  const next = waitsFor ?? startClause(inSeconds, snapshot);
  return `${what}${next}; ${savedClause(view)}${budget}${fruitlessClause(view)}${repeatsClause(view)}`;
}

// The sentence stands until then, so it names the moment, not the time that is left.
const startClause = (inSeconds: Seconds, { now }: Snapshot): string =>
  inSeconds === 0 ? 'the next starts at once' : `the next starts at ${formatTime(now + inSeconds * 1000)}`;

function repeatsClause({ decision, snapshot }: ReportView): string {
  const ended = decision.attempts[0]?.entry;
  if (ended === undefined || !isRepeatable(ended.cause)) return '';
  const times = repeats(decision.attempts.map(({ entry }) => entry));
  const often = times < 2 ? '' : `; ${times} attempts in a row have ended so`;
  const { run, store } = snapshot;
  // Restore says which credentials were refused, but only the operator knows where they come from.
  const isRefused = store.kind === 'Ready' && ended.message?.startsWith('StoreAccessDenied') === true;
  return isRefused
    ? `; its credentials are those of Secret ${run.namespace}/${store.agentSecret}${often}`
    : often;
}

function fruitlessClause({ decision }: ReportView): string {
  const times = fruitlessDisruptions(decision.attempts.map(({ entry }) => entry));
  return times < 2
    ? ''
    : `; NoProgress: the last ${times} attempts were disrupted before they saved anything`;
}

function suspendedMessage(view: ReportView): string {
  return `the run ${standsStill(view.decision.attempts) ? 'is suspended' : 'is being suspended'}; ${savedClause(view)}; set spec.suspend to false to go on`;
}
