// Writes a pin where it holds: an entry of the run's spec that nobody else owns, or the document in the bucket of a run that is gone.
// Only over what was read.
import { runs } from '../ports/kinds.ts';
import { formatRunObject } from '../domain/bucket/keys.ts';
import type { BucketPin } from '../domain/retention/bucket-pins.ts';
import { formatTime } from '../domain/time.ts';
import type { Instant, Update } from '../domain/units.ts';
import { formatPin } from '../observation/pin-documents.ts';
import { CommandError } from './errors.ts';
import type { LeftPlace, LivingPlace, OpenPlace } from './pin-place.ts';

/** What is to be pinned, and how. */
export interface NewPin {
  readonly attempt: number;
  readonly update: Update;
  readonly reason: string;
  /** Undefined = until it is removed. */
  readonly until: Instant | undefined;
}

/** An entry of spec.pins. */
export interface PinEntry {
  readonly update: Update;
  readonly attempt: number;
  readonly reason: string;
  readonly until?: string;
}

export const entryOf = ({ update, attempt, reason, until }: NewPin): PinEntry => ({
  update,
  attempt,
  reason,
  ...(until === undefined ? {} : { until: formatTime(until) }),
});

/**
 * One field manager for each entry: whoever applies the run with other pins, or with none, leaves it alone; so do two people who pin
 * at the same time. @throws ClusterError
 */
export async function claimPin(
  { cluster, name, namespace, run }: LivingPlace,
  pin: NewPin,
  signal: AbortSignal,
): Promise<void> {
  const fieldManager = `kubectl-reprise-pin-${pin.attempt}-${pin.update}`;
  const fields = { spec: { pins: [entryOf(pin)] } };
  await cluster.claim(
    runs,
    { name: { name, namespace }, uid: run.metadata.uid, fieldManager, fields },
    signal,
  );
}

/** Writes the document. @throws ObjectStoreError, CommandError */
export async function writePin(
  { place: { prefix }, open, runUid }: Writing,
  pin: NewPin & { readonly keys: readonly string[]; readonly since: Instant },
  signal: AbortSignal,
): Promise<void> {
  const { attempt, update, reason, until, since, keys } = pin;
  const there = open.facts.pins.find((known) => known.attempt === attempt && known.update === update);
  refuseNewer(there);
  const key = prefix + formatRunObject({ is: 'Pin', attemptNumber: attempt, update });
  const words = { runUid, reason, until, since: there?.words?.since ?? since, keys };
  const condition = there === undefined ? 'absent' : { etag: there.etag };
  await open.objects.put({ key, bytes: formatPin({ attempt, update }, words), condition }, signal);
}

interface Writing {
  readonly place: LeftPlace;
  readonly open: OpenPlace;
  readonly runUid: string;
}

/** The document says from now on that the pin is over: that needs no right to delete. @throws ObjectStoreError, CommandError */
export async function endPin(
  { objects, facts: { marker } }: OpenPlace,
  { pin, now }: { readonly pin: BucketPin; readonly now: Instant },
  signal: AbortSignal,
): Promise<void> {
  refuseNewer(pin);
  const { key, etag, words } = pin;
  const runUid = words?.runUid ?? marker?.runUid ?? 'unknown';
  const kept = words ?? { runUid, reason: undefined, since: now, keys: [] };
  await objects.put({ key, bytes: formatPin(pin, { ...kept, until: now }), condition: { etag } }, signal);
}

function refuseNewer(pin: BucketPin | undefined): void {
  if (pin?.newer !== undefined) throw new CommandError(pin.newer.replace(/\.$/, ''));
}
