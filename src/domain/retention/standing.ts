// How the checkpoints of a run stand to each other: those on the lineage, newest first, then those that were left behind. The
// order comes from the lineage alone, never from the order of a listing, a clock or a bare number.
import type { Checkpoint } from '../bucket/inventory.ts';
import { type AttemptId, isSameAttempt } from '../bucket/keys.ts';
import { type AttemptOrigin, type LineageLink, newestFirst, traceLineage } from '../bucket/lineage.ts';
import type { Instant } from '../units.ts';
import { type LeftBehindAt, leftBehindBy } from './left-behind.ts';

/** What retention needs to know of a checkpoint. */
export type SavedCheckpoint = Pick<Checkpoint, 'attempt' | 'kind' | 'update' | 'sizeBytes' | 'savedAt'>;

/** Names one checkpoint of a run. */
export type CheckpointName = Pick<Checkpoint, 'attempt' | 'kind' | 'update'>;

/** An attempt's checkpoints, from a complete listing. */
export interface SavedAttempt<C extends SavedCheckpoint = SavedCheckpoint> {
  readonly id: AttemptId;
  readonly checkpoints: readonly C[];
}

export interface Standing<C extends SavedCheckpoint = SavedCheckpoint> {
  /** Each checkpoint once: those on the lineage, newest first, then the abandoned ones, newest first. */
  readonly order: readonly C[];
  /** How many of them are on the lineage. */
  readonly onLineage: number;
  /** Since when each abandoned one is, in their order; Infinity when nothing says so. */
  readonly leftBehindAt: readonly Instant[];
}

export type StandingReading<C extends SavedCheckpoint> =
  | { readonly kind: 'Read'; readonly standing: Standing<C> }
  | { readonly kind: 'Unreadable'; readonly why: string };

/** The standing of these checkpoints, or why the lineage does not tell it. */
export function readStanding<C extends SavedCheckpoint>(
  attempts: readonly SavedAttempt<C>[],
  origins: readonly AttemptOrigin[],
): StandingReading<C> {
  const lineage = traceLineage(origins);
  if (lineage.kind === 'Unreadable') return lineage;
  const { links } = lineage;
  const order = links.flatMap((link) => countingOf(link, attempts));
  const onLineage = order.length;
  const leftBehindAt: Instant[] = [];
  let since: LeftBehindAt | undefined;
  for (const { id, checkpoints } of attempts.toSorted(laterAttemptFirst)) {
    for (const checkpoint of abandonedOf(links, id, checkpoints)) {
      since ??= leftBehindBy(origins);
      leftBehindAt.push(since(checkpoint));
      order.push(checkpoint);
    }
  }
  return { kind: 'Read', standing: { order, onLineage, leftBehindAt } };
}

const linkOf = (links: readonly LineageLink[], id: AttemptId): LineageLink | undefined =>
  links.find(({ attempt }) => isSameAttempt(attempt, id));

function countingOf<C extends SavedCheckpoint>(
  { attempt, upTo }: LineageLink,
  attempts: readonly SavedAttempt<C>[],
): readonly C[] {
  const saved = attempts.find(({ id }) => isSameAttempt(id, attempt));
  if (saved === undefined) return [];
  const all = newestFirst(saved.checkpoints);
  return onceEach(upTo === undefined ? all : all.filter(({ update }) => update <= upTo));
}

function abandonedOf<C extends SavedCheckpoint>(
  links: readonly LineageLink[],
  id: AttemptId,
  checkpoints: readonly C[],
): readonly C[] {
  const link = linkOf(links, id);
  if (link === undefined) return onceEach(newestFirst(checkpoints));
  const { upTo } = link;
  if (upTo === undefined) return [];
  return onceEach(newestFirst(checkpoints.filter(({ update }) => update > upTo)));
}

// A page that was asked for again lists its objects twice.
function onceEach<C extends SavedCheckpoint>(sorted: readonly C[]): readonly C[] {
  const isRepeated = (one: C, at: number): boolean =>
    at > 0 && sorted[at - 1]?.update === one.update && sorted[at - 1]?.kind === one.kind;
  return sorted.some(isRepeated) ? sorted.filter((one, at) => !isRepeated(one, at)) : sorted;
}

const laterAttemptFirst = ({ id: a }: SavedAttempt, { id: b }: SavedAttempt): number =>
  b.number - a.number || (a.pod < b.pod ? 1 : -1);
