// What every program reads of a run's part of the bucket the same way: the complete listing, and what its documents say. How long
// to wait for the store and what a document that cannot be read means is each program's own matter.
import { type ListedObject, readInventory, type RunInventory } from '../domain/bucket/inventory.ts';
import type { AttemptId } from '../domain/bucket/keys.ts';
import type { MarkerFacts, OriginFacts } from '../domain/run/facts.ts';
import type { ObjectStore, StoredDocument } from '../ports/objects.ts';
import { attemptDocument } from '../wire/attempt-document.ts';
import { runDocument } from '../wire/run-document.ts';

/** How many documents are fetched at a time. */
const lanes = 8;

/** Everything below `prefix`; half a listing is never returned. @throws ObjectStoreError */
export async function listRun(
  objects: Pick<ObjectStore, 'list'>,
  prefix: string,
  signal: AbortSignal,
): Promise<RunInventory> {
  const listing: ListedObject[] = [];
  for await (const page of objects.list(prefix, signal)) listing.push(...page);
  return readInventory(prefix, listing);
}

/** Does `task` for each, a few at a time; the results are in the order of the items. After a failure none is begun. */
export async function sideBySide<T, R>(
  items: readonly T[],
  task: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results = new Map<number, R>();
  const waiting = [...items.entries()];
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [at, item] = next;
      results.set(at, await task(item));
    }
  };
  try {
    await Promise.all(Array.from({ length: lanes }, lane));
  } finally {
    waiting.length = 0;
  }
  return [...results].toSorted(([a], [b]) => a - b).map(([, result]) => result);
}

export const textOf = ({ bytes }: Pick<StoredDocument, 'bytes'>): string => new TextDecoder().decode(bytes);

/** What an attempt.json says of the attempt in whose folder it lies: a copy of another's is still this one's. @throws DocumentError */
export function originFrom(text: string, opened: ListedObject, id: AttemptId): OriginFacts {
  const { resumedFrom, initializedFrom, rollback, skipped, gpus, waitedSeconds } = attemptDocument.parse(
    text,
    opened.key,
  );
  return {
    id,
    openedAt: opened.savedAt,
    resumedFrom: resumedFrom ?? undefined,
    resumedFromKey: resumedFrom?.key,
    gpus,
    waitedSeconds,
    initializedFrom:
      initializedFrom === null
        ? undefined
        : { ...initializedFrom, update: initializedFrom.update ?? undefined },
    rollback: rollback ?? undefined,
    skipped,
  };
}

/** What a run.json says. @throws DocumentError */
export const markerFrom = (document: StoredDocument, { key }: ListedObject): MarkerFacts => ({
  ...runDocument.parse(textOf(document), key),
  etag: document.etag,
});
