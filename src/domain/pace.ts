// Spreads bytes over time, so that a transfer stays below a rate. Pure: whoever sends waits as long as it is told.

export interface Pace {
  readonly bytesPerSecond: number;
  /** When all bytes so far are paid for, in milliseconds on the caller's clock. */
  readonly freeAt: number;
}

/** Time that was not used may be made up for, up to this many milliseconds. */
const burstMilliseconds = 250;

/** A pace that begins now. */
export const beginPace = (bytesPerSecond: number, now: number): Pace => ({ bytesPerSecond, freeAt: now });

/** Reserves the next bytes: the pace after them, and how many milliseconds from `now` they must wait. */
export function reserveBytes(
  { bytesPerSecond, freeAt }: Pace,
  bytes: number,
  now: number,
): { readonly pace: Pace; readonly waitMilliseconds: number } {
  const start = Math.max(freeAt, now - burstMilliseconds);
  const pace = { bytesPerSecond, freeAt: start + (1000 * bytes) / bytesPerSecond };
  return { pace, waitMilliseconds: Math.max(0, start - now) };
}
