// Since when a checkpoint has been left behind: since the attempt opened whose lineage no longer held it, though the lineage of the
// attempt before still did. What no lineage ever held has no such time.
import { type AttemptId, formatAttemptId } from '../bucket/keys.ts';
import { type AttemptOrigin, newerFirst, traceFrom } from '../bucket/lineage.ts';
import type { Instant, Update } from '../units.ts';

/** What was the lineage until another attempt opened: of each attempt the newest update it holds. */
interface FormerLineage {
  readonly upTo: ReadonlyMap<string, Update>;
  readonly endedAt: Instant;
}

/** Tells of a checkpoint off the lineage since when it is; Infinity when nothing says so. */
export type LeftBehindAt = (checkpoint: {
  readonly attempt: AttemptId;
  readonly update: Update;
  readonly savedAt: Instant;
}) => Instant;

/** What these origins say. One that was saved later, by a pod that nobody waited for, counts from then. */
export function leftBehindBy(origins: readonly AttemptOrigin[]): LeftBehindAt {
  const former = formerLineages(origins);
  return ({ attempt, update, savedAt }) => {
    const name = formatAttemptId(attempt);
    const last = former.find(({ upTo }) => (upTo.get(name) ?? -1) >= update);
    return last === undefined ? Infinity : Math.max(last.endedAt, savedAt);
  };
}

/** Newest first. One that cannot be read says nothing. */
function formerLineages(origins: readonly AttemptOrigin[]): readonly FormerLineage[] {
  const [newest, ...older] = origins.toSorted(newerFirst);
  let endedAt = newest?.openedAt ?? 0;
  return older.flatMap(({ id, openedAt }) => {
    const lineage = traceFrom({ attempt: id, upTo: undefined }, origins);
    const until = endedAt;
    endedAt = openedAt;
    if (lineage.kind === 'Unreadable') return [];
    const upTo = lineage.links.map((link) => [formatAttemptId(link.attempt), link.upTo ?? Infinity] as const);
    return [{ upTo: new Map(upTo), endedAt: until }];
  });
}
