// What a judge in a storm hears of the processes: what they are told, when they judge, and what they are about to remove.
import type { StoredObject } from '../object-storage/journal.ts';

/** Who acts, as the judge knows it. */
export interface Suspect {
  readonly name: string;
  readonly clock: { readonly now: () => number; readonly monotonic: () => number };
}

/** What was asked of the API server, past every cache. */
export interface Asked {
  readonly verb: 'get' | 'list';
  readonly plural: string;
}

export interface Witness {
  /** A process begins anew, remembering nothing. */
  forget(suspect: Suspect): void;
  /** Before a listing is sent; the answer is called once all of it was received. */
  listing(suspect: Suspect, prefix: string): Promise<() => void>;
  /** Before everything below a prefix is scanned. */
  scanning(suspect: Suspect, prefix: string): Promise<void>;
  /** What a document said, perhaps written anew since it was listed; undefined: it could not be read. */
  told(suspect: Suspect, key: string, text: string | undefined): void;
  /** The store's time, as the process was told. */
  toldTime(suspect: Suspect, time: number | undefined): void;
  /** The API server told this, not a cache. */
  reRead(suspect: Suspect, asked: Asked, objects: readonly StoredObject[]): void;
  /** The process judges now what may go of what it looks at. `word`: what a person agreed to of a place. */
  judged(suspect: Suspect, word?: string): void;
  /** It has planned all runs together. */
  planned(suspect: Suspect): void;
  /** It has swept the store. */
  swept(suspect: Suspect): void;
  /** Before keys are deleted; the answer is called when that was answered, and judges what is gone. */
  deleting(suspect: Suspect, keys: readonly string[]): Promise<() => Promise<void>>;
}
