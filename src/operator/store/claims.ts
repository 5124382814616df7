// Reads and writes the claims of a store's prefix. What they mean is decided in domain/store.
import { storeClaimKey } from '../../domain/bucket/keys.ts';
import type { FoundClaim, StoreClaim } from '../../domain/store/claim.ts';
import { prefixesAround } from '../../domain/store/place.ts';
import { type ObjectStore, ObjectStoreError } from '../../ports/objects.ts';
import { storeDocument } from '../../wire/store-document.ts';

/** The claims at the prefix and at those around it; one that cannot be understood throws DocumentError. */
export async function readClaims(
  objects: ObjectStore,
  prefix: string,
  signal: AbortSignal,
): Promise<readonly FoundClaim[]> {
  const own = await readClaim(objects, prefix, signal);
  const around = await Promise.all(
    prefixesAround(prefix).map(async (outer) => readClaimIfAllowed(objects, outer, signal)),
  );
  return [own, ...around].filter((claim) => claim !== undefined);
}

async function readClaim(
  objects: ObjectStore,
  prefix: string,
  signal: AbortSignal,
): Promise<FoundClaim | undefined> {
  const key = storeClaimKey(prefix);
  const document = await objects.get(key, signal);
  if (document === undefined) return undefined;
  const claim = storeDocument.parse(new TextDecoder().decode(document.bytes), key);
  return { prefix, claim, etag: document.etag };
}

// Credentials may be limited to the prefix; then nobody else's claim can be seen around it.
async function readClaimIfAllowed(
  objects: ObjectStore,
  prefix: string,
  signal: AbortSignal,
): Promise<FoundClaim | undefined> {
  try {
    return await readClaim(objects, prefix, signal);
  } catch (cause) {
    if (cause instanceof ObjectStoreError && cause.code === 'AccessDenied') return undefined;
    throw cause;
  }
}

/** Writes the claim, over exactly the object with the ETag `over`, or where there is none. */
export async function makeClaim(
  objects: ObjectStore,
  {
    prefix,
    claim,
    over,
  }: { readonly prefix: string; readonly claim: StoreClaim; readonly over: string | undefined },
  signal: AbortSignal,
): Promise<void> {
  const text = storeDocument.format({ version: 1, ...claim });
  const bytes = new TextEncoder().encode(text);
  const condition = over === undefined ? 'absent' : { etag: over };
  await objects.put({ key: storeClaimKey(prefix), bytes, condition }, signal);
}
