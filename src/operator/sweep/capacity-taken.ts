// What policies' capacities take of runs, as the newest plan of all of them together found it. Whoever plans them notes it; whoever judges a
// run asks. Once the policy itself says something else, it takes nothing; once any other does, nothing more goes before all is planned anew.
import { fingerprintOf } from '../../domain/fingerprint.ts';
import type { Policies } from '../../domain/retention/policies.ts';

/** What is taken of one run. */
export interface Taken {
  /** Of checkpoints, each once. A list, since there may be very many. */
  readonly keys: readonly string[];
  /** The name of the policy whose capacity takes them. */
  readonly policy: string;
  /** The policies by which that was found. */
  readonly by: Policies;
}

/** By the UID of the run. */
export type TakenOfRuns = ReadonlyMap<string, Taken>;

export class CapacityTaken {
  #runs: TakenOfRuns = new Map();

  /** Takes in what a plan found, in place of what the one before did. Returns the UIDs of the runs of which it says something new. */
  note(runs: TakenOfRuns): readonly string[] {
    const before = this.#runs;
    this.#runs = runs;
    const uids = new Set([...before.keys(), ...runs.keys()]);
    return [...uids].filter((uid) => !isSame(before.get(uid), runs.get(uid)));
  }

  /** What is taken of this run, as long as the policy that takes it is still as it was; else nothing. */
  of(runUid: string, now: Policies): Taken | undefined {
    const taken = this.#runs.get(runUid);
    return taken !== undefined && saysTheSame(taken.policy, taken.by, now) ? taken : undefined;
  }
}

/** True where it was found by other policies than there are now: it stays condemned, and may not go before all is planned by these. */
export const isHeld = ({ by }: Taken, now: Policies): boolean => by.version !== now.version;

/** True while the policy of this name is in both readings, and the same. */
export function saysTheSame(name: string, before: Policies, now: Policies): boolean {
  if (before.version === now.version) return true;
  const [then, there] = [before, now].map(({ understood }) =>
    understood.find((policy) => policy.name === name),
  );
  return then !== undefined && there !== undefined && fingerprintOf(then) === fingerprintOf(there);
}

// In another order they may be the same all the same: then the run is looked at once for nothing.
const isSame = (a: Taken | undefined, b: Taken | undefined): boolean =>
  a === b ||
  (a !== undefined &&
    b !== undefined &&
    a.by.version === b.by.version &&
    a.policy === b.policy &&
    a.keys.length === b.keys.length &&
    a.keys.every((key, at) => key === b.keys[at]));
