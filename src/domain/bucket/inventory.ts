// What a complete listing of one run says: its attempts, checkpoints and the names nobody knows. Never read from half a listing.
import type { Bytes, Instant, Update } from '../units.ts';
import {
  type AttemptId,
  type CheckpointKind,
  formatAttemptId,
  parseRunObject,
  type RunObject,
} from './keys.ts';

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

/** A pin's document. */
export interface ListedPin extends ListedObject {
  readonly attempt: number;
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
  readonly pins: readonly ListedPin[];
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
  const pins: ListedPin[] = [];
  const unknown: ListedObject[] = [];
  let marker: ListedObject | undefined;
  for (const listed of listing) {
    const object = listed.key.startsWith(prefix)
      ? parseRunObject(listed.key.slice(prefix.length))
      : undefined;
    if (object === undefined) unknown.push(listed);
    else if (object.is === 'Run') marker = listed;
    else if (object.is === 'Pin')
      pins.push({ ...listed, attempt: object.attemptNumber, update: object.update });
    else if (object.is !== 'Deletions') gather(gatheringOf(attempts, object.attempt), object, listed);
  }
  const inOrder = [...attempts.values()].toSorted(
    (a, b) => a.id.number - b.id.number || (a.id.pod < b.id.pod ? -1 : 1),
  );
  return { prefix, marker, attempts: inOrder, pins, unknown };
}

type AttemptObject = Extract<RunObject, { readonly attempt: AttemptId }>;

function gather(into: Gathering, object: AttemptObject, listed: ListedObject): void {
  switch (object.is) {
    case 'Attempt':
      into.opened = listed;
      return;
    case 'End':
      into.closed = listed;
      return;
    case 'Gone':
      into.gone = listed;
      return;
    case 'Checkpoint': {
      const { attempt, kind, update } = object;
      into.checkpoints.push({ ...listed, attempt, kind, update });
    }
  }
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
