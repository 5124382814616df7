// What a pass over a run tells of its retention: display, and the reason of its condition.
import type { Bytes } from '../units.ts';

/** What retention decided of this pass's listing. */
export interface RetentionFacts {
  readonly condemnedKeys: ReadonlySet<string>;
  readonly lockedKeys: ReadonlySet<string>;
  readonly reclaimedBytes: Bytes;
  /** What a person should know of the plan, a sentence each: pins that name nothing, limits that cannot be kept. */
  readonly notes: readonly string[];
  /** Why nothing is deleted just now; undefined when retention works. */
  readonly stopped: string | undefined;
  /** Why the store did not delete what it was asked to; undefined when it did. */
  readonly refused: string | undefined;
  /** How many condemned checkpoints an object lock of the store keeps. */
  readonly heldByLock: number;
}
