// When time alone changes what retention says of a run: something comes of age, its time off the lineage is over, a pin ends.
import type { Instant, Seconds } from '../units.ts';
import { type Draft, pinsOf } from './draft.ts';
import { floorMarks, keepMarks, lockMarks, marksOf } from './reasons.ts';

const minAge = marksOf('MinAge');
const floorMinAge = marksOf('FloorMinAge');
const keepAbandoned = marksOf('KeepAbandoned');
const timed = minAge | floorMinAge | keepAbandoned;

/** Seconds until the first ruling may change though nothing else does; undefined = never. */
export function secondsToChange(draft: Draft): Seconds | undefined {
  const { storeTime, standing, ceiling } = draft;
  const isLimited = [ceiling.maxAgeSeconds, ceiling.maxBytes, ceiling.maxCheckpoints].some(
    (limit) => limit !== undefined,
  );
  let next = Infinity;
  for (let at = 0; at < standing.order.length; at += 1) {
    next = Math.min(next, endOfPassing(draft, at));
    if (isLimited) next = Math.min(next, endUnderCeiling(draft, at));
  }
  for (const { until = Infinity } of pinsOf(draft.question))
    if (until > storeTime) next = Math.min(next, until);
  return next === Infinity ? undefined : Math.max(0, next - storeTime) / 1000;
}

/** When what only passing reasons keep is kept no more. */
function endOfPassing(draft: Draft, at: number): Instant {
  const supports = (draft.marks[at] ?? 0) & (lockMarks | floorMarks | keepMarks);
  return supports !== 0 && (supports & ~timed) === 0 ? endOf(draft, at, supports) : Infinity;
}

/** When the last of these passing reasons ends. */
function endOf({ standing, rules, question }: Draft, at: number, marks: number): Instant {
  const { savedAt = 0 } = standing.order[at] ?? {};
  const ofFloor = question.floor?.minAgeSeconds ?? 0;
  const leftBehindAt = standing.leftBehindAt[at - standing.onLineage] ?? Infinity;
  return Math.max(
    (marks & minAge) === 0 ? 0 : savedAt + rules.minAgeSeconds * 1000,
    (marks & floorMinAge) === 0 ? 0 : savedAt + ofFloor * 1000,
    (marks & keepAbandoned) === 0 ? 0 : leftBehindAt + rules.keepAbandonedSeconds * 1000,
  );
}

/** When a ceiling may take it: once it is too old, and no floor of age protects it any more. */
function endUnderCeiling(draft: Draft, at: number): Instant {
  const { ceiling, standing, storeTime } = draft;
  const marks = draft.marks[at] ?? 0;
  if ((marks & (lockMarks | (floorMarks & ~floorMinAge))) !== 0) return Infinity;
  const floorEnd = (marks & floorMinAge) === 0 ? Infinity : endOf(draft, at, floorMinAge);
  const hasLimit = ceiling.maxBytes !== undefined || ceiling.maxCheckpoints !== undefined;
  const tooOld = (standing.order[at]?.savedAt ?? 0) + (ceiling.maxAgeSeconds ?? Infinity) * 1000 + 1;
  const ends = [tooOld, hasLimit || tooOld <= storeTime ? floorEnd : Infinity];
  return Math.min(...ends.filter((end) => end > storeTime));
}
