// What the newest complete scan of each store found that plans of all runs rest on: whether a run's part is what the run itself saw, and
// what runs that are gone have left.
import type { Checkpoint } from '../../domain/bucket/inventory.ts';
import type { MarkerFacts } from '../../domain/run/facts.ts';
import type { Bytes, Instant } from '../../domain/units.ts';
import type { TalliedPin } from '../../domain/store/tally.ts';
import { emptyDigest } from '../../domain/store/content-digest.ts';

/** What lies there of a run that no listing of runs has. */
export interface LeftBehind {
  readonly namespace: string;
  readonly run: string;
  /** With its trailing slash. */
  readonly prefix: string;
  readonly bytes: Bytes;
  /** Undefined when there were too many to keep. */
  readonly checkpoints: readonly Checkpoint[] | undefined;
  /** What pins hold there by their names. */
  readonly pins: readonly TalliedPin[];
  /** Of this cluster, or of one that the store took over. */
  readonly marker: MarkerFacts;
  /** How many complete listings of runs in a row did not have it. */
  readonly missedListings: number;
}

export interface StoreLook {
  /** Monotonic milliseconds: when the scan began. */
  readonly startedAt: number;
  readonly storeTime: Instant | undefined;
  /** The digest of each run's checkpoints, by `namespace/run`. */
  readonly contents: ReadonlyMap<string, number>;
  /** By `namespace/run`. */
  readonly leftBehind: ReadonlyMap<string, LeftBehind>;
}

export class StoreLooks {
  readonly #looks = new Map<string, StoreLook>();
  readonly #listeners = new Set<() => void>();

  /** Takes in a complete scan, in place of the one before. */
  note(store: string, look: StoreLook): void {
    this.#looks.set(store, look);
    this.#tell();
  }

  /** The store is gone, or cannot be looked at. */
  forget(store: string): void {
    if (this.#looks.delete(store)) this.#tell();
  }

  of(store: string): StoreLook | undefined {
    return this.#looks.get(store);
  }

  entries(): Iterable<readonly [string, StoreLook]> {
    return this.#looks;
  }

  /** Calls back after each note until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** True when a judgement that rests on a listing of this time and content knows everything that the scan saw. */
export const isSeenBy = (
  { startedAt, contents }: StoreLook,
  run: string,
  { readAt, content }: { readonly readAt: number; readonly content: number },
): boolean => readAt >= startedAt || (contents.get(run) ?? emptyDigest) === content;
