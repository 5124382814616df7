// The one sentence of status.message: what the run does now, or why it does not and what would cure it.
import type { Decision } from './decision.ts';
import type { Snapshot } from './facts.ts';
import type { AttemptView } from './ledger.ts';
import type { LedgerEntry, Progress, ResumePoint } from './status.ts';
import { startTrouble } from './trouble.ts';

/** What a report is made of. */
export interface ReportView {
  readonly snapshot: Snapshot;
  readonly decision: Decision;
  readonly resumePoint: ResumePoint | undefined;
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
      return restartingMessage(view, standing.inSeconds);
    case 'Stalled':
    case 'Failed':
      return standing.message;
    case 'Suspended':
      return suspendedMessage(view);
    case 'Succeeded':
      return `training is complete; ${saved(view.resumePoint)}`;
  }
}

const saved = (point: ResumePoint | undefined): string =>
  point === undefined ? 'nothing is saved yet' : `update ${point.update} is saved`;

function liveMessage(view: ReportView): string {
  const newest = view.decision.attempts[0];
  if (newest === undefined) return 'waiting';
  const problems = (view.snapshot.sight?.problems ?? []).map((problem) => `; ${problem}`).join('');
  return `${attemptClause(newest)}${stageClause(newest, view)}${problems}`;
}

function attemptClause({ entry, pod }: AttemptView): string {
  const node = pod?.node ?? entry.node;
  return `attempt ${entry.number}${node === undefined ? '' : ` on ${node}`}`;
}

function stageClause(newest: AttemptView, view: ReportView): string {
  switch (newest.stage.stage) {
    case 'Training':
      return trainingClause(newest.entry, view);
    case 'Flushing':
      return ' has finished training and saves what is left';
    case 'Restoring':
      return ` restores ${view.resumePoint === undefined ? 'nothing: it starts from scratch' : `update ${view.resumePoint.update}`}`;
    default:
      return waitingClause(newest);
  }
}

function waitingClause({ pod }: AttemptView): string {
  if (pod === undefined) return ' waits for its pod';
  const trouble = startTrouble(pod);
  return trouble === undefined ? ' waits for its pod to start' : ` waits: ${trouble.message}`;
}

function trainingClause(entry: LedgerEntry, { decision, progress, resumePoint }: ReportView): string {
  const before = decision.attempts.find(({ entry: { number } }) => number < entry.number)?.entry;
  const why = before?.cause === undefined ? '' : ` after ${before.cause}`;
  const from =
    entry.resumedFrom === undefined
      ? ', from scratch'
      : `, resumed from update ${entry.resumedFrom.update}${why}`;
  const unsaved =
    progress?.unsavedUpdates === undefined ? '' : `; ${progress.unsavedUpdates} updates unsaved`;
  return `${from}${resumePoint === undefined ? '; nothing is saved yet' : unsaved}`;
}

function startingMessage({ decision, resumePoint }: ReportView): string {
  const from = resumePoint === undefined ? 'from scratch' : `from update ${resumePoint.update}`;
  const ended = decision.attempts[1]?.entry;
  const why =
    ended?.cause === undefined ? '' : `; attempt ${ended.number} ended: ${ended.message ?? ended.cause}`;
  return `attempt ${decision.attempt} starts ${from}${why}`;
}

function restartingMessage({ decision, resumePoint, snapshot }: ReportView, inSeconds: number): string {
  const ended = decision.attempts[0]?.entry;
  const what =
    ended === undefined ? '' : `attempt ${ended.number} ended: ${ended.message ?? ended.cause ?? ''}; `;
  const budget =
    decision.failures === 0 ? '' : `; ${decision.failures} of ${snapshot.run.spec.maxFailures} failures used`;
  return `${what}the next starts in ${inSeconds} s; ${saved(resumePoint)}${budget}`;
}

function suspendedMessage({ decision, resumePoint }: ReportView): string {
  const isStopping =
    decision.attempts[0]?.stage.stage === 'Ending' || decision.attempts[0]?.entry.endedAt === undefined;
  const stopping = decision.attempts[0] !== undefined && isStopping ? 'is being suspended' : 'is suspended';
  return `the run ${stopping}; ${saved(resumePoint)}; set spec.suspend to false to go on`;
}
