// What policies' capacities take of runs, as the newest plan of all of them together found it. Whoever plans them notes it; whoever judges a
// run asks. It holds only for the policies by which it was found: once one of them changes, nothing is taken.

/** Keys of checkpoints, each once, by the UID of their run. Lists, since there may be very many. */
export type TakenKeys = ReadonlyMap<string, readonly string[]>;

interface Look {
  readonly version: string;
  readonly taken: TakenKeys;
}

const nothing: readonly string[] = [];

export class CapacityTaken {
  #look: Look | undefined;

  /**
   * Takes in what a plan found, in place of what the one before did. `version` names the policies. Returns the UIDs of the runs of which
   * it says something new.
   */
  note(look: Look): readonly string[] {
    const before = this.#look;
    this.#look = look;
    const uids = new Set([...(before?.taken.keys() ?? []), ...look.taken.keys()]);
    return [...uids].filter(
      (uid) => before?.version !== look.version || !isSame(before.taken.get(uid), look.taken.get(uid)),
    );
  }

  /** The keys taken of this run; none, unless the policies are still those of that plan. */
  of(runUid: string, version: string): readonly string[] {
    return this.#look?.version === version ? (this.#look.taken.get(runUid) ?? nothing) : nothing;
  }
}

// In another order they may be the same all the same: then the run is looked at once for nothing.
const isSame = (a: readonly string[] = nothing, b: readonly string[] = nothing): boolean =>
  a.length === b.length && a.every((key, at) => key === b[at]);
