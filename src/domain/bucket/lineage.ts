// Which checkpoints the newest attempt descends from, newest first. The order is the lineage's (attempt, then update),
// never a clock's or a bare number's; a lineage that cannot be read is said so and never means a start from scratch.
import type { Instant, Update } from '../units.ts';
import { type Checkpoint, type RunInventory } from './inventory.ts';
import { type AttemptId, formatAttemptId, isSameAttempt } from './keys.ts';

/** What attempt.json says of an attempt's beginning, with the store's time of that object. */
export interface AttemptOrigin {
  readonly id: AttemptId;
  readonly openedAt: Instant;
  /** The checkpoint it was started from; undefined for a start from scratch, which ends the lineage. */
  readonly resumedFrom: { readonly attempt: AttemptId; readonly update: Update } | undefined;
  /** The id of the rollback it carried out. */
  readonly rollback?: string | undefined;
  /** How many GPUs it trained on, where that is asked for. */
  readonly gpus?: number;
}

/** One attempt of the chain and the newest update that still counts in it (undefined = all it has). */
export interface LineageLink {
  readonly attempt: AttemptId;
  readonly upTo: Update | undefined;
}

export type Lineage =
  | {
      readonly kind: 'Readable';
      readonly links: readonly LineageLink[];
      /** True when a rollback to update 0 began it: whatever lies off it was abandoned on purpose. */
      readonly startsAfresh: boolean;
    }
  | { readonly kind: 'Unreadable'; readonly why: string };

/**
 * The chain from the newest attempt with an attempt.json back to a start from scratch. Among attempts of one number
 * the one opened later by the store's clock counts.
 */
export function traceLineage(origins: readonly AttemptOrigin[]): Lineage {
  const newest = origins.toSorted(newerFirst)[0];
  if (newest === undefined) return { kind: 'Readable', links: [], startsAfresh: false };
  return traceFrom({ attempt: newest.id, upTo: undefined }, origins);
}

/** The chain from this link back to a start from scratch. */
export function traceFrom(newest: LineageLink, origins: readonly AttemptOrigin[]): Lineage {
  const links: LineageLink[] = [];
  for (let link = newest; ;) {
    const { attempt } = link;
    const origin = origins.find((known) => isSameAttempt(known.id, attempt));
    if (origin === undefined) return unreadable(attempt, links);
    links.push(link);
    const from = origin.resumedFrom;
    if (from === undefined) return { kind: 'Readable', links, startsAfresh: origin.rollback !== undefined };
    if (from.attempt.number >= attempt.number) return misordered(attempt, from.attempt);
    link = { attempt: from.attempt, upTo: from.update };
  }
}

/** Newest first: by number, and within one number by the store's clock. */
export const newerFirst = (a: AttemptOrigin, b: AttemptOrigin): number =>
  b.id.number - a.id.number || b.openedAt - a.openedAt || (a.id.pod < b.id.pod ? 1 : -1);

function unreadable(attempt: AttemptId, links: readonly LineageLink[]): Lineage {
  const child = links.at(-1);
  const from =
    child === undefined ? '' : `attempt ${formatAttemptId(child.attempt)} says it resumed from it, but `;
  return { kind: 'Unreadable', why: `${from}attempts/${formatAttemptId(attempt)}/attempt.json is missing` };
}

function misordered(attempt: AttemptId, from: AttemptId): Lineage {
  const why = `attempt ${formatAttemptId(attempt)} claims to have resumed from ${formatAttemptId(from)}, which is not older`;
  return { kind: 'Unreadable', why };
}

/** The checkpoints of one attempt, newest first: by update, and at an equal update the Last before the Step. */
export const newestFirst = <C extends Pick<Checkpoint, 'update' | 'kind'>>(
  checkpoints: readonly C[],
): readonly C[] =>
  checkpoints.toSorted((a, b) => b.update - a.update || (a.kind === b.kind ? 0 : a.kind === 'Last' ? -1 : 1));

/** The checkpoints on the lineage, newest first: by link, then {@link newestFirst}. */
export function checkpointsOnLineage(
  links: readonly LineageLink[],
  inventory: RunInventory,
): readonly Checkpoint[] {
  return links.flatMap(({ attempt, upTo }) => {
    const listed = inventory.attempts.find((known) => isSameAttempt(known.id, attempt));
    const counting = (listed?.checkpoints ?? []).filter(({ update }) => upTo === undefined || update <= upTo);
    return newestFirst(counting);
  });
}
