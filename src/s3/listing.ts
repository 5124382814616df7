// A complete listing in key order, page by page, or an error.
import type { ListedObject } from '../domain/bucket/inventory.ts';
import type { Bucket } from './connection.ts';
import { beginAt, objectListing as listing, type Page, readPage } from './listing-page.ts';

/** Every object below `prefix`, page by page. */
export async function* listObjects(
  bucket: Bucket,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<readonly ListedObject[]> {
  let place = beginAt(prefix, undefined);
  for (;;) {
    const page: Page<ListedObject> = await readPage(bucket, { listing, place }, signal);
    place = page.place;
    if (page.entries.length > 0 || place.token === undefined) yield page.entries;
    if (place.token === undefined) return;
  }
}
