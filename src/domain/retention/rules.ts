// The retention rules a run declares. A union of keep rules: any match keeps. No rules at all keeps every Step.
import type { Seconds, Update } from '../units.ts';

export interface RetentionRules {
  /** How many checkpoints of kind Last stay, at least 2. */
  readonly keepModelLast: number;
  /** How many of the newest Steps stay. */
  readonly keepNewest: number | undefined;
  /** The first Step at or after each multiple of this many updates stays. */
  readonly keepEvery: Update | undefined;
  /** Younger Steps stay, by the store's clock. */
  readonly minAgeSeconds: Seconds;
}

/** A second Last is always kept, in case the newest turns out bad. */
export const leastModelLast = 2;
