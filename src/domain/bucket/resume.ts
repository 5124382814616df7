// From what the next attempt starts. Wrong place is not empty place: a missing or foreign marker, an unreadable lineage or
// an empty lineage against what the operator last knew stops the start; only a run that never saved starts from scratch.
import type { Update } from '../units.ts';
import { type Checkpoint, type RunInventory } from './inventory.ts';
import { type AttemptOrigin, checkpointsOnLineage, traceLineage } from './lineage.ts';
import { type AttemptId, formatAttemptId } from './keys.ts';

/** What the operator knew of the run when it made the attempt. */
export interface ResumeQuestion {
  readonly runUid: string;
  /** The UID in run.json; undefined when there is no run.json. */
  readonly markerUid: string | undefined;
  readonly inventory: RunInventory;
  readonly origins: readonly AttemptOrigin[];
  /** The newest checkpoint known before this attempt; undefined when the run had none. */
  readonly expected: { readonly attempt: AttemptId; readonly update: Update } | undefined;
}

export type ResumePlan =
  | { readonly kind: 'Scratch' }
  | { readonly kind: 'From'; readonly candidates: readonly Checkpoint[] }
  | { readonly kind: 'Stop'; readonly reason: ResumeStop; readonly message: string };

export type ResumeStop = 'WrongPlace' | 'LineageUnreadable' | 'NoUsableCheckpoint';

/** Chooses the candidates for the next start, best first, or says why there must be no start. */
export function planResume(question: ResumeQuestion): ResumePlan {
  const { inventory, expected } = question;
  if (question.markerUid !== question.runUid) return wrongPlace(question);
  const lineage = traceLineage(question.origins);
  if (lineage.kind === 'Unreadable') {
    const message = `The lineage below ${inventory.prefix} cannot be read: ${lineage.why}. Put the object back, or ask for a start from scratch.`;
    return { kind: 'Stop', reason: 'LineageUnreadable', message };
  }
  const candidates = checkpointsOnLineage(lineage.links, inventory);
  if (candidates.length > 0) return { kind: 'From', candidates };
  const seen = inventory.attempts.reduce((count, attempt) => count + attempt.checkpoints.length, 0);
  if (expected === undefined && seen === 0) return { kind: 'Scratch' };
  return { kind: 'Stop', reason: 'NoUsableCheckpoint', message: nothingUsable(question, seen) };
}

function wrongPlace({ markerUid, runUid, inventory }: ResumeQuestion): ResumePlan {
  const found = markerUid === undefined ? 'has no run.json' : `has a run.json of run UID ${markerUid}`;
  const message = `${inventory.prefix} ${found}, but this run's UID is ${runUid}. Check the bucket and prefix of the CheckpointStore.`;
  return { kind: 'Stop', reason: 'WrongPlace', message };
}

function nothingUsable({ expected, inventory }: ResumeQuestion, seen: number): string {
  const known =
    expected === undefined
      ? ''
      : `The newest known checkpoint was update ${expected.update} of attempt ${formatAttemptId(expected.attempt)}. `;
  return `${known}${seen} checkpoints lie below ${inventory.prefix}, none on the lineage. Nothing is started from zero while saved work may exist.`;
}
