// A number for what a set of objects is: equal for equal sets of keys and ETags, whatever their order. It tells changed from unchanged;
// nothing is ever deleted for what it says.

interface Named {
  readonly key: string;
  readonly etag: string;
}

/** Of no object. */
export const emptyDigest = 0;

/** The digest of one object. */
export const digestOfOne = ({ key, etag }: Named): number => hashOf(etag, hashOf(key, offsetBasis));

/** The digest of two sets of objects together. */
export const joinDigests = (one: number, other: number): number => (one + other) >>> 0;

/** The digest of these. */
export const digestOf = (objects: Iterable<Named>): number => {
  let digest = emptyDigest;
  for (const object of objects) digest = joinDigests(digest, digestOfOne(object));
  return digest;
};

// FNV-1a, 32 bit.
const offsetBasis = 0x811c9dc5;
const prime = 0x01000193;

function hashOf(text: string, start: number): number {
  let hash = start;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), prime);
  return hash >>> 0;
}
