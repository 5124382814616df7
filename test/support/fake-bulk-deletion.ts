// The bulk deletion of the fake object store: batches one after the other, hooks and refusals as the port promises them.
import {
  type BulkDeletion,
  type DeleteFailure,
  type DeletionTarget,
  ObjectStoreError,
} from '../../src/ports/objects.ts';

export interface FakeDeletion {
  readonly batchKeys: number;
  /** Sends one request; undefined for a target that is gone now. */
  readonly send: (batch: readonly DeletionTarget[]) => Promise<readonly (DeleteFailure | undefined)[]>;
}

export async function deleteInBatches<T extends DeletionTarget>(
  { batchKeys, send }: FakeDeletion,
  { targets, beforeBatch, afterBatch }: BulkDeletion<T>,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  for (const batch of batchesOf(targets, batchKeys)) {
    signal.throwIfAborted();
    await beforeBatch(batch);
    try {
      const outcomes = await send(batch);
      const deleted = batch.filter((_, index) => outcomes[index] === undefined);
      await afterBatch({ deleted, failures: outcomes.filter((failure) => failure !== undefined) });
    } catch (error) {
      if (!(error instanceof ObjectStoreError)) throw error;
      const { code, message } = error;
      await afterBatch({
        deleted: [],
        failures: batch.map((target) => ({ ...named(target), code, message })),
      });
      throw error;
    }
  }
}

/** A target as a failure names it. */
export const named = ({ key, versionId }: DeletionTarget): Pick<DeleteFailure, 'key' | 'versionId'> =>
  versionId === undefined ? { key } : { key, versionId };

function* batchesOf<T>(items: Iterable<T>, size: number): Generator<readonly T[]> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
