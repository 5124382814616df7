// What no rule may take: what training would go on from, what somebody is about to start from, and what a person pinned.
import type { Dependent } from '../run/facts.ts';
import type { Instant, Update } from '../units.ts';
import { type Marks, marksOf } from './reasons.ts';
import { isInForce, type Pin } from './rules.ts';
import type { CheckpointName, SavedCheckpoint, Standing } from './standing.ts';

export interface LockQuestion {
  readonly succeeded: boolean;
  /** True while an attempt may still be choosing what to start from. */
  readonly isStarting: boolean;
  /** The checkpoints that a pending rollback goes back to. */
  readonly rollbackTargets: readonly CheckpointName[];
  /** Runs that wait to be initialised from this one. */
  readonly dependents: readonly Dependent[];
  readonly pins: readonly Pin[];
  readonly storeTime: Instant;
}

const foundBad = marksOf('FoundBad');
const resumePoint = marksOf('ResumePoint');
const beforeResumePoint = marksOf('BeforeResumePoint');
const attemptStarting = marksOf('AttemptStarting');
const rollbackTarget = marksOf('RollbackTarget');
const sourceOfRun = marksOf('SourceOfRun');
const nothingOnLineage = marksOf('NothingOnLineage');
const pinned = marksOf('Pinned');
const pinExpired = marksOf('PinExpired');

/** A run's checkpoints and what speaks for and against each of them so far. */
export interface Marked<C extends SavedCheckpoint = SavedCheckpoint> {
  readonly standing: Standing<C>;
  /** By the places of `standing.order`. */
  readonly marks: Marks[];
}

/** Adds reasons to the checkpoint at this place. */
export function mark({ marks }: Marked, at: number, reasons: Marks): void {
  marks[at] = (marks[at] ?? 0) | reasons;
}

export const isMarked = ({ marks }: Marked, at: number, reasons: Marks): boolean =>
  ((marks[at] ?? 0) & reasons) !== 0;

/** Marks what must stay whatever the rules say. */
export function markLocks(marked: Marked, question: LockQuestion): void {
  const { order, onLineage } = marked.standing;
  markResumePoint(marked, question.succeeded);
  if (question.isStarting) order.forEach((_, at) => mark(marked, at, attemptStarting));
  if (onLineage === 0) order.forEach((_, at) => mark(marked, at, nothingOnLineage));
  markNamed(marked, question.rollbackTargets, rollbackTarget);
  for (const { update } of question.dependents) markSource(marked, update);
  for (const pin of question.pins) markPin(marked, pin, question.storeTime);
}

/** Adds reasons to the checkpoints of these names. */
export function markNamed(marked: Marked, names: readonly CheckpointName[], reasons: Marks): void {
  if (names.length === 0) return;
  const wanted = new Set(names.map(nameOf));
  marked.standing.order.forEach((checkpoint, at) => {
    if (wanted.has(nameOf(checkpoint))) mark(marked, at, reasons);
  });
}

const nameOf = ({ attempt, kind, update }: CheckpointName): string =>
  `${attempt.number}-${attempt.pod}/${kind}/${update}`;

// The next attempt tries the newest first, and after those that were found bad the first that was not.
function markResumePoint(marked: Marked, succeeded: boolean): void {
  const { order, onLineage } = marked.standing;
  const point = firstGood(marked, 0, Infinity);
  const last = Math.min(point, onLineage - 1);
  for (let at = 0; at <= last; at += 1) mark(marked, at, resumePoint);
  const update = order[point]?.update;
  if (succeeded || point >= onLineage || update === undefined) return;
  const before = firstGood(marked, point + 1, update);
  if (before < onLineage) mark(marked, before, beforeResumePoint);
}

/** The first place on the lineage from there on whose checkpoint is good and of an earlier update; past its end when there is none. */
function firstGood(marked: Marked, from: number, earlierThan: Update): number {
  const { order, onLineage } = marked.standing;
  let at = from;
  while (at < onLineage && (isMarked(marked, at, foundBad) || (order[at]?.update ?? 0) >= earlierThan))
    at += 1;
  return at;
}

/** What a run may be initialised from: the update it names or, of the newest, also the next in case the newest turns out bad. */
function markSource(marked: Marked, update: Update | undefined): void {
  const { order, onLineage } = marked.standing;
  for (let at = 0; at < onLineage; at += 1) {
    if (update === undefined ? at < 2 : order[at]?.update === update) mark(marked, at, sourceOfRun);
  }
}

/** The places of what a pin names. Of the lineage's update also what a rollback left behind, if nothing of it is on the lineage. */
export function pinnedPlaces({ order, onLineage }: Standing, { attempt, update }: Pin): readonly number[] {
  const places = [...order.keys()].filter((at) => order[at]?.update === update);
  if (attempt !== 0) return places.filter((at) => order[at]?.attempt.number === attempt);
  const current = places.filter((at) => at < onLineage);
  return current.length > 0 ? current : places;
}

function markPin(marked: Marked, pin: Pin, storeTime: Instant): void {
  const reason = isInForce(pin, storeTime) ? pinned : pinExpired;
  for (const at of pinnedPlaces(marked.standing, pin)) mark(marked, at, reason);
}
