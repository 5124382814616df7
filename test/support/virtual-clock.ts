// A Clock that moves only when a test says so: sleepers wake in the order of their due times, each at exactly its own time.
import type { Instant } from '../../src/domain/units.ts';
import type { Clock } from '../../src/ports/clock.ts';

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/** Lets everything that can run without time passing run: promise chains, and I/O that is already there. */
export async function settle(turns = 2): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

export class VirtualClock implements Clock {
  #wall: Instant;
  #monotonic = 0;
  readonly #sleepers: Sleeper[] = [];

  constructor(start: Instant = Date.UTC(2026, 10, 22, 12)) {
    this.#wall = start;
  }

  now(): Instant {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  /** How many sleeps are pending: 0 when nothing waits for time any more. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (milliseconds <= 0) return settle(1);
    return new Promise<void>((resolve, reject) => {
      const wake = (): void => {
        signal.removeEventListener('abort', abort);
        resolve();
      };
      const sleeper: Sleeper = { due: this.#monotonic + milliseconds, wake };
      const abort = (): void => {
        this.#sleepers.splice(this.#sleepers.indexOf(sleeper), 1);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', abort, { once: true });
      const after = this.#sleepers.findIndex((other) => other.due > sleeper.due);
      this.#sleepers.splice(after === -1 ? this.#sleepers.length : after, 0, sleeper);
    });
  }

  /** Moves time on, waking whoever is due on the way and letting each run until it waits again. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#monotonic + milliseconds;
    await settle();
    while (this.#wakeNext(end)) await settle();
    this.#moveTo(end);
    await settle();
  }

  /** Moves from sleeper to sleeper until the condition holds; throws when it does not within `milliseconds`. */
  async advanceUntil(condition: () => boolean, milliseconds: number): Promise<void> {
    const end = this.#monotonic + milliseconds;
    await settle();
    while (!condition()) {
      if (!this.#wakeNext(end)) {
        throw new Error(
          `the condition did not come true within ${milliseconds} ms of virtual time (${this.sleeping} asleep)`,
        );
      }
      await settle();
    }
  }

  /** Sets the wall clock forward or back, as NTP would; monotonic time and sleepers do not notice. */
  stepWall(milliseconds: number): void {
    this.#wall += milliseconds;
  }

  #wakeNext(end: number): boolean {
    const next = this.#sleepers[0];
    if (next === undefined || next.due > end) return false;
    this.#sleepers.shift();
    this.#moveTo(next.due);
    next.wake();
    return true;
  }

  #moveTo(monotonic: number): void {
    if (monotonic <= this.#monotonic) return;
    this.#wall += monotonic - this.#monotonic;
    this.#monotonic = monotonic;
  }
}
