// A bucket of one run, told in a line an attempt: `{ number: 2, from: [1, 30], last: [40], steps: [35] }`.
import { type ListedObject, readInventory } from '../../src/domain/bucket/inventory.ts';
import { type AttemptId, type CheckpointKind, formatRunObject } from '../../src/domain/bucket/keys.ts';
import type { BucketFacts, EndFacts, OriginFacts } from '../../src/domain/run/facts.ts';
import { formatAttemptId } from '../../src/domain/bucket/keys.ts';

export const talePrefix = 'prod/voice/zh/';
/** The store's clock in every tale. */
export const storeTime = 1_000_000_000;

export interface AttemptTale {
  readonly number: number;
  /** Default: eight times the number's last digit. */
  readonly pod?: string;
  /** Attempt and update it resumed from; absent = from scratch; 'unopened' = no attempt.json. */
  readonly from?: readonly [number, number] | 'unopened';
  /** The id of the rollback it carried out. */
  readonly rollback?: string;
  readonly initializedFrom?: OriginFacts['initializedFrom'];
  readonly skipped?: NonNullable<OriginFacts['skipped']>;
  readonly last?: readonly number[];
  readonly steps?: readonly number[];
  readonly end?: EndFacts;
  /** True when the operator told that nothing of it comes any more. */
  readonly gone?: true;
  /** Default: 0. */
  readonly gpus?: number;
  /** When its objects were saved, in seconds before the store's time (default 10,000). */
  readonly age?: number;
  /** When its attempt.json was, if not with the others. */
  readonly openedAge?: number;
  /** How long its restore waited for the flush of the attempt before. */
  readonly waitedSeconds?: number;
  /** When its checkpoints were, in the order of their updates, if not with the others. */
  readonly ages?: readonly number[];
  /** Their sizes, in the same order (default 100 each). */
  readonly sizes?: readonly number[];
  /** The age and size of each, as `Last@30`, where a Last and a Step of one update were not saved together. */
  readonly saved?: ReadonlyMap<string, { readonly age: number; readonly size: number }>;
}

export const attemptId = (number: number, pod?: string): AttemptId => ({
  number,
  pod: pod ?? String(number % 10).repeat(8),
});

/** The facts of a bucket with these attempts, marked as run UID `run-uid`. */
export function bucketFacts(tales: readonly AttemptTale[], change: Partial<BucketFacts> = {}): BucketFacts {
  const listing = tales.flatMap(listed);
  return {
    inventory: readInventory(talePrefix, listing),
    marker: { runUid: 'run-uid', clusterUid: 'cluster-uid', highestAttempt: 0, phase: 'Running', etag: 'm' },
    origins: tales.flatMap(origin),
    ends: new Map(
      tales.flatMap(({ number, pod, end }) =>
        end === undefined ? [] : [[formatAttemptId(attemptId(number, pod)), end]],
      ),
    ),
    pins: [],
    storeTime,
    ...change,
  };
}

function listed(tale: AttemptTale): readonly ListedObject[] {
  const attempt = attemptId(tale.number, tale.pod);
  const object = (name: string, age = tale.age ?? 10_000, sizeBytes = 100): ListedObject => ({
    key: talePrefix + name,
    sizeBytes,
    savedAt: storeTime - age * 1000,
    etag: name,
  });
  const order = [...(tale.last ?? []), ...(tale.steps ?? [])].toSorted((a, b) => a - b);
  const checkpoints = (kind: CheckpointKind, updates: readonly number[] = []): readonly ListedObject[] =>
    updates.map((update) =>
      object(
        formatRunObject({ is: 'Checkpoint', attempt, kind, update }),
        tale.ages?.[order.indexOf(update)],
        tale.sizes?.[order.indexOf(update)],
      ),
    );
  return [
    ...(tale.from === 'unopened'
      ? []
      : [object(formatRunObject({ is: 'Attempt', attempt }), tale.openedAge)]),
    ...checkpoints('Last', tale.last),
    ...checkpoints('Step', tale.steps),
    ...(tale.end === undefined ? [] : [object(formatRunObject({ is: 'End', attempt }))]),
    ...(tale.gone === undefined ? [] : [object(formatRunObject({ is: 'Gone', attempt }))]),
  ];
}

function origin({
  number,
  pod,
  from,
  rollback,
  initializedFrom,
  skipped = [],
  gpus = 0,
  waitedSeconds = 0,
  age = 10_000,
  openedAge = age,
}: AttemptTale): readonly OriginFacts[] {
  if (from === 'unopened') return [];
  const id = attemptId(number, pod);
  const openedAt = storeTime - openedAge * 1000;
  const facts = { id, openedAt, rollback, initializedFrom, skipped, gpus, waitedSeconds };
  if (from === undefined) return [{ ...facts, resumedFrom: undefined, resumedFromKey: undefined }];
  const [parent, update] = from;
  const resumedFrom = { attempt: attemptId(parent), update };
  return [{ ...facts, resumedFrom, resumedFromKey: `key-of-${update}` }];
}
