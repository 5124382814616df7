// Reads and writes the wish in run.json that a deleted run's objects go. Writes only over exactly what was read.
import type { DeletionIntent } from '../../domain/bucket/deletion-intent.ts';
import { textOf } from '../../observation/bucket-documents.ts';
import type { ObjectStore } from '../../ports/objects.ts';
import { DocumentError } from '../../wire/document.ts';
import { type RunDocument, runDocument } from '../../wire/run-document.ts';

/** A run.json that asks for a deletion. */
export interface FoundMarker {
  readonly document: RunDocument;
  readonly intent: DeletionIntent;
  readonly etag: string;
}

/** Undefined when there is none, when it asks for nothing, and when it cannot be understood. */
export async function readRunJson(
  objects: ObjectStore,
  prefix: string,
  signal: AbortSignal,
): Promise<FoundMarker | undefined> {
  const key = `${prefix}run.json`;
  const found = await objects.get(key, signal);
  if (found === undefined) return undefined;
  const document = parseIfOurs(textOf(found), key);
  const intent = document?.deletion;
  return document === undefined || intent === undefined ? undefined : { document, intent, etag: found.etag };
}

function parseIfOurs(text: string, key: string): RunDocument | undefined {
  try {
    return runDocument.parse(text, key);
  } catch (cause) {
    if (cause instanceof DocumentError) return undefined;
    throw cause;
  }
}

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
  const { runUid, upToAttempt } = found.intent;
  const intent = { runUid, upToAttempt, begun: true, ...(finished ? { finished } : {}) };
  const document = { ...found.document, deletion: intent };
  const bytes = new TextEncoder().encode(runDocument.format(document));
  const condition = { etag: found.etag };
  const etag = await objects.put({ key: `${prefix}run.json`, bytes, condition }, signal);
  return { document, intent, etag };
}
