// The rules that keep: those of the run, or of a policy's defaults, and a policy's floor. They rank along the lineage; what was
// left behind or found bad fills no place.
import type { Instant, Seconds } from '../units.ts';
import { isMarked, mark, type Marked } from './locks.ts';
import { type Marks, marksOf, type Reason } from './reasons.ts';
import type { RulesInForce } from './rules.ts';

/** A policy's floor: nobody keeps less. */
export interface Floor {
  readonly keepNewest?: number | undefined;
  readonly minAgeSeconds?: Seconds | undefined;
}

const foundBad = marksOf('FoundBad');
const keepAbandoned = marksOf('KeepAbandoned');
const abandoned = marksOf('Abandoned');
const noStepRules = marksOf('NoStepRules');

/** Marks what these rules keep. */
export function markKeeps(marked: Marked, rules: RulesInForce, storeTime: Instant): void {
  markNewest(marked, { kind: 'Last', count: rules.keepModelLast, reason: 'KeepModelLast' });
  markNewest(marked, { kind: 'Step', count: rules.keepNewest ?? 0, reason: 'KeepNewest' });
  if (rules.keepEvery !== undefined) markEvery(marked, rules.keepEvery);
  if (rules.keepWithinSeconds !== undefined) markWithin(marked, rules.keepWithinSeconds);
  markYounger(marked, { than: storeTime - rules.minAgeSeconds * 1000, reason: 'MinAge' });
  markEverything(marked, rules);
  markAbandoned(marked, storeTime - rules.keepAbandonedSeconds * 1000);
}

/** Marks what the floor keeps. */
export function markFloor(marked: Marked, floor: Floor, storeTime: Instant): void {
  markNewest(marked, { kind: 'Step', count: floor.keepNewest ?? 0, reason: 'FloorNewest' });
  markYounger(marked, { than: storeTime - (floor.minAgeSeconds ?? 0) * 1000, reason: 'FloorMinAge' });
}

interface Newest {
  readonly kind: 'Last' | 'Step';
  readonly count: number;
  readonly reason: Reason;
}

function markNewest(marked: Marked, { kind, count, reason }: Newest): void {
  const { order, onLineage } = marked.standing;
  const marks = marksOf(reason);
  let left = count;
  for (let at = 0; at < onLineage && left > 0; at += 1) {
    if (order[at]?.kind !== kind || isMarked(marked, at, foundBad)) continue;
    mark(marked, at, marks);
    left -= 1;
  }
}

/** The first Step at or after each multiple k·every, k ≥ 1. */
function markEvery(marked: Marked, every: number): void {
  const { order, onLineage } = marked.standing;
  const marks = marksOf('KeepEvery');
  let reached = 0;
  for (let at = onLineage - 1; at >= 0; at -= 1) {
    const step = order[at];
    if (step?.kind !== 'Step' || isMarked(marked, at, foundBad)) continue;
    const multiple = Math.floor(step.update / every);
    if (multiple > reached) mark(marked, at, marks);
    reached = Math.max(reached, multiple);
  }
}

// The run's newest checkpoint, not the present, is what the time counts back from: a run that stands still loses nothing by it.
function markWithin(marked: Marked, seconds: Seconds): void {
  const { order, onLineage } = marked.standing;
  const marks = marksOf('KeepWithin');
  let since: Instant | undefined;
  for (let at = 0; at < onLineage; at += 1) {
    const checkpoint = order[at];
    if (checkpoint === undefined || isMarked(marked, at, foundBad)) continue;
    since ??= checkpoint.savedAt - seconds * 1000;
    if (checkpoint.kind === 'Step' && checkpoint.savedAt >= since) mark(marked, at, marks);
  }
}

function markYounger(
  marked: Marked,
  { than, reason }: { readonly than: Instant; readonly reason: Reason },
): void {
  const { order } = marked.standing;
  const marks = marksOf(reason);
  for (let at = 0; at < order.length; at += 1) {
    const checkpoint = order[at];
    if (checkpoint?.kind === 'Step' && checkpoint.savedAt > than) mark(marked, at, marks);
  }
}

function markEverything(marked: Marked, { keepsEveryStep, keepsAbandonedSteps }: RulesInForce): void {
  const { order, onLineage } = marked.standing;
  const from = keepsEveryStep ? 0 : onLineage;
  const to = keepsAbandonedSteps ? order.length : onLineage;
  for (let at = from; at < to; at += 1) if (order[at]?.kind === 'Step') mark(marked, at, noStepRules);
}

// Of what no attempt.json left behind nobody knows how long it has been lying there.
function markAbandoned(marked: Marked, before: Instant): void {
  const { leftBehindAt, onLineage } = marked.standing;
  leftBehindAt.forEach((since, nth) => {
    const marks: Marks = since > before ? abandoned | keepAbandoned : abandoned;
    mark(marked, onLineage + nth, marks);
  });
}
