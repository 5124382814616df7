// What really happened in a fake training: every update that was made, and how long each pod held its place. The truth that status
// is measured against.

interface Made {
  readonly at: number;
  readonly attempt: number;
  readonly update: number;
}

interface Saved {
  readonly at: number;
  readonly key: string;
  readonly attempt: number;
  readonly update: number;
}

interface Held {
  readonly from: number;
  until: number | undefined;
}

export class TrainingHistory {
  readonly #made: Made[] = [];
  readonly #saved: Saved[] = [];
  readonly #held = new Map<string, Held>();

  note(made: Made): void {
    this.#made.push(made);
  }

  /** The checkpoint is in the bucket from then on. */
  saved(saved: Saved): void {
    this.#saved.push(saved);
  }

  scheduled(pod: string, at: number): void {
    this.#held.set(pod, { from: at, until: undefined });
  }

  /** The pod's last container has ended, or the pod is gone. */
  released(pod: string, at: number): void {
    const held = this.#held.get(pod);
    if (held !== undefined) held.until ??= at;
  }

  /** How many updates were made, those made again included. */
  get updatesMade(): number {
    return this.#made.length;
  }

  /** Seconds that pods were on nodes, of those that have ended. */
  get heldSeconds(): number {
    return [...this.#held.values()].reduce((sum, { from, until = from }) => sum + (until - from) / 1000, 0);
  }

  /** The furthest update of any attempt at that time; undefined before the first. */
  furthestAt(at: number): number | undefined {
    return max(this.#made.filter((one) => one.at <= at));
  }

  /** The furthest update that this attempt had made by then; undefined before its first. */
  furthestOf(attempt: number, at: number): number | undefined {
    return max(this.#made.filter((one) => one.attempt === attempt && one.at <= at));
  }

  /** The newest update that any attempt had in the bucket by then; undefined before the first. */
  savedAt(at: number): number | undefined {
    return max(this.#saved.filter((one) => one.at <= at));
  }

  /** What was saved under this key, if it was by then. */
  savedAs(key: string, at: number): Saved | undefined {
    return this.#saved.find((one) => one.key === key && one.at <= at);
  }

  /** True when an attempt made an update after a later one had made its first. */
  get trainedSideBySide(): boolean {
    let newest = 0;
    for (const { attempt } of this.#made) {
      if (attempt < newest) return true;
      newest = attempt;
    }
    return false;
  }

  /** When the attempt made its first update. */
  firstAt(attempt: number): number | undefined {
    return this.#made.find((one) => one.attempt === attempt)?.at;
  }
}

const max = (all: readonly { readonly update: number }[]): number | undefined =>
  all.length === 0 ? undefined : Math.max(...all.map(({ update }) => update));
