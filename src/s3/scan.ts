// A complete listing in no order: several shares of the key space side by side, or an error. An error of one share ends all; nothing
// of a scan that failed is ever an end.
import type { ScanRequest } from '../ports/scan.ts';
import type { Bucket } from './connection.ts';
import { compareKeys } from './key-order.ts';
import { beginAt, type Listing, type Page, type Place, readPage } from './listing-page.ts';
import { type PageEnd, planCuts, ScanShares } from './scan-shares.ts';

interface Arrival<E> {
  readonly share: number;
  readonly page: Page<E>;
}

/** Everything below the prefix, page by page. */
export async function* scanAll<E extends { readonly key: string }>(
  bucket: Bucket,
  { listing, request }: { readonly listing: Listing<E>; readonly request: ScanRequest },
  signal: AbortSignal,
): AsyncGenerator<readonly E[]> {
  const name = `${listing.verb} ${request.prefix}`;
  const shares = openShares(bucket, request, bucket.scans.get(name));
  const stop = new AbortController();
  const under = AbortSignal.any([signal, stop.signal]);
  const pending = new Map<number, Promise<Arrival<E>>>();
  const ask = (share: number, place: Place): void => {
    const arrival = readPage(bucket, { listing, place }, under).then((page) => ({ share, page }));
    // who is told of a failure is decided below
    arrival.catch(() => {});
    pending.set(share, arrival);
  };
  const begin = (share: number): void => ask(share, beginAt(request.prefix, shares.shareOf(share).after));
  try {
    shares.open.forEach(begin);
    while (pending.size > 0) {
      for (let share = shares.split(); share !== undefined; share = shares.split()) begin(share);
      const { share, page } = await Promise.race(pending.values());
      pending.delete(share);
      const { until } = shares.shareOf(share);
      const entries = belonging(page, until);
      const isLast = isEnd(listing, page.place, until);
      shares.took(share, { belonging: entries.length, last: page.place.last, isLast });
      // the next page is fetched while this one is used
      if (!isLast) ask(share, page.place);
      if (entries.length > 0) yield entries;
    }
    bucket.scans.set(name, shares.ends);
  } finally {
    stop.abort();
    await Promise.allSettled(pending.values());
  }
}

function openShares(
  bucket: Bucket,
  { prefix, landmarks = [] }: ScanRequest,
  ends: readonly PageEnd[] = [],
): ScanShares {
  const known = ends.length > 0 ? ends.map(({ key }) => key) : landmarks;
  const inside = [...new Set(known)].filter((key) => key.startsWith(prefix)).toSorted(compareKeys);
  const { lanes, pageKeys } = bucket.limits;
  const shares = new ScanShares({ lanes, pageKeys, landmarks: inside });
  const { keys, free } = planCuts(ends, lanes);
  shares.cut(keys, free);
  return shares;
}

/** The entries of a page that belong to a share. */
function belonging<E extends { readonly key: string }>(
  { entries }: Page<E>,
  until: string | undefined,
): readonly E[] {
  const last = entries.at(-1);
  if (until === undefined || last === undefined || compareKeys(last.key, until) <= 0) return entries;
  return entries.filter(({ key }) => compareKeys(key, until) <= 0);
}

function isEnd<E>({ repeatsKeys }: Listing<E>, { token, last }: Place, until: string | undefined): boolean {
  if (token === undefined) return true;
  if (until === undefined || last === undefined) return false;
  const order = compareKeys(last, until);
  return repeatsKeys ? order > 0 : order >= 0;
}
