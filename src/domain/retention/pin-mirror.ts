// What a run's pass changes in the pins that the bucket keeps, so that they say what spec.pins says. It takes away only what it knows
// to have come from this very run's spec, and never over a lineage that cannot be read.
import type { Checkpoint, RunInventory } from '../bucket/inventory.ts';
import type { AttemptOrigin } from '../bucket/lineage.ts';
import type { Instant, Update } from '../units.ts';
import type { BucketPin, PinWords } from './bucket-pins.ts';
import { pinnedPlaces } from './locks.ts';
import type { Pin } from './rules.ts';
import { readStanding, type Standing } from './standing.ts';

export type PinChange =
  /** `over` = the ETag of what is there; undefined = nothing is. */
  | {
      readonly change: 'Write';
      readonly attempt: number;
      readonly update: Update;
      readonly words: PinWords;
      readonly over: string | undefined;
    }
  | {
      readonly change: 'Remove';
      readonly attempt: number;
      readonly update: Update;
      readonly key: string;
      readonly etag: string;
    };

export interface MirrorQuestion {
  readonly runUid: string;
  /** spec.pins */
  readonly pins: readonly Pin[];
  readonly mirrored: readonly BucketPin[];
  readonly inventory: RunInventory;
  readonly origins: readonly AttemptOrigin[];
  readonly now: Instant;
}

/** What a pin of the spec comes to: every checkpoint of one update of one attempt. */
interface Held {
  readonly attempt: number;
  readonly update: Update;
  readonly pin: Pin;
  readonly keys: readonly string[];
}

/** The changes; none while the lineage cannot be read. */
export function planMirror(question: MirrorQuestion): readonly PinChange[] {
  const { pins, mirrored, inventory, origins } = question;
  if (pins.length === 0 && mirrored.length === 0) return [];
  const reading = readStanding(inventory.attempts, origins);
  if (reading.kind === 'Unreadable') return [];
  const { standing } = reading;
  const held = pins.flatMap((pin) => heldBy(pin, standing, inventory.prefix));
  return [...writes(question, held), ...removals(question, standing)];
}

/**
 * What must be written before a run goes, so that its pins hold without it. A lineage that cannot be read makes a pin of "the
 * lineage's" one of every checkpoint of its update, and a pin that names nothing holds what may still come of it.
 */
export function planLastMirror(
  question: MirrorQuestion & { readonly highestAttempt: number },
): readonly PinChange[] {
  const { pins, inventory, origins, highestAttempt } = question;
  const reading = readStanding(inventory.attempts, origins);
  const standing = reading.kind === 'Read' ? reading.standing : withoutLineage(inventory);
  const held = pins.flatMap((pin): readonly Held[] => {
    const now = heldBy(pin, standing, inventory.prefix);
    if (now.length > 0) return now;
    const attempt = pin.attempt === 0 ? highestAttempt : pin.attempt;
    return attempt === 0 ? [] : [{ attempt, update: pin.update, pin, keys: [] }];
  });
  return writes(question, held);
}

const withoutLineage = ({ attempts }: RunInventory): Standing<Checkpoint> => ({
  order: attempts.flatMap(({ checkpoints }) => checkpoints),
  onLineage: 0,
  leftBehindAt: [],
});

function heldBy(pin: Pin, standing: Standing<Checkpoint>, prefix: string): readonly Held[] {
  const checkpoints = pinnedPlaces(standing, pin).flatMap((at) => standing.order[at] ?? []);
  return [...Map.groupBy(checkpoints, ({ attempt }) => attempt.number)].map(([attempt, some]) => ({
    attempt,
    update: pin.update,
    pin,
    keys: some.map(({ key }) => key.slice(prefix.length)).toSorted(),
  }));
}

function writes({ runUid, mirrored, now }: MirrorQuestion, held: readonly Held[]): readonly PinChange[] {
  const byName = Map.groupBy(held, ({ attempt, update }) => `${attempt}-${update}`);
  return [...byName.values()].flatMap((some): readonly PinChange[] => {
    const [longest] = some.toSorted((a, b) => (b.pin.until ?? Infinity) - (a.pin.until ?? Infinity));
    if (longest === undefined) return [];
    const { attempt, update, pin, keys } = longest;
    const there = mirrored.find((known) => known.attempt === attempt && known.update === update);
    // What is not understood holds by its name, and is not ours to write over.
    if (there !== undefined && there.words === undefined) return [];
    const isOurs = there?.words?.runUid === runUid;
    const since = isOurs ? there.words.since : now;
    const words = { runUid, reason: pin.reason, until: pin.until, since, keys };
    if (isOurs && saysTheSame(there.words, words)) return [];
    return [{ change: 'Write', attempt, update, words, over: there?.etag }];
  });
}

const saysTheSame = (a: PinWords, b: PinWords): boolean =>
  a.reason === b.reason && a.until === b.until && a.keys.join('\n') === b.keys.join('\n');

function removals({ runUid, pins, mirrored }: MirrorQuestion, standing: Standing): readonly PinChange[] {
  return mirrored
    .filter(({ words }) => words?.runUid === runUid)
    .filter((one) => !pins.some((pin) => mayMean(pin, one, standing)))
    .map(({ attempt, update, key, etag }) => ({ change: 'Remove', attempt, update, key, etag }));
}

/** A pin that names nothing now may have meant it. */
function mayMean(pin: Pin, { attempt, update }: BucketPin, standing: Standing): boolean {
  if (pin.update !== update) return false;
  if (pin.attempt !== 0) return pin.attempt === attempt;
  const places = pinnedPlaces(standing, pin);
  return places.length === 0 || places.some((at) => standing.order[at]?.attempt.number === attempt);
}
