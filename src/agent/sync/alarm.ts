// The pause between two looks: a hint shortens it, an end cuts it off.
import type { Clock } from '../../ports/clock.ts';

export interface Pause {
  readonly shortest: number;
  readonly longest: number;
}

export class Alarm {
  #isHinted = false;
  #isOver = false;
  #sleeping: AbortController | undefined;
  #mayWake = false;

  /** Something may have changed: the pause need not be longer than its shortest. */
  hint(): void {
    this.#isHinted = true;
    if (this.#mayWake) this.#sleeping?.abort();
  }

  /** No more pauses. */
  end(): void {
    this.#isOver = true;
    this.#sleeping?.abort();
  }

  /** Sleeps between `shortest` and `longest` milliseconds. */
  async pause(clock: Clock, { shortest, longest }: Pause): Promise<void> {
    await this.#sleep(clock, shortest);
    this.#mayWake = true;
    if (!this.#isHinted) await this.#sleep(clock, longest - shortest);
    this.#mayWake = false;
    this.#isHinted = false;
  }

  async #sleep(clock: Clock, milliseconds: number): Promise<void> {
    if (this.#isOver) return;
    const sleeping = new AbortController();
    this.#sleeping = sleeping;
    try {
      await clock.sleep(milliseconds, sleeping.signal);
    } catch (cause) {
      if (!sleeping.signal.aborted) throw cause;
    }
  }
}
