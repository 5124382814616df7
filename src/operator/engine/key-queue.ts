// Keys waiting for a worker: each at most once, none with two workers, none lost. It knows nothing of what a key means.
import type { Seconds } from '../../domain/units.ts';
import type { Clock } from '../../ports/clock.ts';

interface Delay {
  readonly due: number;
  readonly cancel: AbortController;
}

/** Longer waits end early: passes are idempotent, and timers of Node count milliseconds in 31 bits. */
const longestDelaySeconds: Seconds = 86_400;

export class KeyQueue {
  readonly #clock: Clock;
  /** In the order they were added. */
  readonly #ready = new Set<string>();
  readonly #busy = new Set<string>();
  /** Added while busy: ready again as soon as the worker is done. */
  readonly #again = new Set<string>();
  readonly #delayed = new Map<string, Delay>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many keys wait for a worker now. */
  get depth(): number {
    return this.#ready.size + this.#again.size;
  }

  /** Makes the key ready; while a worker has it, ready again once that worker is done. */
  add(key: string): void {
    if (this.#closed) return;
    if (this.#busy.has(key)) {
      this.#again.add(key);
      return;
    }
    const taker = this.#takers.shift();
    if (taker === undefined) {
      this.#ready.add(key);
    } else {
      this.#busy.add(key);
      taker(key);
    }
  }

  /** Makes the key ready after a while; of several delays of one key the earliest counts. */
  addAfter(key: string, seconds: Seconds): void {
    if (this.#closed) return;
    if (seconds <= 0) {
      this.add(key);
      return;
    }
    const milliseconds = Math.min(seconds, longestDelaySeconds) * 1000;
    const due = this.#clock.monotonic() + milliseconds;
    const known = this.#delayed.get(key);
    if (known !== undefined && known.due <= due) return;
    known?.cancel.abort();
    const delay: Delay = { due, cancel: new AbortController() };
    this.#delayed.set(key, delay);
    void this.#clock.sleep(milliseconds, delay.cancel.signal).then(
      () => this.#ripen(key, delay),
      () => undefined, // cancelled: an earlier delay took its place, or the queue closed
    );
  }

  #ripen(key: string, delay: Delay): void {
    if (this.#delayed.get(key) !== delay) return;
    this.#delayed.delete(key);
    this.add(key);
  }

  /** The next key, which is the caller's until {@link done}; undefined once the queue is closed. */
  async take(): Promise<string | undefined> {
    if (this.#closed) return undefined;
    const [key] = this.#ready;
    if (key === undefined) return new Promise((resolve) => this.#takers.push(resolve));
    this.#ready.delete(key);
    this.#busy.add(key);
    return key;
  }

  /** Gives a taken key back. */
  done(key: string): void {
    this.#busy.delete(key);
    if (this.#again.delete(key)) this.add(key);
  }

  /** Drops everything that waits and ends every {@link take}; keys already taken stay with their workers. */
  close(): void {
    this.#closed = true;
    for (const delay of this.#delayed.values()) delay.cancel.abort();
    this.#delayed.clear();
    this.#ready.clear();
    this.#again.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }
}
