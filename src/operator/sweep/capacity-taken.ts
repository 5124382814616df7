// What policies' capacities take of runs, as the newest look at each whole store found it. Whoever looks at whole stores notes it;
// whoever judges a run asks. It holds only for the policies by which it was found: once one of them changes, nothing is taken.

/** Keys of checkpoints, by the UID of their run. */
export type TakenKeys = ReadonlyMap<string, ReadonlySet<string>>;

interface Look {
  readonly version: string;
  readonly taken: TakenKeys;
}

const nothing: ReadonlySet<string> = new Set();

export class CapacityTaken {
  readonly #looks = new Map<string, Look>();

  /** Takes in what a complete look at a store found, in place of what the one before did. `version` names the policies. */
  note(store: string, look: Look): void {
    this.#looks.set(store, look);
  }

  /** The store is gone, or cannot be looked at: nothing of it is taken. */
  forget(store: string): void {
    this.#looks.delete(store);
  }

  /** The keys taken of this run; nothing, unless the policies are still those of that look. */
  of(runUid: string, version: string): ReadonlySet<string> {
    for (const look of this.#looks.values()) {
      const taken = look.taken.get(runUid);
      if (taken !== undefined && look.version === version) return taken;
    }
    return nothing;
  }
}
