// A clock on which every look at it takes so long that a slice of work is over: whoever works in slices lets the event loop turn after each
// piece. A test may change the world at such a turn.
import type { Instant } from '../../src/domain/units.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { settle } from './virtual-clock.ts';

const lookMilliseconds = 20;

export class TurningClock implements Clock {
  #monotonic = 0;
  /** How often others had a turn. */
  turns = 0;
  /** Called at each, with its number. */
  atTurn: (nth: number) => void = () => undefined;

  now(): Instant {
    return Date.UTC(2026, 10, 22, 12);
  }

  monotonic(): number {
    this.#monotonic += lookMilliseconds;
    return this.#monotonic;
  }

  async sleep(_milliseconds: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.turns += 1;
    this.atTurn(this.turns);
    await settle(1);
    signal.throwIfAborted();
  }
}
