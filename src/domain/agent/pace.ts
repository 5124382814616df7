// How fast an upload may go: as the run says, until its end would come too late.
import type { Bytes, Seconds } from '../units.ts';

export interface Haste {
  /** The run's own limit; null = none. */
  readonly limit: number | null;
  /** What is still to be sent. */
  readonly bytes: Bytes;
  /** Until uploads must stop; Infinity while the trainer lives. */
  readonly secondsLeft: Seconds;
}

/** The limit holds as long as half the time left is enough; then it gives way as far as it must. Undefined = no limit. */
export function paceOf({ limit, bytes, secondsLeft }: Haste): number | undefined {
  if (limit === null) return undefined;
  return Math.max(limit, Math.ceil((2 * bytes) / Math.max(1, secondsLeft)));
}
