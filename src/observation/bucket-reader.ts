// Reads one run's part of the bucket into facts. Documents of an attempt never change, so one reader fetches each once.
import type { ListedAttempt, ListedObject, RunInventory } from '../domain/bucket/inventory.ts';
import { formatAttemptId } from '../domain/bucket/keys.ts';
import type { BucketPin, PinObject } from '../domain/retention/bucket-pins.ts';
import type { BucketFacts, BucketReading, EndFacts, MarkerFacts, OriginFacts } from '../domain/run/facts.ts';
import { type ObjectStore, ObjectStoreError, type StoredDocument } from '../ports/objects.ts';
import { DocumentError } from '../wire/document.ts';
import { endDocument } from '../wire/end-document.ts';
import { pinFrom } from './pin-documents.ts';
import { listRun, markerFrom, originFrom, sideBySide, textOf } from './bucket-documents.ts';

/** The documents already read of one run; dropped with the run. */
export class BucketReader {
  readonly #documents = new Map<string, string>();

  /** What the bucket says below `prefix`, or why it could not be read. */
  async read(objects: ObjectStore, prefix: string, signal: AbortSignal): Promise<BucketReading> {
    try {
      return { kind: 'Read', facts: await this.facts(objects, prefix, signal) };
    } catch (cause) {
      if (cause instanceof DocumentError)
        return { kind: 'Unreadable', reason: cause.code, message: cause.message };
      if (!(cause instanceof ObjectStoreError)) throw cause;
      return { kind: 'Unreadable', reason: 'BucketUnreadable', message: cause.message };
    }
  }

  /** What the bucket says below `prefix`. @throws ObjectStoreError, DocumentError, VanishedError */
  async facts(objects: ObjectStore, prefix: string, signal: AbortSignal): Promise<BucketFacts> {
    const from = { objects, signal };
    const inventory = await listRun(objects, prefix, signal);
    await this.#fetch(from, inventory);
    const origins: OriginFacts[] = [];
    const ends = new Map<string, EndFacts>();
    for (const { id, opened, closed } of inventory.attempts) {
      if (opened !== undefined) origins.push(originFrom(await this.#text(from, opened), opened, id));
      if (closed !== undefined)
        ends.set(formatAttemptId(id), endDocument.parse(await this.#text(from, closed), closed.key));
    }
    const pins = await this.#pins(from, inventory);
    const marker = inventory.marker === undefined ? undefined : await readMarker(from, inventory.marker);
    return { inventory, marker, origins, ends, pins, storeTime: objects.time() };
  }

  async #pins(from: Source, { pins }: RunInventory): Promise<readonly BucketPin[]> {
    return sideBySide(pins, async (listed) => pinFrom(await this.#text(from, listed), pinObject(listed)));
  }

  /** Fetches the documents that were never read: for a new reader those are all there are. */
  async #fetch(from: Source, { attempts, pins }: RunInventory): Promise<void> {
    const missing = [...attempts.flatMap(documentsOf), ...pins].filter(
      (listed) => !this.#documents.has(nameOf(listed)),
    );
    await sideBySide(missing, async (listed) => this.#text(from, listed));
  }

  async #text(from: Source, listed: ListedObject): Promise<string> {
    const known = this.#documents.get(nameOf(listed));
    if (known !== undefined) return known;
    const text = textOf(await readListed(from, listed));
    this.#documents.set(nameOf(listed), text);
    return text;
  }
}

const pinObject = ({ key, etag, attempt, update }: PinObject): PinObject => ({ key, etag, attempt, update });

const documentsOf = ({ opened, closed }: ListedAttempt): readonly ListedObject[] =>
  [opened, closed].filter((listed) => listed !== undefined);

const nameOf = ({ key, etag }: ListedObject): string => `${key}@${etag}`;

interface Source {
  readonly objects: ObjectStore;
  readonly signal: AbortSignal;
}

/** A listed object was gone when it was read: list again. */
export class VanishedError extends Error {
  override readonly name = 'VanishedError';

  constructor(key: string) {
    super(`${key} was listed but could not be read any more`);
  }
}

async function readListed({ objects, signal }: Source, { key }: ListedObject): Promise<StoredDocument> {
  const document = await objects.get(key, signal);
  if (document === undefined) throw new VanishedError(key);
  return document;
}

async function readMarker(from: Source, listed: ListedObject): Promise<MarkerFacts> {
  return markerFrom(await readListed(from, listed), listed);
}
