// Pins as the bucket keeps them, so that they outlive the run object: which of them bind beside the spec of a run. One that cannot be
// understood holds what its name says, without an end.
import type { ListedPin } from '../bucket/inventory.ts';
import type { Instant } from '../units.ts';
import type { Pin } from './rules.ts';

/** What a pin's document says. */
export interface PinWords {
  /** The run whose spec it came from, or for which it was set when the run was gone. */
  readonly runUid: string;
  readonly reason: string | undefined;
  readonly until: Instant | undefined;
  /** When it was first kept. */
  readonly since: Instant;
  /** The checkpoints it held when it was written, below the run's prefix. */
  readonly keys: readonly string[];
}

/** Where a pin's document lies, and which one it was. */
export type PinObject = Pick<ListedPin, 'key' | 'etag' | 'attempt' | 'update'>;

export interface BucketPin extends PinObject {
  /** Undefined when it cannot be understood. */
  readonly words: PinWords | undefined;
  /** Set when a newer program wrote it: the sentence that says so. Nothing is deleted then. */
  readonly newer?: string;
}

/** As retention asks for them. */
export const asPins = (pins: readonly BucketPin[]): readonly Pin[] =>
  pins.map(({ attempt, update, words }) => ({
    attempt,
    update,
    until: words?.until,
    reason: words?.reason,
  }));

/** Those that bind a run beside its spec: what was mirrored from the spec itself holds only as long as it stands there. */
export const besideSpec = (pins: readonly BucketPin[], runUid: string): readonly BucketPin[] =>
  pins.filter(({ words }) => words?.runUid !== runUid);

/** Why nothing of the run may be deleted; undefined when all can be understood or hold by their names. */
export const whyPinsStop = (pins: readonly BucketPin[]): string | undefined =>
  pins.find(({ newer }) => newer !== undefined)?.newer?.replace(/\.$/, '');
