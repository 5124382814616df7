// How long to wait before another try: doubling, capped, with jitter, never shorter than the server asked.

export interface BackoffLimits {
  /** Milliseconds before the first retry. */
  readonly base: number;
  /** Milliseconds at most, jitter included. */
  readonly cap: number;
}

/** What a server may make us wait at most, in milliseconds: longer would look like a hang. */
const longestRetryAfter = 30_000;

/** Milliseconds before retry number `failures` (from 1); between half and all of the doubled base, at least `retryAfter`. */
export function backoffDelay(
  { base, cap }: BackoffLimits,
  { failures, retryAfter = 0 }: { readonly failures: number; readonly retryAfter?: number | undefined },
  random: () => number,
): number {
  const doubled = Math.min(cap, base * 2 ** Math.min(failures - 1, 30));
  return Math.max(doubled * (0.5 + random() / 2), Math.min(retryAfter, longestRetryAfter));
}
