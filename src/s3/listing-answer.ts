// What a page of ListObjectsV2 or ListObjectVersions says, from its bytes. It believes nothing about order or completeness: that is
// judged by whoever knows what was asked for.
import type { ListedObject } from '../domain/bucket/inventory.ts';
import type { ListedVersion } from '../ports/scan.ts';
import type { LeanAnswer } from './lean-answer.ts';
import { BadAnswerError } from './trouble.ts';
import { countOf, quotedOf, type TextRange, textOf, type XmlReader } from './xml.ts';

/** A page: its entries, and what it says of itself by element name. */
export interface PageAnswer<E> {
  readonly entries: readonly E[];
  readonly fields: ReadonlyMap<string, string>;
}

/** The page of objects in an answer, which is released. @throws BadAnswerError */
export const readObjects = (answer: LeanAnswer): PageAnswer<ListedObject> =>
  readPage(answer, 'ListBucketResult', [['Contents', objectOf]]);

/** The page of versions and delete markers in an answer, as they stand in it; it is released. @throws BadAnswerError */
export const readVersions = (answer: LeanAnswer): PageAnswer<ListedVersion> =>
  readPage(answer, 'ListVersionsResult', [
    ['Version', (entry) => versionOf(entry, false)],
    ['DeleteMarker', (entry) => versionOf(entry, true)],
  ]);

type Maker<E> = (entry: Entry) => E;

function readPage<E>(
  answer: LeanAnswer,
  root: string,
  makers: readonly (readonly [string, Maker<E>])[],
): PageAnswer<E> {
  const read = (isEncoded: boolean): PageAnswer<E> => {
    const reader = new PageReader(answer.bytes, new Map(makers), isEncoded);
    answer.read(root, reader);
    return reader.page;
  };
  try {
    const page = read(false);
    // nobody asked for it, and whether it was done is told after the keys as a rule
    return page.fields.get('EncodingType') === 'url' ? read(true) : page;
  } finally {
    answer.release();
  }
}

/** The texts of one entry; the same object for every one. */
interface Entry {
  key: string;
  etag: string;
  versionId: string;
  isLatest: string;
  savedAt: number | undefined;
  sizeBytes: number | undefined;
}

function objectOf({ key, sizeBytes, savedAt, etag }: Entry): ListedObject {
  if (key === '' || sizeBytes === undefined || savedAt === undefined)
    throw new BadAnswerError('a listed object without key, size or time');
  // versitygw lists files that it did not write itself without an ETag
  return { key, sizeBytes, savedAt, etag };
}

function versionOf(entry: Entry, isDeleteMarker: boolean): ListedVersion {
  const { key, versionId, isLatest, savedAt, etag } = entry;
  const sizeBytes = isDeleteMarker ? 0 : entry.sizeBytes;
  if (key === '' || versionId === '' || !/^(true|false)$/.test(isLatest))
    throw new BadAnswerError('a listed version without key, id or rank');
  if (sizeBytes === undefined || savedAt === undefined)
    throw new BadAnswerError('a listed version without size or time');
  return { key, sizeBytes, savedAt, etag, versionId, isLatest: isLatest === 'true', isDeleteMarker };
}

class PageReader<E> implements XmlReader {
  readonly #bytes: Buffer;
  readonly #makers: ReadonlyMap<string, Maker<E>>;
  readonly #isEncoded: boolean;
  readonly #fields = new Map<string, string>();
  readonly #entries: E[] = [];
  readonly #entry: Entry = blank();
  #make: Maker<E> | undefined;

  constructor(bytes: Buffer, makers: ReadonlyMap<string, Maker<E>>, isEncoded: boolean) {
    this.#bytes = bytes;
    this.#makers = makers;
    this.#isEncoded = isEncoded;
  }

  get page(): PageAnswer<E> {
    return { entries: this.#entries, fields: this.#fields };
  }

  open(name: string, depth: number): void {
    if (depth !== 1) return;
    this.#make = this.#makers.get(name);
    Object.assign(this.#entry, blank());
  }

  close(_: string, depth: number): void {
    if (depth !== 1 || this.#make === undefined) return;
    this.#entries.push(this.#make(this.#entry));
    this.#make = undefined;
  }

  text(name: string, depth: number, range: TextRange): void {
    if (depth === 2 && this.#make !== undefined) return this.#fill(name, range);
    if (depth !== 1) return;
    if (this.#makers.has(name)) throw new BadAnswerError(`an empty <${name}>`);
    this.#fields.set(name, textOf(this.#bytes, range));
  }

  #fill(name: string, range: TextRange): void {
    const entry = this.#entry;
    const bytes = this.#bytes;
    if (name === 'Key') entry.key = this.#keyOf(range);
    else if (name === 'LastModified') entry.savedAt = timeOf(bytes, range);
    else if (name === 'ETag') entry.etag = quotedOf(bytes, range);
    else if (name === 'Size') entry.sizeBytes = countOf(bytes, range);
    else if (name === 'VersionId') entry.versionId = textOf(bytes, range);
    else if (name === 'IsLatest') entry.isLatest = textOf(bytes, range);
  }

  #keyOf(range: TextRange): string {
    const key = textOf(this.#bytes, range);
    return this.#isEncoded ? decodeKey(key) : key;
  }
}

const blank = (): Entry => ({
  key: '',
  etag: '',
  versionId: '',
  isLatest: '',
  savedAt: undefined,
  sizeBytes: undefined,
});

/** As S3 encodes keys in a listing: a blank is a plus. */
function decodeKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    throw new BadAnswerError(`a key that is not encoded as announced: ${encoded}`);
  }
}

const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/;

/** `2026-11-28T01:29:28.000Z` in milliseconds since the epoch; undefined for any other text. */
function timeOf(bytes: Buffer, range: TextRange): number | undefined {
  const text = textOf(bytes, range);
  return isoTime.test(text) ? Date.parse(text) : undefined;
}
