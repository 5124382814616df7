// Whose the operator's Lease is, and whether it may be taken. When another renewed it is known only by when this process saw that,
// on its own monotonic clock: the wall clocks of two machines are never compared, nor the times written into the Lease.
import type { Seconds } from './units.ts';

/** What a holder writes into a Lease. */
export interface LeaseClaim {
  /** Undefined: released. */
  readonly holder: string | undefined;
  /** So long others leave the Lease alone after they saw it renewed; undefined when it does not say. */
  readonly durationSeconds: Seconds | undefined;
  /** RFC 3339 with microseconds, for people; no decision rests on it. */
  readonly acquireTime: string | undefined;
  readonly renewTime: string | undefined;
  /** How often it passed to another holder. */
  readonly transitions: number;
}

/** A Lease as it was read or written. */
export interface LeaseRecord extends LeaseClaim {
  readonly uid: string;
  /** Another one after every write. */
  readonly version: string;
}

/** The Lease as last seen. */
export interface Sighting {
  readonly version: string;
  readonly holder: string | undefined;
  /** Monotonic milliseconds until which its holder may still act. */
  readonly until: number;
}

export interface Look {
  /** Undefined: there is no Lease. */
  readonly found: LeaseRecord | undefined;
  /** Monotonic milliseconds of when the answer was there, never of when it was asked for. */
  readonly at: number;
  /** For a Lease that names no duration. */
  readonly usualSeconds: Seconds;
}

/**
 * What is known after a look. Any write at all, whoever made it, counts as a sign of life of the holder: the safe direction. A Lease
 * that was deleted is its last holder's until then.
 */
export function sightLease(
  before: Sighting | undefined,
  { found, at, usualSeconds }: Look,
): Sighting | undefined {
  if (found === undefined || found.version === before?.version) return before;
  const { holder, version, durationSeconds = usualSeconds } = found;
  return { version, holder, until: at + durationSeconds * 1000 };
}

export type LeaseVerdict =
  /** Nobody's, or ours: released, not there, or its holder was silent for as long as it had said. */
  | { readonly kind: 'Take' }
  /** Another's, for so many milliseconds at least. */
  | { readonly kind: 'Wait'; readonly holder: string; readonly milliseconds: number };

export interface LeaseQuestion {
  readonly identity: string;
  /** After {@link sightLease} of the newest look. */
  readonly sighting: Sighting | undefined;
  /** Monotonic milliseconds. */
  readonly now: number;
}

/** Whether the Lease may be taken now. */
export function judgeLease({ identity, sighting, now }: LeaseQuestion): LeaseVerdict {
  if (sighting?.holder === undefined || sighting.holder === identity || now >= sighting.until)
    return { kind: 'Take' };
  return { kind: 'Wait', holder: sighting.holder, milliseconds: sighting.until - now };
}

export interface Claiming {
  readonly identity: string;
  readonly durationSeconds: Seconds;
  /** The time now, as it is to be written. */
  readonly time: string;
}

/** What to write in order to hold it, over what stands there. */
export function claimLease(before: LeaseRecord | undefined, claiming: Claiming): LeaseClaim {
  const { identity, durationSeconds, time } = claiming;
  const isOurs = before?.holder === identity;
  return {
    holder: identity,
    durationSeconds,
    acquireTime: isOurs ? before.acquireTime : time,
    renewTime: time,
    transitions: before === undefined ? 0 : before.transitions + (isOurs ? 0 : 1),
  };
}

/** What to write so that another may take it at once. */
export const releaseLease = (before: LeaseRecord, time: string): LeaseClaim => ({
  ...claimOf(before),
  holder: undefined,
  durationSeconds: 1,
  renewTime: time,
});

const claimOf = ({ uid: _uid, version: _version, ...claim }: LeaseRecord): LeaseClaim => claim;
