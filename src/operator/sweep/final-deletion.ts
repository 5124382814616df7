// Lists and deletes objects so that nothing of them is left: in a bucket that keeps old versions each version by its id. It decides
// nothing about the keys.
import type { ListedObject } from '../../domain/bucket/inventory.ts';
import type { DeleteFailure, DeletionTarget, ObjectStore } from '../../ports/objects.ts';
import type { OpenStore } from '../store/store-registry.ts';
import type { DeletionWorld } from './deletion-world.ts';

/** Everything below the prefix that must go for nothing to be left; half a listing is never returned. */
export async function listForDeletion(
  { objects, capabilities }: OpenStore,
  prefix: string,
  signal: AbortSignal,
): Promise<readonly DeletionTarget[]> {
  return capabilities.versioning ? versionsOf(objects, prefix, signal) : objectsOf(objects, prefix, signal);
}

async function versionsOf(
  objects: ObjectStore,
  prefix: string,
  signal: AbortSignal,
): Promise<readonly DeletionTarget[]> {
  const targets: DeletionTarget[] = [];
  for await (const page of objects.scanVersions({ prefix }, signal))
    for (const { key, versionId } of page) targets.push({ key, versionId });
  return targets;
}

async function objectsOf(
  objects: ObjectStore,
  prefix: string,
  signal: AbortSignal,
): Promise<readonly DeletionTarget[]> {
  const listing: ListedObject[] = [];
  for await (const page of objects.list(prefix, signal)) listing.push(...page);
  return listing.map(({ key, etag }) => ({ key, etag }));
}

export interface FinalDeletion {
  readonly open: OpenStore;
  readonly targets: readonly DeletionTarget[];
}

export interface Stayed {
  readonly count: number;
  /** One of them, and why. */
  readonly first: DeleteFailure;
}

/** Deletes them in batches, each while this operator may; undefined when nothing stayed. */
export async function deleteForGood(
  { mayDelete }: Pick<DeletionWorld, 'mayDelete'>,
  { open, targets }: FinalDeletion,
  signal: AbortSignal,
): Promise<Stayed | undefined> {
  const failures: DeleteFailure[] = [];
  const beforeBatch = async (): Promise<void> => mayDelete(signal);
  const afterBatch = async (outcome: { readonly failures: readonly DeleteFailure[] }): Promise<void> =>
    void failures.push(...outcome.failures);
  await open.objects.bulkDelete({ targets, beforeBatch, afterBatch }, signal);
  const [first] = failures;
  return first === undefined ? undefined : { count: failures.length, first };
}
