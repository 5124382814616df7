// An object store in memory for component tests: conditions, ETags and pages as the port promises them, time from a Clock,
// and faults on demand. It keeps the port's promises only; what a real endpoint does to the adapter is test/contract's matter.
import { crc32 } from 'node:zlib';
import type { ListedObject } from '../../src/domain/bucket/inventory.ts';
import {
  longestDocument,
  type BulkDeletion,
  type DeleteFailure,
  type DeletionTarget,
  type Download,
  type ListedUpload,
  type ObjectHead,
  type ObjectRange,
  type ObjectStore,
  ObjectStoreError,
  type PutCondition,
  type PutDocument,
  type ServerCopy,
  type StoreCapabilities,
  type StoredDocument,
  type StoreTrouble,
  type UnfinishedUpload,
  type Upload,
} from '../../src/ports/objects.ts';
import type { ListedVersion, ScanRequest } from '../../src/ports/scan.ts';
import { FakeBucket } from './fake-bucket.ts';
import { deleteInBatches } from './fake-bulk-deletion.ts';
import { type FakeObject, isSame } from './fake-uploads.ts';
import { piecesOf } from './object-samples.ts';

const pieceBytes = 256 * 1024;

/** One bucket. Share the instance between the programs that share the bucket. */
export class FakeObjectStore extends FakeBucket implements ObjectStore {
  pageSize = 1000;
  /** Keys of one request of a bulk deletion. */
  batchKeys = 1000;

  async *list(prefix: string, signal: AbortSignal): AsyncGenerator<readonly ListedObject[]> {
    const fault = await this.faults.begin('list', prefix, signal);
    const keys = this.keys(prefix).filter((key) => !this.faults.hides(key));
    for (let from = 0; from < Math.max(keys.length, 1); from += this.pageSize) {
      signal.throwIfAborted();
      yield keys.slice(from, from + this.pageSize).flatMap((key) => {
        const object = this.objects.get(key);
        return object === undefined ? [] : [listed(key, object)];
      });
      await fault.midway();
    }
    fault.after();
  }

  /** By what the last scan could be shared out. */
  landmarks: readonly string[] = [];

  async *scan(
    { prefix, landmarks = [] }: ScanRequest,
    signal: AbortSignal,
  ): AsyncGenerator<readonly ListedObject[]> {
    this.landmarks = landmarks;
    const list = (): readonly ListedObject[] =>
      this.keys(prefix).flatMap((key) => {
        const object = this.visible(key);
        return object === undefined ? [] : [listed(key, object)];
      });
    yield* this.#shuffled({ operation: 'scan', prefix, list }, signal);
  }

  async *scanVersions(
    { prefix }: ScanRequest,
    signal: AbortSignal,
  ): AsyncGenerator<readonly ListedVersion[]> {
    const list = (): readonly ListedVersion[] => this.versions.below(prefix);
    yield* this.#shuffled({ operation: 'scanVersions', prefix, list }, signal);
  }

  async head(key: string, signal: AbortSignal): Promise<ObjectHead | undefined> {
    const fault = await this.faults.begin('head', key, signal);
    const object = this.visible(key);
    fault.after();
    return object === undefined ? undefined : { ...listed(key, object), metadata: object.metadata };
  }

  async get(key: string, signal: AbortSignal): Promise<StoredDocument | undefined> {
    const fault = await this.faults.begin('get', key, signal);
    const object = this.visible(key);
    fault.after();
    if (object === undefined) return undefined;
    const bytes = object.bytes.subarray(0, longestDocument + 1);
    return { bytes: fault.spoil(bytes, 0), etag: object.etag };
  }

  async getRange(range: ObjectRange, signal: AbortSignal): Promise<Uint8Array> {
    const fault = await this.faults.begin('getRange', range.key, signal);
    const object = this.exactly(range.key, range.etag);
    const end = range.offset + range.length;
    if (end > object.bytes.length)
      throw new ObjectStoreError('Corrupted', `${range.key}: shorter than ${end} bytes`);
    fault.after();
    return fault.spoil(object.bytes.slice(range.offset, end), range.offset);
  }

  async put(document: PutDocument, signal: AbortSignal): Promise<string> {
    const fault = await this.faults.begin('put', document.key, signal);
    if (!isMet(document.condition, this.objects.get(document.key)))
      throw new ObjectStoreError(
        'PreconditionFailed',
        `${document.key}: the condition of the put is not met`,
      );
    const etag = this.seed(document.key, document.bytes);
    fault.after();
    return etag;
  }

  async upload(upload: Upload, signal: AbortSignal): Promise<void> {
    const fault = await this.faults.begin('upload', upload.key, signal);
    const present = this.objects.get(upload.key);
    if (this.uploads.isDone(upload, present)) return fault.after();
    const { bytes, metadata } = await this.uploads.receive(upload, fault, signal);
    if (present === undefined) this.seed(upload.key, fault.spoil(bytes, 0), metadata);
    else if (!isSame(present, upload))
      throw new ObjectStoreError('PreconditionFailed', `${upload.key}: another object has this key`);
    fault.after();
  }

