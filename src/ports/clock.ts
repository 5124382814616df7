// Time as the programs see it. Tests put a virtual clock here; nothing else reads the time.
import type { Instant } from '../domain/units.ts';

export interface Clock {
  /** The wall clock, in milliseconds since the epoch. */
  now(): Instant;
  /** A clock that never jumps, in milliseconds from an arbitrary start. */
  monotonic(): number;
  /** Resolves after `milliseconds`; rejects with the signal's reason when it is aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}
