// Which local Step files may go. One that the bucket has, except the newest; and, when the disk runs short while the store is
// away, an unsent one, oldest first: losing it is better than losing the trainer. With two owners of the files, none.
import type { Bytes, Update } from '../units.ts';
import { isSent, type Sent } from './outbox.ts';

export interface LocalStep {
  readonly name: string;
  readonly update: Update;
}

export interface Room {
  readonly freeBytes: Bytes;
  /** The size of a checkpoint of this run; 0 while none was seen. */
  readonly checkpointBytes: Bytes;
}

export interface Space extends Room {
  readonly sent: Sent;
  readonly isStoreAway: boolean;
  /** The trainer's own rotation removes files too: then every removal of ours could be the one it stumbles over. */
  readonly hasTwoOwners: boolean;
}

export interface Freeing {
  /** In the bucket. */
  readonly saved: readonly LocalStep[];
  /** Given up unsent; at most one at a time. */
  readonly dropped: LocalStep | undefined;
}

/** True when the next Step might not fit. */
export const isDiskShort = ({ freeBytes, checkpointBytes }: Room): boolean =>
  checkpointBytes > 0 && freeBytes < checkpointBytes * 1.25;

/** What to remove now. `steps` are finished files; the newest of them always stays. */
export function planFreeing(steps: readonly LocalStep[], space: Space): Freeing {
  if (space.hasTwoOwners) return { saved: [], dropped: undefined };
  const old = steps.toSorted((a, b) => a.update - b.update).slice(0, -1);
  const isSaved = ({ update }: LocalStep): boolean => isSent(space.sent, { kind: 'Step', update });
  const saved = old.filter(isSaved);
  const mustDrop = space.isStoreAway && isDiskShort(space) && saved.length === 0;
  return { saved, dropped: mustDrop ? old.find((step) => !isSaved(step)) : undefined };
}

export interface Loss extends Space {
  /** The newest update seen on the disk: it is never given up. */
  readonly newest: Update | undefined;
}

/**
 * The removed but open Step to let go of, oldest first; at most one at a time. It takes space like any other, and nobody but
 * us can free it.
 */
export function planLettingGo<S extends LocalStep>(orphans: readonly S[], space: Loss): S | undefined {
  if (!space.isStoreAway || !isDiskShort(space)) return undefined;
  const [oldest] = orphans.toSorted((a, b) => a.update - b.update);
  return oldest !== undefined && oldest.update < (space.newest ?? 0) ? oldest : undefined;
}
