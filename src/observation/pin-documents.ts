// The pins that a run's part of the bucket keeps, read into facts, and written from them. What cannot be understood is still a pin.
import { parseRunObject } from '../domain/bucket/keys.ts';
import type { BucketPin, PinObject, PinWords } from '../domain/retention/bucket-pins.ts';
import type { ObjectStore } from '../ports/objects.ts';
import { DocumentError } from '../wire/document.ts';
import { type PinDocument, pinDocument } from '../wire/pin-document.ts';
import { sideBySide, textOf } from './bucket-documents.ts';

/** What the document under this name says. */
export function pinFrom(text: string, listed: PinObject): BucketPin {
  try {
    const document = pinDocument.parse(text, listed.key);
    return { ...listed, words: isOf(document, listed) ? wordsOf(document) : undefined };
  } catch (cause) {
    if (!(cause instanceof DocumentError)) throw cause;
    const { code, message } = cause;
    return { ...listed, words: undefined, ...(code === 'NewerLayout' ? { newer: message } : {}) };
  }
}

const isOf = ({ attempt, update }: PinDocument, listed: PinObject): boolean =>
  attempt === listed.attempt && update === listed.update;

const wordsOf = ({ runUid, reason, until, since, keys }: PinDocument): PinWords => ({
  runUid,
  reason: reason ?? undefined,
  until: until ?? undefined,
  since,
  keys,
});

/** The pins among these keys; one that is gone is left out. @throws ObjectStoreError */
export async function readPins(
  objects: Pick<ObjectStore, 'get'>,
  { prefix, keys }: { readonly prefix: string; readonly keys: Iterable<string> },
  signal: AbortSignal,
): Promise<readonly BucketPin[]> {
  const named = [...keys].flatMap((key) => pinAt(prefix, key) ?? []);
  const read = await sideBySide(named, async ({ key, attempt, update }) => {
    const found = await objects.get(key, signal);
    if (found === undefined) return [];
    const { etag } = found;
    const listed = { key, attempt, update, etag };
    return [pinFrom(textOf(found), listed)];
  });
  return read.flat();
}

function pinAt(prefix: string, key: string): Omit<PinObject, 'etag'> | undefined {
  const object = key.startsWith(prefix) ? parseRunObject(key.slice(prefix.length)) : undefined;
  return object?.is === 'Pin' ? { key, attempt: object.attemptNumber, update: object.update } : undefined;
}

/** The document that says so. */
export function formatPin(
  { attempt, update }: Pick<PinObject, 'attempt' | 'update'>,
  { reason = null, until = null, ...words }: Nullable<PinWords>,
): Uint8Array {
  const document = { version: 1, attempt, update, ...words, reason, until } as const;
  return new TextEncoder().encode(pinDocument.format(document));
}

type Nullable<T extends PinWords> = Omit<T, 'reason' | 'until'> & {
  readonly reason: string | null | undefined;
  readonly until: number | null | undefined;
};
