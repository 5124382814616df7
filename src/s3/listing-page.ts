// One page of a listing, of objects or of versions: asked for, and checked for order, place and a token that leads on. A page that
// lies is an error, never an end.
import { ListObjectsV2Command, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import type { ListedObject } from '../domain/bucket/inventory.ts';
import type { ListedVersion } from '../ports/scan.ts';
import type { TryOptions } from './caller.ts';
import type { Bucket } from './connection.ts';
import { compareKeys } from './key-order.ts';
import { LeanAnswer } from './lean-answer.ts';
import { type PageAnswer, readObjects, readVersions } from './listing-answer.ts';
import { BadAnswerError } from './trouble.ts';

/** Leads to the next page. */
export interface PageToken {
  /** A continuation token, or the last key. */
  readonly mark: string;
  /** Of a listing of versions. */
  readonly versionId: string;
}

/** How far a listing has come. */
export interface Place {
  readonly prefix: string;
  /** Where it began: no key up to here belongs to it. */
  readonly start: string | undefined;
  /** The last key so far. */
  readonly last: string | undefined;
  /** Versions of the last key that were told. */
  readonly told: ReadonlySet<string>;
  readonly token: PageToken | undefined;
  /** Pages in a row without an entry. */
  readonly empty: number;
}

export interface Page<E> {
  readonly entries: readonly E[];
  /** Where the next page is asked for. */
  readonly place: Place;
}

/** What is listed. */
export interface Listing<E> {
  readonly verb: string;
  /** One key may have several entries, on several pages. */
  readonly repeatsKeys: boolean;
  /** Asks for the page at a place. @throws BadAnswerError when it is not one */
  readonly read: (bucket: Bucket, place: Place, options: TryOptions) => Promise<Page<E>>;
}

/** Empty pages in a row that are believed to lead on. */
const mostEmptyPages = 20;

/** Where a listing begins that names what comes after `start`. */
export const beginAt = (prefix: string, start: string | undefined): Place => ({
  prefix,
  start,
  last: undefined,
  told: new Set(),
  token: undefined,
  empty: 0,
});

/** Reads the page at a place; a page that lies is asked for again, a few times. */
export function readPage<E>(
  bucket: Bucket,
  { listing, place }: { readonly listing: Listing<E>; readonly place: Place },
  signal: AbortSignal,
): Promise<Page<E>> {
  const run = (options: TryOptions): Promise<Page<E>> => listing.read(bucket, place, options);
  return bucket.caller.call({ verb: listing.verb, key: place.prefix, run }, signal);
}

export const objectListing: Listing<ListedObject> = {
  verb: 'list',
  repeatsKeys: false,
  async read(bucket, place, options) {
    const { token, start, prefix } = place;
    const command = new ListObjectsV2Command({
      Bucket: bucket.name,
      Prefix: prefix,
      MaxKeys: bucket.limits.pageKeys,
      ...(token === undefined ? { StartAfter: start } : { ContinuationToken: token.mark }),
    });
    const answer = new LeanAnswer(bucket.answers);
    command.middlewareStack.add(answer.taking, answer.place);
    await bucket.client.send(command, options);
    return judgeObjects(place, readObjects(answer));
  },
};

export const versionListing: Listing<ListedVersion> = {
  verb: 'list the versions of',
  repeatsKeys: true,
  async read(bucket, place, options) {
    const { token, start, prefix } = place;
    const command = new ListObjectVersionsCommand({
      Bucket: bucket.name,
      Prefix: prefix,
      MaxKeys: bucket.limits.pageKeys,
      KeyMarker: token?.mark ?? start,
      VersionIdMarker: token?.versionId,
    });
    const answer = new LeanAnswer(bucket.answers);
    command.middlewareStack.add(answer.taking, answer.place);
    await bucket.client.send(command, options);
    return judgeVersions(place, readVersions(answer));
  },
};

function judgeObjects(place: Place, { entries, fields }: PageAnswer<ListedObject>): Page<ListedObject> {
  const count = fields.get('KeyCount');
  if (count !== undefined && count !== String(entries.length))
    throw new BadAnswerError(`a page of ${entries.length} keys that counts ${count}`);
  const mark = fields.get('NextContinuationToken') ?? '';
  const token = readToken(place, { more: fields.get('IsTruncated'), mark, versionId: '' });
  let last = place.last ?? place.start;
  for (const { key } of entries) {
    requireBelow(place.prefix, key);
    if (last !== undefined && compareKeys(last, key) >= 0) throw outOfOrder(key, last);
    last = key;
  }
  return { entries, place: advance(place, { last, told: place.told, token, count: entries.length }) };
}

/** Servers tell markers apart from versions, and some tell the versions of the last key again. */
function judgeVersions(place: Place, { entries, fields }: PageAnswer<ListedVersion>): Page<ListedVersion> {
  const [mark = '', versionId = ''] = [fields.get('NextKeyMarker'), fields.get('NextVersionIdMarker')];
  const token = readToken(place, { more: fields.get('IsTruncated'), mark, versionId });
  const { start, prefix } = place;
  let { last, told } = place;
  const fresh: ListedVersion[] = [];
  for (const entry of entries.toSorted((a, b) => compareKeys(a.key, b.key))) {
    requireBelow(prefix, entry.key);
    if (start !== undefined && compareKeys(entry.key, start) <= 0) continue;
    if (last !== undefined && compareKeys(last, entry.key) > 0) throw outOfOrder(entry.key, last);
    const before: ReadonlySet<string> = entry.key === last ? told : new Set();
    last = entry.key;
    told = before;
    if (before.has(entry.versionId)) continue;
    told = new Set([...before, entry.versionId]);
    fresh.push(entry);
  }
  return { entries: fresh, place: advance(place, { last, told, token, count: fresh.length }) };
}

const outOfOrder = (key: string, after: string): BadAnswerError =>
  new BadAnswerError(`keys out of order: ${key} after ${after}`);

function requireBelow(prefix: string, key: string): void {
  if (!key.startsWith(prefix)) throw new BadAnswerError(`a key outside the prefix: ${key}`);
}

interface Advance extends Pick<Place, 'last' | 'told' | 'token'> {
  readonly count: number;
}

function advance(place: Place, { count, ...moved }: Advance): Place {
  const empty = count === 0 ? place.empty + 1 : 0;
  if (moved.token !== undefined && empty > mostEmptyPages)
    throw new BadAnswerError(`${place.empty} empty pages in a row, each with more to come`);
  return { ...place, ...moved, empty };
}

/** What leads on; undefined on the last page. */
function readToken(
  { token }: Place,
  told: PageToken & { readonly more: string | undefined },
): PageToken | undefined {
  const { more, mark, versionId } = told;
  if (more !== 'true' && more !== 'false')
    throw new BadAnswerError('a page that does not say whether more follow');
  if (more === 'false' && mark !== '') throw new BadAnswerError('a last page with a token');
  if (more === 'false') return undefined;
  if (mark === '') throw new BadAnswerError('a page with more to come but no token');
  if (mark === token?.mark && versionId === token.versionId)
    throw new BadAnswerError('a page whose token leads back to itself');
  return { mark, versionId };
}
