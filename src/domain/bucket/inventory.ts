// What a complete listing of one run says: its attempts, checkpoints and the names nobody knows. Never read from half a listing.
import type { Bytes, Instant, Update } from '../units.ts';
import { type AttemptId, type CheckpointKind, formatAttemptId, parseRunObject } from './keys.ts';

/** An object as a listing shows it; `savedAt` is the store's clock. */
export interface ListedObject {
  readonly key: string;
  readonly sizeBytes: Bytes;
  readonly savedAt: Instant;
  readonly etag: string;
}

/** One immutable checkpoint object. `key` is the whole key in the bucket. */
export interface Checkpoint extends ListedObject {
  readonly attempt: AttemptId;
  readonly kind: CheckpointKind;
  readonly update: Update;
}

/** The objects of one attempt and pod. */
export interface ListedAttempt {
  readonly id: AttemptId;
  /** attempt.json, restore's last act; absent when the attempt never came so far. */
  readonly opened: ListedObject | undefined;
  /** end.json, sync's last act; absent while the attempt lives or when it died unflushed. */
  readonly closed: ListedObject | undefined;
  /** gone.json, the operator's word that no end.json comes; absent as a rule. */
  readonly gone: ListedObject | undefined;
  readonly checkpoints: readonly Checkpoint[];
}

/** A run's part of the bucket. */
export interface RunInventory {
  readonly prefix: string;
  readonly marker: ListedObject | undefined;
  readonly attempts: readonly ListedAttempt[];
  readonly unknown: readonly ListedObject[];
}

interface Gathering {
  readonly id: AttemptId;
  opened: ListedObject | undefined;
  closed: ListedObject | undefined;
  gone: ListedObject | undefined;
  readonly checkpoints: Checkpoint[];
}

/** Sorts a complete listing of `prefix` (trailing slash included) into a run's inventory; attempts by number, then pod. */
export function readInventory(prefix: string, listing: readonly ListedObject[]): RunInventory {
  const attempts = new Map<string, Gathering>();
  const unknown: ListedObject[] = [];
  let marker: ListedObject | undefined;
  for (const listed of listing) {
    const object = listed.key.startsWith(prefix)
      ? parseRunObject(listed.key.slice(prefix.length))
      : undefined;
    if (object === undefined) unknown.push(listed);
    else if (object.is === 'Run') marker = listed;
    else if (object.is !== 'Deletions') {
      const attempt = gatheringOf(attempts, object.attempt);
      if (object.is === 'Attempt') attempt.opened = listed;
      else if (object.is === 'End') attempt.closed = listed;
      else if (object.is === 'Gone') attempt.gone = listed;
      else
        attempt.checkpoints.push({
          ...listed,
          attempt: object.attempt,
          kind: object.kind,
          update: object.update,
        });
    }
  }
  const inOrder = [...attempts.values()].toSorted(
    (a, b) => a.id.number - b.id.number || (a.id.pod < b.id.pod ? -1 : 1),
  );
  return { prefix, marker, attempts: inOrder, unknown };
}

function gatheringOf(attempts: Map<string, Gathering>, id: AttemptId): Gathering {
  const name = formatAttemptId(id);
  const known = attempts.get(name);
  if (known !== undefined) return known;
  const fresh: Gathering = { id, opened: undefined, closed: undefined, gone: undefined, checkpoints: [] };
  attempts.set(name, fresh);
  return fresh;
}

/** The largest attempt number the bucket has seen for this run; 0 when none. */
export const highestAttempt = (inventory: RunInventory): number =>
  inventory.attempts.reduce((highest, attempt) => Math.max(highest, attempt.id.number), 0);
