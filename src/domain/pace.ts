// Spreads bytes, or keys, over time, so that they stay below a rate. Pure: whoever sends waits as long as it is told.

export interface Pace {
  readonly perSecond: number;
  /** When all so far is paid for, in milliseconds on the caller's clock. */
  readonly freeAt: number;
}

/** Time that was not used may be made up for, up to this many milliseconds. */
const burstMilliseconds = 250;

/** A pace that begins now. */
export const beginPace = (perSecond: number, now: number): Pace => ({ perSecond, freeAt: now });

/** Reserves the next `amount`: the pace after it, and how many milliseconds from `now` it must wait. */
export function reserve(
  { perSecond, freeAt }: Pace,
  amount: number,
  now: number,
): { readonly pace: Pace; readonly waitMilliseconds: number } {
  const start = Math.max(freeAt, now - burstMilliseconds);
  const pace = { perSecond, freeAt: start + (1000 * amount) / perSecond };
  return { pace, waitMilliseconds: Math.max(0, start - now) };
}
