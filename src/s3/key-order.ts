// The order of keys in a listing: by the bytes of UTF-8. JavaScript orders strings by UTF-16, which differs where surrogates are.

const surrogate = /[\uD800-\uDFFF]/;

/** Negative when `a` comes first, positive when `b` does, 0 when they are the same key. */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  if (surrogate.test(a) || surrogate.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}
