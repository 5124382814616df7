// Where stores lie, and which of two that lie in each other gives way. Objects of one store must never be below another's prefix.

export interface StorePlace {
  readonly name: string;
  /** Undefined: AWS. */
  readonly endpoint: string | undefined;
  readonly bucket: string;
  /** '' or 'a/b', no outer slashes. */
  readonly prefix: string;
  /** RFC 3339. */
  readonly createdAt: string;
}

/**
 * The store among these that was created before this one and whose prefix is inside its prefix, around it or the same.
 * The elder stays in use: a new object must not stop runs that train. The same server under another name is not
 * recognised here but by its claim.
 */
export const elderOverlapping = (place: StorePlace, stores: readonly StorePlace[]): StorePlace | undefined =>
  stores.find((other) => isOlder(other, place) && isSameBucket(other, place) && overlaps(other, place));

const isOlder = (a: StorePlace, b: StorePlace): boolean =>
  a.createdAt === b.createdAt ? a.name < b.name : a.createdAt < b.createdAt;

const isSameBucket = (a: StorePlace, b: StorePlace): boolean =>
  a.bucket === b.bucket && normalEndpoint(a) === normalEndpoint(b);

const normalEndpoint = ({ endpoint }: StorePlace): string | undefined =>
  endpoint
    ?.toLowerCase()
    .replace(/\/$/, '')
    .replace(/^(https:.*):443$|^(http:.*):80$/, '$1$2');

const overlaps = (a: StorePlace, b: StorePlace): boolean =>
  isWithin(a.prefix, b.prefix) || isWithin(b.prefix, a.prefix);

const isWithin = (inner: string, outer: string): boolean =>
  outer === '' || inner === outer || inner.startsWith(`${outer}/`);

/** The prefixes around this one, outermost first: of 'a/b/c' they are '', 'a' and 'a/b'. */
export function prefixesAround(prefix: string): readonly string[] {
  if (prefix === '') return [];
  const parts = prefix.split('/');
  return parts.map((_, index) => parts.slice(0, index).join('/'));
}
