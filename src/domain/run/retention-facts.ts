// What a pass over a run tells of its retention: display, and the reason of its condition.
import type { Checkpoint } from '../bucket/inventory.ts';
import type { Bytes, Instant, Seconds } from '../units.ts';

/** Why nothing is deleted at all. */
export interface RetentionStop {
  readonly reason: 'Stopped' | 'PolicyConflict' | 'PolicyNotUnderstood' | 'PinsRefused';
  readonly why: string;
}

/** What retention decided of this pass's listing. */
export interface RetentionFacts {
  readonly condemnedKeys: ReadonlySet<string>;
  readonly lockedKeys: ReadonlySet<string>;
  /** What stays, but would go if every policy that is only audited were enforced. */
  readonly auditedKeys: ReadonlySet<string>;
  /** What of the condemned waits for a person's word, and by which name it is agreed to. */
  readonly waiting: { readonly digest: string; readonly keys: ReadonlySet<string> } | undefined;
  /** When the first of what is condemned goes, by the operator's clock. */
  readonly nextDeletionAt: Instant | undefined;
  /** How long a checkpoint stays condemned; undefined while nobody can say. */
  readonly graceSeconds: Seconds | undefined;
  /** The policies that speak of the run, by name. */
  readonly policies: readonly string[];
  /** What was deleted that status does not tell yet. */
  readonly deleted: readonly Checkpoint[];
  readonly reclaimedBytes: Bytes;
  /** What a person should know of the plan, a sentence each: pins that name nothing, limits that cannot be kept. */
  readonly notes: readonly string[];
  /** Why nothing is deleted just now; undefined when retention works. */
  readonly stopped: RetentionStop | undefined;
  /** Why the store did not delete what it was asked to; undefined when it did. */
  readonly refused: string | undefined;
  /** How many condemned checkpoints an object lock of the store keeps. */
  readonly heldByLock: number;
}

/** Of a run whose retention nobody has judged. */
export const nothingJudged: RetentionFacts = {
  condemnedKeys: new Set(),
  lockedKeys: new Set(),
  auditedKeys: new Set(),
  waiting: undefined,
  nextDeletionAt: undefined,
  graceSeconds: undefined,
  policies: [],
  deleted: [],
  reclaimedBytes: 0,
  notes: [],
  stopped: undefined,
  refused: undefined,
  heldByLock: 0,
};

/** The same while the store does not take the pins of the spec, and why: nothing goes until it does. */
export const withoutPins = (facts: RetentionFacts, why: string): RetentionFacts => ({
  ...facts,
  nextDeletionAt: undefined,
  stopped: facts.stopped ?? {
    reason: 'PinsRefused',
    why: `the bucket does not take the pins of the run, so that they would not outlive it: ${why.replace(/\.$/, '')}. While the run is there they hold; give the operator's credentials the right to put and delete objects below its pins/, or take the pins out of the spec`,
  },
});
