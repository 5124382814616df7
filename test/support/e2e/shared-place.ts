// Who may use what many tests want: some together, one alone. Whoever is alone waits until nobody else is there or wants to be.

/** How a place is used. */
export type Use = 'together' | 'alone';

/** Gives a place back; once is enough. */
export type Leave = () => void;

interface Wish {
  readonly use: Use;
  grant(leave: Leave): void;
}

/** One thing to be used by many together or by one alone. */
export class Place {
  #wishes: readonly Wish[] = [];
  #together = 0;
  #isTaken = false;

  /** Resolves when it may be used. */
  async enter(use: Use): Promise<Leave> {
    return new Promise((resolve) => {
      this.#wishes = [...this.#wishes, { use, grant: resolve }];
      this.#serve();
    });
  }

  #serve(): void {
    if (this.#isTaken) return;
    const sociable = this.#wishes.filter(({ use }) => use === 'together');
    this.#wishes = this.#wishes.filter(({ use }) => use === 'alone');
    this.#together += sociable.length;
    for (const wish of sociable) wish.grant(this.#leaving(() => (this.#together -= 1)));
    const [first, ...others] = this.#wishes;
    if (first === undefined || this.#together > 0) return;
    this.#wishes = others;
    this.#isTaken = true;
    first.grant(this.#leaving(() => (this.#isTaken = false)));
  }

  #leaving(leave: () => unknown): Leave {
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      leave();
      this.#serve();
    };
  }
}
