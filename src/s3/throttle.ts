// Keeps one upload below a rate of bytes, or one deletion below a rate of keys: all its lanes wait at the same gate, retries too.
import { beginPace, type Pace, reserve } from '../domain/pace.ts';
import type { Clock } from '../ports/clock.ts';

export class Throttle {
  readonly #clock: Clock;
  #pace: Pace;

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#pace = beginPace(perSecond, clock.monotonic());
  }

  /** Resolves when the next `amount` may go out; rejects with the signal's reason. */
  async pass(amount: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { pace, waitMilliseconds } = reserve(this.#pace, amount, this.#clock.monotonic());
    this.#pace = pace;
    if (waitMilliseconds > 0) await this.#clock.sleep(Math.ceil(waitMilliseconds), signal);
  }
}
