// Real time. The only place of the programs that reads it.
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Instant } from '../domain/units.ts';
import type { Clock } from '../ports/clock.ts';

/** setTimeout takes at most this many milliseconds (about 24.8 days) and fires at once beyond it. */
const longestTimer = 2_147_483_647;

export const systemClock: Clock = {
  now: (): Instant => Date.now(),
  monotonic: (): number => performance.now(),
  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    let left = milliseconds;
    try {
      do {
        const once = Math.min(left, longestTimer);
        await sleep(once, undefined, { signal });
        left -= once;
      } while (left > 0);
    } catch (cause) {
      // node rejects with its own AbortError; the port promises the signal's reason
      signal.throwIfAborted();
      throw cause;
    }
  },
};
