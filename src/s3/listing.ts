// A complete listing or an error: each page is checked for order, place and a token that leads on. A page that lies ends it.
import {
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  type _Object as ListedEntry,
} from '@aws-sdk/client-s3';
import type { ListedObject } from '../domain/bucket/inventory.ts';
import type { TryOptions } from './caller.ts';
import type { Bucket } from './connection.ts';
import { BadAnswerError } from './trouble.ts';

interface Place {
  readonly prefix: string;
  /** The last key so far. */
  readonly after: string | undefined;
  readonly token: string | undefined;
}

interface Page {
  readonly objects: readonly ListedObject[];
  readonly next: string | undefined;
}

/** Empty pages in a row that are believed to lead on. */
const mostEmptyPages = 20;

/** Every object below `prefix`, page by page. */
export async function* listObjects(
  bucket: Bucket,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<readonly ListedObject[]> {
  let place: Place = { prefix, after: undefined, token: undefined };
  let empty = 0;
  for (;;) {
    const page: Page = await readPage(bucket, place, { empty, signal });
    if (page.objects.length > 0 || page.next === undefined) yield page.objects;
    if (page.next === undefined) return;
    empty = page.objects.length === 0 ? empty + 1 : 0;
    place = { prefix, after: page.objects.at(-1)?.key ?? place.after, token: page.next };
  }
}

function readPage(
  bucket: Bucket,
  place: Place,
  { empty, signal }: { readonly empty: number; readonly signal: AbortSignal },
): Promise<Page> {
  const { prefix, token } = place;
  const run = async (options: TryOptions): Promise<Page> => {
    const command = new ListObjectsV2Command({
      Bucket: bucket.name,
      Prefix: prefix,
      MaxKeys: bucket.limits.pageKeys,
      ...(token === undefined ? {} : { ContinuationToken: token }),
    });
    const page = checkPage(place, await bucket.client.send(command, options));
    if (page.objects.length === 0 && page.next !== undefined && empty >= mostEmptyPages)
      throw new BadAnswerError(`${empty} empty pages in a row, each with more to come`);
    return page;
  };
  return bucket.caller.call({ verb: 'list', key: prefix, run }, signal);
}

function checkPage(place: Place, answer: ListObjectsV2CommandOutput): Page {
  const { Contents: entries = [], KeyCount: count } = answer;
  const next = readToken(place, answer);
  if (count !== undefined && count !== entries.length)
    throw new BadAnswerError(`a page of ${entries.length} keys that counts ${count}`);
  const objects = entries.map(readEntry);
  let after = place.after;
  for (const { key } of objects) {
    if (!key.startsWith(place.prefix)) throw new BadAnswerError(`a key outside the prefix: ${key}`);
    if (after !== undefined && compareKeys(after, key) >= 0)
      throw new BadAnswerError(`keys out of order: ${key} after ${after}`);
    after = key;
  }
  return { objects, next };
}

/** The token of the next page; undefined on the last one. */
function readToken({ token }: Place, answer: ListObjectsV2CommandOutput): string | undefined {
  const { IsTruncated: more, NextContinuationToken: next } = answer;
  if (more === undefined) throw new BadAnswerError('a page that does not say whether more follow');
  if (!more && next !== undefined) throw new BadAnswerError('a last page with a token');
  if (more && next === undefined) throw new BadAnswerError('a page with more to come but no token');
  if (more && next === token) throw new BadAnswerError('a page whose token leads back to itself');
  return next;
}

/** The order of a listing: by the bytes of UTF-8, which JavaScript's own order of strings is not. */
const compareKeys = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

function readEntry({
  Key: key,
  Size: sizeBytes,
  LastModified: modified,
  ETag: etag,
}: ListedEntry): ListedObject {
  if (key === undefined || sizeBytes === undefined || modified === undefined)
    throw new BadAnswerError('a listed object without key, size or time');
  // versitygw lists files that it did not write itself without an ETag
  return { key, sizeBytes, savedAt: modified.getTime(), etag: etag ?? '' };
}
