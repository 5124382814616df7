// What really happened in a fake training: every update that was made, and how long each pod held its place. The truth that status
// is measured against.

interface Made {
  readonly at: number;
  readonly attempt: number;
  readonly update: number;
}

interface Held {
  readonly from: number;
  until: number | undefined;
}

export class TrainingHistory {
  readonly #made: Made[] = [];
  readonly #held = new Map<string, Held>();

  note(made: Made): void {
    this.#made.push(made);
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
    const made = this.#made.filter((one) => one.at <= at).map(({ update }) => update);
    return made.length === 0 ? undefined : Math.max(...made);
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
