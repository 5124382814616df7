// The uploads of this attempt that were begun and not completed: noted on the scratch volume, found again by a restarted
// container, and given up in the store once nothing can go on with them. A note that fails costs bytes, never a checkpoint.
import { isSameShipment } from '../../domain/agent/outbox.ts';
import { formatAttemptId } from '../../domain/bucket/keys.ts';
import { ObjectStoreError, type UnfinishedUpload } from '../../ports/objects.ts';
import { readSmallFile, replaceSmallFile } from '../../ports/small-file.ts';
import { DocumentError } from '../../wire/document.ts';
import { type SyncNote, syncNote, syncNoteName } from '../../wire/sync-note.ts';
import { type AgentWorld, keyOf, mostNoteBytes, privatePath } from '../world.ts';
import type { SyncLedger, Unfinished } from './ledger.ts';

/** The folder of this attempt and pod in the bucket, with its trailing slash. */
export const ownFolder = ({ config }: AgentWorld): string =>
  `${config.runPrefix}attempts/${formatAttemptId(config.attempt)}/`;

/** The note, undefined when there is none that can be read. */
export async function readSyncNote(world: AgentWorld): Promise<SyncNote | undefined> {
  const path = privatePath(world, syncNoteName);
  try {
    const text = await readSmallFile(world.disk, path, mostNoteBytes);
    return text === undefined ? undefined : syncNote.parse(text, path);
  } catch (cause) {
    if (!(cause instanceof DocumentError)) throw cause;
    world.log.warn({ cause: cause.message }, 'the note about unfinished uploads cannot be read');
    return undefined;
  }
}

/** Writes the note, or removes it when nothing is left to note. Never rejects. */
export async function saveSyncNote(world: AgentWorld, ledger: SyncLedger): Promise<void> {
  const { held, unfinished } = ledger;
  const path = privatePath(world, syncNoteName);
  try {
    if (unfinished.length === 0) return await world.disk.remove(path);
    const note: SyncNote = {
      version: 1,
      held: held === undefined ? null : { ...contentOf(held), name: held.name },
      uploads: unfinished.map((upload) => ({ ...contentOf(upload), uploadId: upload.uploadId })),
    };
    await replaceSmallFile(world.disk, path, syncNote.format(note));
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    world.log.warn(
      { cause: message },
      'the unfinished upload cannot be noted: a restart would begin it anew',
    );
  }
}

type Content = Pick<Unfinished, 'kind' | 'update' | 'sizeBytes' | 'crc32'>;

const contentOf = ({ kind, update, sizeBytes, crc32 }: Content): Content => ({
  kind,
  update,
  sizeBytes,
  crc32,
});

/** True for the very bytes and the very key. */
export const isSameContent = (a: Content, b: Content): boolean =>
  isSameShipment(a, b) && a.sizeBytes === b.sizeBytes && a.crc32 === b.crc32;

/**
 * Takes up what a former container noted, and gives up what it did not note. Some stores list the uploads of an exact key
 * only, so that a noted one which is not listed may still be there: who goes on with it finds out.
 */
export async function takeUpUploads(
  world: AgentWorld,
  { ledger, note }: { readonly ledger: SyncLedger; readonly note: SyncNote | undefined },
  signal: AbortSignal,
): Promise<void> {
  const noted = note?.uploads ?? [];
  ledger.unfinished = noted;
  for (const upload of await listOwn(world, signal))
    if (!noted.some(({ uploadId }) => upload.uploadId === uploadId)) await giveUp(world, upload, signal);
}

/** None when the store does not say: then the note alone counts. */
async function listOwn(world: AgentWorld, signal: AbortSignal): Promise<readonly UnfinishedUpload[]> {
  try {
    return await world.objects.listUploads(ownFolder(world), signal);
  } catch (cause) {
    signal.throwIfAborted();
    if (!(cause instanceof ObjectStoreError)) throw cause;
    world.log.warn({ cause: cause.message }, 'the store does not list unfinished uploads');
    return [];
  }
}

/** Gives up the uploads that nothing goes on with. Rejects only when aborted. */
export async function dropUploads(
  world: AgentWorld,
  { ledger, isOver }: { readonly ledger: SyncLedger; readonly isOver: (upload: Unfinished) => boolean },
  signal: AbortSignal,
): Promise<void> {
  const over = ledger.unfinished.filter(isOver);
  if (over.length === 0) return;
  for (const upload of over) {
    const { kind, update, uploadId } = upload;
    const key = keyOf(world, { is: 'Checkpoint', attempt: world.config.attempt, kind, update });
    if (await giveUp(world, { key, uploadId }, signal)) ledger.forgetUpload(upload);
  }
  await saveSyncNote(world, ledger);
}

/** Gives up whatever is left of this attempt, also uploads whose beginning was answered by nobody. Rejects only when aborted. */
export async function dropAllUploads(
  world: AgentWorld,
  ledger: SyncLedger,
  signal: AbortSignal,
): Promise<void> {
  await dropUploads(world, { ledger, isOver: () => true }, signal);
  for (const upload of await listOwn(world, signal)) await giveUp(world, upload, signal);
}

/** False when the store is away and it is worth another try. */
async function giveUp(world: AgentWorld, upload: UnfinishedUpload, signal: AbortSignal): Promise<boolean> {
  try {
    await world.objects.abortUpload(upload, signal);
    world.log.info({ key: upload.key }, 'unfinished upload given up');
    return true;
  } catch (cause) {
    signal.throwIfAborted();
    if (!(cause instanceof ObjectStoreError)) throw cause;
    world.log.warn({ key: upload.key, cause: cause.message }, 'unfinished upload cannot be given up');
    return cause.code !== 'Unavailable';
  }
}
