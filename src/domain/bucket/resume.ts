// From what the next attempt starts. Wrong place is not empty place: a missing or foreign marker, an unreadable lineage or
// an empty lineage against what the operator last knew stops the start; only a run that never saved, or one that was rolled
// back to nothing, starts from scratch.
import type { Update } from '../units.ts';
import { type Checkpoint, type RunInventory } from './inventory.ts';
import { type AttemptOrigin, checkpointsOnLineage, traceLineage } from './lineage.ts';
import { type AttemptId, formatAttemptId } from './keys.ts';
import { describeSaved, isCarriedOut, planRollback, type Rollback } from './rollback.ts';

/** What the operator knew of the run when it made the attempt. */
export interface ResumeQuestion {
  readonly runUid: string;
  /** The UID in run.json; undefined when there is no run.json. */
  readonly markerUid: string | undefined;
  readonly inventory: RunInventory;
  readonly origins: readonly AttemptOrigin[];
  /** The newest checkpoint known before this attempt; undefined when the run had none. */
  readonly expected: { readonly attempt: AttemptId; readonly update: Update } | undefined;
  /** What a person asks for; no matter once an attempt has carried it out. */
  readonly rollback?: Rollback | undefined;
  /** True when the run names what it is to be initialised from. */
  readonly initializes?: boolean;
}

/** `rollback` is the id of the one that this start carries out. */
export type ResumePlan =
  | { readonly kind: 'Scratch'; readonly rollback?: string }
  | { readonly kind: 'From'; readonly candidates: readonly Checkpoint[]; readonly rollback?: string }
  /** From what the run names in initializeFrom: it has no checkpoint of its own. */
  | { readonly kind: 'Initialize' }
  | { readonly kind: 'Stop'; readonly reason: ResumeStop; readonly message: string };

export type ResumeStop = 'WrongPlace' | 'LineageUnreadable' | 'NoUsableCheckpoint' | 'RollbackNotFound';

/** Chooses the candidates for the next start, best first, or says why there must be no start. */
export function planResume(question: ResumeQuestion): ResumePlan {
  if (question.markerUid !== question.runUid) return wrongPlace(question);
  const { rollback, inventory, origins } = question;
  if (rollback === undefined || isCarriedOut(rollback.id, origins)) return planAlong(question);
  const plan = planRollback({ rollback, inventory, origins });
  return plan.kind === 'Stop' ? plan : { ...plan, rollback: rollback.id };
}

function planAlong(question: ResumeQuestion): ResumePlan {
  const { inventory, expected } = question;
  const lineage = traceLineage(question.origins);
  if (lineage.kind === 'Unreadable') {
    const message = `The lineage below ${inventory.prefix} cannot be read: ${lineage.why}. Put the object back, or ask for a start from scratch: spec.rollback with update 0.`;
    return { kind: 'Stop', reason: 'LineageUnreadable', message };
  }
  const candidates = checkpointsOnLineage(lineage.links, inventory);
  if (candidates.length > 0) return { kind: 'From', candidates };
  // A rollback to nothing whose attempt saved nothing is repeated.
  if (lineage.startsAfresh) return { kind: 'Scratch' };
  const seen = inventory.attempts.reduce((count, attempt) => count + attempt.checkpoints.length, 0);
  if (expected === undefined && seen === 0)
    return { kind: question.initializes === true ? 'Initialize' : 'Scratch' };
  return { kind: 'Stop', reason: 'NoUsableCheckpoint', message: nothingUsable(question, seen) };
}

function wrongPlace({ markerUid, runUid, inventory }: ResumeQuestion): ResumePlan {
  const found = markerUid === undefined ? 'has no run.json' : `has a run.json of run UID ${markerUid}`;
  const message = `${inventory.prefix} ${found}, but this run's UID is ${runUid}. Check the bucket and prefix of the CheckpointStore.`;
  return { kind: 'Stop', reason: 'WrongPlace', message };
}

function nothingUsable(question: ResumeQuestion, seen: number): string {
  const { expected, inventory } = question;
  const known =
    expected === undefined
      ? ''
      : `The newest known checkpoint was update ${expected.update} of attempt ${formatAttemptId(expected.attempt)}. `;
  const saved = seen === 0 ? '' : ` ${describeSaved(question, expected?.update ?? 0)}`;
  return `${known}${seen} checkpoints lie below ${inventory.prefix}, none on the lineage. Nothing is started from zero while saved work may exist.${saved} Put the missing ones back, or set spec.rollback: to one that is there, or to update 0 for a start from scratch.`;
}
