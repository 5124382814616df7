// Reads and writes in run.json that a run is gone and that its objects go. Writes only over exactly what was read.
import type { DeletionIntent } from '../../domain/bucket/deletion-intent.ts';
import { textOf } from '../../observation/bucket-documents.ts';
import type { Instant } from '../../domain/units.ts';
import { type ObjectStore, ObjectStoreError } from '../../ports/objects.ts';
import { DocumentError } from '../../wire/document.ts';
import { type RunDocument, runDocument } from '../../wire/run-document.ts';

/** A run.json that was understood. */
export interface ReadMarker {
  readonly document: RunDocument;
  readonly etag: string;
}

/** A run.json that asks for a deletion. */
export interface FoundMarker extends ReadMarker {
  readonly intent: DeletionIntent;
}

/** What run.json says; `why` when it says nothing that can be understood. @throws ObjectStoreError */
export async function readRunJson(
  objects: ObjectStore,
  prefix: string,
  signal: AbortSignal,
): Promise<ReadMarker | { readonly why: string }> {
  const key = `${prefix}run.json`;
  const found = await objects.get(key, signal);
  if (found === undefined) return { why: `there is no ${key}, so that nobody knows whose that place is` };
  try {
    return { document: runDocument.parse(textOf(found), key), etag: found.etag };
  } catch (cause) {
    if (cause instanceof DocumentError) return { why: cause.message.replace(/\.$/, '') };
    throw cause;
  }
}

/**
 * Writes since when the run is gone, or that it is not. @throws ObjectStoreError PreconditionFailed when run.json is not any more what
 * was read
 */
export async function noteGone(
  objects: ObjectStore,
  { key, etag, gone }: GoneNote,
  signal: AbortSignal,
): Promise<void> {
  const found = await objects.get(key, signal);
  if (found === undefined || found.etag !== etag)
    throw new ObjectStoreError('PreconditionFailed', `${key} is not what was read any more`);
  const { gone: _before, ...document } = runDocument.parse(textOf(found), key);
  const bytes = encoded({ ...document, ...(gone === undefined ? {} : { gone }) });
  await objects.put({ key, bytes, condition: { etag } }, signal);
}

export interface GoneNote {
  readonly key: string;
  readonly etag: string;
  readonly gone: { readonly since: Instant } | undefined;
}

const encoded = (document: RunDocument): Uint8Array => new TextEncoder().encode(runDocument.format(document));

interface Found {
  readonly prefix: string;
  readonly found: FoundMarker;
}

/** From now on nobody can take over what is there. @throws ObjectStoreError PreconditionFailed when somebody just did */
export async function begin(
  objects: ObjectStore,
  { prefix, found }: Found,
  signal: AbortSignal,
): Promise<FoundMarker> {
  const { begun, finished } = found.intent;
  if (begun && finished !== true) return found;
  return rewrite(objects, { prefix, found, finished: false }, signal);
}

/**
 * Lets go of what a policy asked for and asks for no more: another run may take over what is left.
 * @throws ObjectStoreError
 */
export async function letGo(
  objects: ObjectStore,
  { prefix, found }: { readonly prefix: string; readonly found: ReadMarker },
  signal: AbortSignal,
): Promise<void> {
  const { deletion: _asked, ...document } = found.document;
  const bytes = encoded(document);
  await objects.put({ key: `${prefix}run.json`, bytes, condition: { etag: found.etag } }, signal);
}

/** What is left is held by pins: another run may take the place over. @throws ObjectStoreError */
export async function finish(
  objects: ObjectStore,
  { prefix, found }: Found,
  signal: AbortSignal,
): Promise<void> {
  await rewrite(objects, { prefix, found, finished: true }, signal);
}

async function rewrite(
  objects: ObjectStore,
  { prefix, found, finished }: Found & { readonly finished: boolean },
  signal: AbortSignal,
): Promise<FoundMarker> {
  const { finished: _before, ...asked } = found.intent;
  const intent = { ...asked, begun: true, ...(finished ? { finished } : {}) };
  const document = { ...found.document, deletion: intent };
  const bytes = encoded(document);
  const condition = { etag: found.etag };
  const etag = await objects.put({ key: `${prefix}run.json`, bytes, condition }, signal);
  return { document, intent, etag };
}
