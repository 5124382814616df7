// What the newest pass over each place of a run that is gone said, for whoever tells of policies; and which sets of checkpoints a person agreed
// to, by the word on a policy. In memory: losing it asks again.
import { fingerprintOf } from '../../domain/fingerprint.ts';
import type { Instant } from '../../domain/units.ts';

export interface OrphanJudgement {
  /** What waits for a person's word; undefined = nothing does. */
  readonly waiting: { readonly digest: string; readonly count: number } | undefined;
  readonly heldByLock: number;
  /** When the first of what is condemned goes, by the operator's clock. */
  readonly nextDeletionAt: Instant | undefined;
}

export class OrphanJudgements {
  readonly #judged = new Map<string, OrphanJudgement>();
  readonly #approved = new Map<string, string>();
  readonly #listeners = new Set<() => void>();

  /** Takes in what a pass over the place said; undefined = there is nothing any more. */
  note(place: string, judgement: OrphanJudgement | undefined): void {
    const before = this.#judged.get(place);
    if (judgement === undefined) this.#judged.delete(place);
    else this.#judged.set(place, judgement);
    if (judgement === undefined) this.#approved.delete(place);
    if (fingerprintOf(before) !== fingerprintOf(judgement))
      for (const listener of this.#listeners) listener();
  }

  of(place: string): OrphanJudgement | undefined {
    return this.#judged.get(place);
  }

  /** A person agreed to the set of this digest there; true when that is new. */
  approve(place: string, digest: string): boolean {
    const isNew = this.#approved.get(place) !== digest;
    this.#approved.set(place, digest);
    return isNew;
  }

  /** The digest that a person agreed to there. */
  approved(place: string): string | undefined {
    return this.#approved.get(place);
  }

  /** Calls back when what waits or is locked changes, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
