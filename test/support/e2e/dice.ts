// Chance from a seed that is printed, so that a run of a random test can be made again: REPRISE_SEED=… make test TIER=e2e.

/** Random numbers that follow from the seed (mulberry32). */
export class Dice {
  readonly seed: number;
  #state: number;

  /** The seed of REPRISE_SEED, else a new one. */
  constructor(seed = Number(process.env['REPRISE_SEED'] ?? Date.now() % 1_000_000)) {
    this.seed = seed;
    this.#state = seed;
  }

  /** Evenly from 0 up to, not including, `below`. */
  under(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below;
  }

  /** One of these. */
  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[Math.floor(this.under(choices.length))] ?? choices[0];
  }
}
