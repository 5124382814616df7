// Keeps one upload below a rate: all its lanes wait at the same gate, retried bytes too.
import { beginPace, type Pace, reserveBytes } from '../domain/pace.ts';
import type { Clock } from '../ports/clock.ts';

export class Throttle {
  readonly #clock: Clock;
  #pace: Pace;

  constructor(clock: Clock, bytesPerSecond: number) {
    this.#clock = clock;
    this.#pace = beginPace(bytesPerSecond, clock.monotonic());
  }

  /** Resolves when the next bytes may go out; rejects with the signal's reason. */
  async pass(bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { pace, waitMilliseconds } = reserveBytes(this.#pace, bytes, this.#clock.monotonic());
    this.#pace = pace;
    if (waitMilliseconds > 0) await this.#clock.sleep(Math.ceil(waitMilliseconds), signal);
  }
}
