// One scan of everything below a store's prefix, counted as it comes: objects, old versions, unfinished uploads. What cannot be
// listed whole rejects; nothing is decided by half a listing.
import { oldestKeptDay } from '../../domain/bucket/deletion-log.ts';
import { type Keeping, StoreTally } from '../../domain/store/tally.ts';
import { sideBySide } from '../../observation/bucket-documents.ts';
import type { ListedUpload, ObjectStore } from '../../ports/objects.ts';
import type { OpenStore } from '../store/store-registry.ts';

export interface StoreScan {
  readonly tally: StoreTally;
  readonly uploads: readonly ListedUpload[];
}

export interface ScanWish {
  /** What is probably there: it shares the scan out. */
  readonly landmarks: readonly string[];
  readonly keeping: Keeping;
}

/** What lies in the store now. */
export async function scanStore(
  { store, objects, capabilities }: OpenStore,
  { landmarks, keeping }: ScanWish,
  signal: AbortSignal,
): Promise<StoreScan> {
  const { prefix } = store.spec.s3;
  const storeTime = objects.time();
  const tally = new StoreTally(prefix, storeTime === undefined ? '' : oldestKeptDay(storeTime), keeping);
  const request = { prefix: prefix === '' ? '' : `${prefix}/`, landmarks };
  if (capabilities.versioning)
    for await (const page of objects.scanVersions(request, signal))
      for (const version of page) tally.addVersion(version);
  else for await (const page of objects.scan(request, signal)) for (const listed of page) tally.add(listed);
  const uploads = await objects.listUploads(request.prefix, signal);
  await weigh(objects, { tally, uploads }, signal);
  return { tally, uploads };
}

async function weigh(
  objects: ObjectStore,
  { tally, uploads }: StoreScan,
  signal: AbortSignal,
): Promise<void> {
  await sideBySide(uploads, async (upload) => {
    const sizeBytes = await objects.sizeOfUpload(upload, signal);
    // it ended meanwhile
    if (sizeBytes !== undefined) tally.addUpload({ key: upload.key, sizeBytes });
  });
}
