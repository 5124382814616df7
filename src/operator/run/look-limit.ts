// How many pods the whole operator looks at a time, so that thousands of runs, or many pods that do not answer, neither flood the
// API server nor hold up the passes. Who finds no room does not wait.

export class LookLimit {
  readonly #most: number;
  #under = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Room for one look, until disposed; undefined while there is none. */
  tryEnter(): Disposable | undefined {
    if (this.#under >= this.#most) return undefined;
    this.#under += 1;
    let isIn = true;
    return {
      [Symbol.dispose]: () => {
        if (isIn) this.#under -= 1;
        isIn = false;
      },
    };
  }
}