  async listUploads(prefix: string, signal: AbortSignal): Promise<readonly ListedUpload[]> {
    await this.faults.begin('listUploads', prefix, signal);
    return this.uploads.listed(prefix);
  }

  async sizeOfUpload(upload: UnfinishedUpload, signal: AbortSignal): Promise<number | undefined> {
    await this.faults.begin('sizeOfUpload', upload.key, signal);
    return this.uploads.sizeOf(upload);
  }

  async abortUpload(upload: UnfinishedUpload, signal: AbortSignal): Promise<void> {
    await this.faults.begin('abortUpload', upload.key, signal);
    this.uploads.abort(upload);
  }

  async copy({ from, key, crc32: announced, metadata }: ServerCopy, signal: AbortSignal): Promise<void> {
    const fault = await this.faults.begin('copy', key, signal);
    if (!this.capabilities.copyPart) throw new ObjectStoreError('Refused', `${key}: no copies here`);
    const { bytes } = this.exactly(from.key, from.etag);
    if (crc32(bytes) !== announced) throw new ObjectStoreError('Corrupted', `${from.key}: another CRC32`);
    const present = this.objects.get(key);
    if (present === undefined) this.seed(key, bytes, metadata);
    else if (crc32(present.bytes) !== announced)
      throw new ObjectStoreError('PreconditionFailed', `${key} is taken`);
    fault.after();
  }

  async download(download: Download, signal: AbortSignal): Promise<number> {
    const fault = await this.faults.begin('download', download.key, signal);
    const object = this.exactly(download.key, download.etag);
    if (object.bytes.length !== download.sizeBytes)
      throw new ObjectStoreError('Corrupted', `${download.key}: ${object.bytes.length} bytes`);
    const bytes = fault.spoil(object.bytes, 0);
    const ranges = download.ranges ?? [{ offset: 0, length: bytes.length }];
    const total = ranges.reduce((sum, { length }) => sum + length, 0);
    let [received, checksum] = [0, 0];
    for (const { at, length } of piecesOf(ranges, pieceBytes)) {
      await Promise.resolve();
      signal.throwIfAborted();
      download.write(at, bytes.subarray(at, at + length));
      checksum = crc32(bytes.subarray(at, at + length), checksum);
      received += length;
      download.onProgress?.(received);
      if (received * 2 >= total) await fault.midway();
    }
    fault.after();
    return checksum;
  }

  async delete(keys: readonly string[], signal: AbortSignal): Promise<readonly DeleteFailure[]> {
    const fault = await this.faults.begin('delete', keys[0] ?? '', signal);
    const failures = keys.flatMap((key) => {
      const failure = this.remove({ key });
      return failure === undefined ? [] : [failure];
    });
    fault.after();
    return failures;
  }

  async bulkDelete<T extends DeletionTarget>(deletion: BulkDeletion<T>, signal: AbortSignal): Promise<void> {
    const send = async (
      batch: readonly DeletionTarget[],
    ): Promise<readonly (DeleteFailure | undefined)[]> => {
      const fault = await this.faults.begin('bulkDelete', batch[0]?.key ?? '', signal);
      const outcomes = batch.map((target) => this.remove(target));
      fault.after();
      return outcomes;
    };
    await deleteInBatches({ batchKeys: this.batchKeys, send }, deletion, signal);
  }

  async probe(prefix: string, signal: AbortSignal): Promise<StoreCapabilities> {
    const fault = await this.faults.begin('probe', prefix, signal);
    fault.after();
    return this.capabilities;
  }

  trouble(): StoreTrouble | undefined {
    return this.failing;
  }

  time(): number | undefined {
    return this.faults.answered ? this.storeTime() : undefined;
  }

  /** Pages in no order, as several parts of a bucket that are listed side by side give them. */
  async *#shuffled<T>(
    scan: {
      readonly operation: 'scan' | 'scanVersions';
      readonly prefix: string;
      readonly list: () => readonly T[];
    },
    signal: AbortSignal,
  ): AsyncGenerator<readonly T[]> {
    const fault = await this.faults.begin(scan.operation, scan.prefix, signal);
    const all = scan.list();
    const starts = Array.from({ length: Math.ceil(all.length / this.pageSize) }, (_, n) => n * this.pageSize);
    for (const from of starts.toReversed()) {
      signal.throwIfAborted();
      yield all.slice(from, from + this.pageSize);
      await fault.midway();
    }
    fault.after();
  }
}

const listed = (key: string, object: FakeObject): ListedObject => ({
  key,
  sizeBytes: object.bytes.length,
  savedAt: object.savedAt,
  etag: object.etag,
});

function isMet(condition: PutCondition, present: FakeObject | undefined): boolean {
  if (condition === 'any') return true;
  if (condition === 'absent') return present === undefined;
  return present?.etag === condition.etag;
}
