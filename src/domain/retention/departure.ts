// When a checkpoint was left behind: when the attempt opened whose lineage no longer held it, though the lineage of the attempt
// before still did. What no lineage ever held has no such time.
import { type AttemptId, formatAttemptId, isSameAttempt } from '../bucket/keys.ts';
import { type AttemptOrigin, newerFirst } from '../bucket/lineage.ts';
import type { Instant, Update } from '../units.ts';

interface Reach {
  /** The newest update of the attempt that this lineage holds. */
  readonly upTo: Update;
  /** When the next attempt opened. */
  readonly nextOpenedAt: Instant;
}

/**
 * Tells of checkpoints of the attempt that are off the lineage since when they are; Infinity when nothing says so. One that was
 * saved later, by a pod that nobody waited for, counts from then.
 */
export function departures(
  attempt: AttemptId,
  origins: readonly AttemptOrigin[],
): (checkpoint: { readonly update: Update; readonly savedAt: Instant }) => Instant {
  const known = new Map(origins.map((origin) => [formatAttemptId(origin.id), origin]));
  const reaches: Reach[] = [];
  let nextOpenedAt: Instant | undefined;
  for (const origin of origins.toSorted(newerFirst)) {
    const upTo = reachOf(attempt, origin, known);
    if (upTo !== undefined && nextOpenedAt !== undefined) reaches.push({ upTo, nextOpenedAt });
    nextOpenedAt = origin.openedAt;
  }
  return ({ update, savedAt }) => {
    const last = reaches.find(({ upTo }) => upTo >= update);
    return last === undefined ? Infinity : Math.max(last.nextOpenedAt, savedAt);
  };
}

/** Up to which update the lineage that ends in this origin holds the attempt; undefined when it does not. */
function reachOf(
  attempt: AttemptId,
  newest: AttemptOrigin,
  known: ReadonlyMap<string, AttemptOrigin>,
): Update | undefined {
  if (isSameAttempt(newest.id, attempt)) return Infinity;
  let from = newest.resumedFrom;
  let child = newest.id.number;
  // A parent is always older; a document that says otherwise leads nowhere.
  while (from !== undefined && from.attempt.number < child) {
    if (isSameAttempt(from.attempt, attempt)) return from.update;
    child = from.attempt.number;
    from = known.get(formatAttemptId(from.attempt))?.resumedFrom;
  }
  return undefined;
}
