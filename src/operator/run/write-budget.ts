// How many status writes the whole operator allows itself: a bucket of tokens, filled evenly. Writes that decisions rest on are
// never held up; they only use up what the others could have had.
import type { Clock } from '../../ports/clock.ts';

export interface WriteBudgetSetup {
  readonly clock: Clock;
  readonly perSecond: number;
}

export class WriteBudget {
  readonly #setup: WriteBudgetSetup;
  #tokens: number;
  #filledAt: number;

  constructor(setup: WriteBudgetSetup) {
    this.#setup = setup;
    this.#tokens = setup.perSecond;
    this.#filledAt = setup.clock.monotonic();
  }

  /** Counts a write that can wait; false when it must. */
  tryTake(): boolean {
    this.#fill();
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Counts a write that cannot wait. However many there are, the others are held up for one second at most. */
  take(): void {
    this.#fill();
    this.#tokens = Math.max(-this.#setup.perSecond, this.#tokens - 1);
  }

  #fill(): void {
    const { clock, perSecond } = this.#setup;
    const now = clock.monotonic();
    this.#tokens = Math.min(perSecond, this.#tokens + ((now - this.#filledAt) / 1000) * perSecond);
    this.#filledAt = now;
  }
}
