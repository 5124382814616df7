// How long a key that failed waits. Doubling, capped, jittered; it never decides whether to try again.
import type { Seconds } from '../../domain/units.ts';

export interface Backoff {
  readonly firstSeconds: Seconds;
  readonly longestSeconds: Seconds;
}

/** A conflict is over in a moment; an outage should see each key about once a minute. */
export const reconcileBackoff: Backoff = { firstSeconds: 0.1, longestSeconds: 60 };

/**
 * The wait after the n-th failure in a row (n ≥ 1): between half of and the whole min(first · 2^(n−1), longest).
 * `chance` is in [0, 1).
 */
export function backoffAfter(backoff: Backoff, failures: number, chance: number): Seconds {
  const doubled = backoff.firstSeconds * 2 ** Math.min(failures - 1, 32);
  return Math.min(doubled, backoff.longestSeconds) * (0.5 + chance / 2);
}
