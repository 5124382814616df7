// Deletes keys so that they free their space: in a bucket that keeps old versions every version of them by its id, for a delete without
// one only hides. It decides nothing about the keys.
import type { DeleteFailure, DeletionTarget, ObjectStore } from '../../ports/objects.ts';

export interface KeyDeletion {
  readonly objects: ObjectStore;
  /** All keys lie below it. */
  readonly prefix: string;
  readonly keys: readonly string[];
  /** Whether the bucket keeps old versions. */
  readonly versioning: boolean;
}

/** The keys that stayed, each once, and why. @throws ObjectStoreError when the store refuses the whole request */
export async function deleteKeys(
  { objects, prefix, keys, versioning }: KeyDeletion,
  signal: AbortSignal,
): Promise<readonly DeleteFailure[]> {
  if (!versioning) return objects.delete(keys, signal);
  const targets = await versionsOf({ objects, prefix, keys: new Set(keys) }, signal);
  const failures = new Map<string, DeleteFailure>();
  await objects.bulkDelete(
    {
      targets,
      beforeBatch: async () => undefined,
      afterBatch: async (outcome) => {
        for (const failure of outcome.failures) failures.set(failure.key, failure);
      },
    },
    signal,
  );
  return [...failures.values()];
}

async function versionsOf(
  {
    objects,
    prefix,
    keys,
  }: { readonly objects: ObjectStore; readonly prefix: string; readonly keys: ReadonlySet<string> },
  signal: AbortSignal,
): Promise<readonly DeletionTarget[]> {
  const targets: DeletionTarget[] = [];
  for await (const page of objects.scanVersions({ prefix }, signal))
    for (const { key, versionId } of page) if (keys.has(key)) targets.push({ key, versionId });
  return targets;
}
