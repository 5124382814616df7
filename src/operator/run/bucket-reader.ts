// Reads one run's part of the bucket: the complete listing, and the small documents in it. Documents of an attempt never
// change, so each is fetched once; half a listing is never returned.
import { type ListedObject, readInventory, type RunInventory } from '../../domain/bucket/inventory.ts';
import { type AttemptId, formatAttemptId } from '../../domain/bucket/keys.ts';
import type {
  BucketFacts,
  BucketReading,
  EndFacts,
  MarkerFacts,
  OriginFacts,
} from '../../domain/run/facts.ts';
import { type ObjectStore, ObjectStoreError } from '../../ports/objects.ts';
import { attemptDocument } from '../../wire/attempt-document.ts';
import { type DocumentCodec, DocumentError } from '../../wire/document.ts';
import { endDocument } from '../../wire/end-document.ts';
import { runDocument } from '../../wire/run-document.ts';

/** The documents already read of one run; dropped with the run. */
export class BucketReader {
  readonly #documents = new Map<string, string>();

  /** What the bucket says below `prefix`, or why it could not be read. */
  async read(objects: ObjectStore, prefix: string, signal: AbortSignal): Promise<BucketReading> {
    try {
      const inventory = await readListing(objects, prefix, signal);
      return { kind: 'Read', facts: await this.#facts({ objects, signal }, inventory) };
    } catch (cause) {
      if (cause instanceof DocumentError)
        return { kind: 'Unreadable', reason: cause.code, message: cause.message };
      if (!(cause instanceof ObjectStoreError)) throw cause;
      return { kind: 'Unreadable', reason: 'BucketUnreadable', message: cause.message };
    }
  }

  async #facts(from: Source, inventory: RunInventory): Promise<BucketFacts> {
    await this.#fetch(
      from,
      inventory.attempts.flatMap(({ opened, closed }) => [opened ?? [], closed ?? []].flat()),
    );
    const origins: OriginFacts[] = [];
    const ends = new Map<string, EndFacts>();
    for (const { id, opened, closed } of inventory.attempts) {
      if (opened !== undefined) origins.push(await this.#origin(from, id, opened));
      if (closed !== undefined)
        ends.set(formatAttemptId(id), await this.#document(from, closed, endDocument));
    }
    const marker = inventory.marker === undefined ? undefined : await this.#marker(from, inventory.marker);
    return { inventory, marker, origins, ends, storeTime: from.objects.time() };
  }

  /** Fetches the documents that were never read: after a restart of the operator those are all there are. */
  async #fetch(from: Source, listed: readonly ListedObject[]): Promise<void> {
    const missing = listed.filter((document) => !this.#documents.has(nameOf(document))).values();
    const lane = async (): Promise<void> => {
      for (const document of missing) await this.#text(from, document);
    };
    await Promise.all(Array.from({ length: lanes }, lane));
  }

  // Whose document it is, its folder says: a copy of another's is still this attempt's.
  async #origin(from: Source, id: AttemptId, opened: ListedObject): Promise<OriginFacts> {
    const document = await this.#document(from, opened, attemptDocument);
    const { resumedFrom, initializedFrom, rollback, skipped, gpus, waitedSeconds } = document;
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

  async #marker(from: Source, listed: ListedObject): Promise<MarkerFacts> {
    const document = await from.objects.get(listed.key, from.signal);
    if (document === undefined) throw new VanishedError(listed.key);
    return { ...runDocument.parse(decode(document.bytes), listed.key), etag: document.etag };
  }

  async #document<T>(from: Source, listed: ListedObject, codec: DocumentCodec<T>): Promise<T> {
    return codec.parse(await this.#text(from, listed), listed.key);
  }

  async #text({ objects, signal }: Source, listed: ListedObject): Promise<string> {
    const known = this.#documents.get(nameOf(listed));
    if (known !== undefined) return known;
    const document = await objects.get(listed.key, signal);
    if (document === undefined) throw new VanishedError(listed.key);
    const text = decode(document.bytes);
    this.#documents.set(nameOf(listed), text);
    return text;
  }
}

/** How many documents are fetched at a time. */
const lanes = 8;

const nameOf = ({ key, etag }: ListedObject): string => `${key}@${etag}`;

interface Source {
  readonly objects: ObjectStore;
  readonly signal: AbortSignal;
}

/** A listed object was gone when it was read: the next pass lists again. */
class VanishedError extends Error {
  override readonly name = 'VanishedError';

  constructor(key: string) {
    super(`${key} was listed but could not be read any more`);
  }
}

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

async function readListing(objects: ObjectStore, prefix: string, signal: AbortSignal): Promise<RunInventory> {
  const listing: ListedObject[] = [];
  for await (const page of objects.list(prefix, signal)) listing.push(...page);
  return readInventory(prefix, listing);
}
