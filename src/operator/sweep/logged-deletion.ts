// Deletes checkpoints of one run and writes down that it did, and why. What is not written down is not deleted.
import type { Instant } from '../../domain/units.ts';
import { type DeleteFailure, type ObjectStore, ObjectStoreError } from '../../ports/objects.ts';
import { DocumentError } from '../../wire/document.ts';
import { correctLog, type Deleted, type DeletionLog, logDeletions } from './deletion-log.ts';
import { deleteKeys, type KeyDeletion } from './key-deletion.ts';

/** Where the objects of a run are. */
export interface StoredRun {
  readonly objects: ObjectStore;
  /** With its trailing slash. */
  readonly prefix: string;
  /** Whether the bucket keeps old versions. */
  readonly versioning: boolean;
}

export interface LoggedDeletion {
  readonly place: StoredRun;
  readonly deletions: readonly Deleted[];
  readonly now: Instant;
}

/** The failures of each; a store that refuses the whole request refuses each. */
export async function deleteLogged(
  { place, deletions, now }: LoggedDeletion,
  signal: AbortSignal,
): Promise<readonly DeleteFailure[]> {
  const keys = deletions.map(({ key }) => key);
  const log = { ...place, now };
  try {
    await logDeletions(log, deletions, signal);
    const failures = await tryDelete({ ...place, keys }, signal);
    await correct(log, failures, signal);
    return failures;
  } catch (cause) {
    return failuresOf(keys, cause);
  }
}

async function tryDelete(deletion: KeyDeletion, signal: AbortSignal): Promise<readonly DeleteFailure[]> {
  try {
    return await deleteKeys(deletion, signal);
  } catch (cause) {
    return failuresOf(deletion.keys, cause);
  }
}

function failuresOf(keys: readonly string[], cause: unknown): readonly DeleteFailure[] {
  if (!(cause instanceof ObjectStoreError || cause instanceof DocumentError)) throw cause;
  const { code, message } = cause;
  return keys.map((key) => ({ key, code, message }));
}

/** Of what the store did not answer nobody knows whether it is gone: that stays written down, and is asked for again. */
async function correct(
  log: DeletionLog,
  failures: readonly DeleteFailure[],
  signal: AbortSignal,
): Promise<void> {
  const stayed = failures.filter(({ code }) => code !== 'Unavailable').map(({ key }) => key);
  if (stayed.length === 0) return;
  try {
    await correctLog(log, stayed, signal);
  } catch (cause) {
    // The refusals are what must be told; the next deletion writes the log anew.
    if (!(cause instanceof ObjectStoreError || cause instanceof DocumentError)) throw cause;
  }
}
