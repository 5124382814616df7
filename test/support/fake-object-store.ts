// An object store in memory for component tests: conditions, ETags and pages as the port promises them, time from a Clock,
// and faults on demand. It keeps the port's promises only; what a real endpoint does to the adapter is test/contract's matter.
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { ListedObject } from '../../src/domain/bucket/inventory.ts';
import type { Clock } from '../../src/ports/clock.ts';
import {
  type DeleteFailure,
  type Download,
  type ObjectHead,
  type ObjectMetadata,
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
import { type FakeObject, FakeUploads, isSame } from './fake-uploads.ts';
import { FaultPlan } from './object-store-faults.ts';
import { piecesOf } from './object-samples.ts';

const pieceBytes = 256 * 1024;

const everything: StoreCapabilities = {
  conditionalPut: true,
  conditionalDelete: true,
  conditionalBatchDelete: true,
  fullObjectCrc32: true,
  copyPart: true,
  versioning: false,
};

/** One bucket. Share the instance between the programs that share the bucket. */
export class FakeObjectStore implements ObjectStore {
  /** What the bucket holds now; write it with {@link seed}, {@link damage} or the port. */
  readonly objects = new Map<string, FakeObject>();
  /** What goes wrong: `store.faults.add({ on: 'put', after: 'Unavailable' })`. */
  readonly faults: FaultPlan;
  /** What was sent of uploads that are neither completed nor given up. */
  readonly uploads: FakeUploads;
  capabilities: StoreCapabilities = everything;
  /** What an adapter would be trying again just now. */
  failing: StoreTrouble | undefined;
  pageSize = 1000;
  /** How far the store's clock is ahead of the programs'. */
  skewMilliseconds = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.uploads = new FakeUploads(clock);
    this.faults = new FaultPlan(clock);
  }

  /** Puts an object there without asking; returns its ETag. */
  seed(key: string, bytes: Uint8Array | string, metadata: ObjectMetadata = {}): string {
    const copy = new Uint8Array(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
    const etag = `"${createHash('md5').update(copy).digest('hex')}"`;
    // S3 tells whole seconds
    const savedAt = Math.floor(this.#storeTime() / 1000) * 1000;
    this.objects.set(key, { bytes: copy, etag, savedAt, metadata });
    return etag;
  }

  /** Silent corruption at rest: other bytes under the same ETag, metadata and time. */
  damage(key: string, change: (bytes: Uint8Array) => Uint8Array): void {
    const object = this.#existing(key);
    this.objects.set(key, { ...object, bytes: change(new Uint8Array(object.bytes)) });
  }

  /** The keys below a prefix, in order. */
  keys(prefix = ''): string[] {
    return [...this.objects.keys()]
      .filter((key) => key.startsWith(prefix))
      .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }

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

  async head(key: string, signal: AbortSignal): Promise<ObjectHead | undefined> {
    const fault = await this.faults.begin('head', key, signal);
    const object = this.#visible(key);
    fault.after();
    return object === undefined ? undefined : { ...listed(key, object), metadata: object.metadata };
  }

  async get(key: string, signal: AbortSignal): Promise<StoredDocument | undefined> {
    const fault = await this.faults.begin('get', key, signal);
    const object = this.#visible(key);
    if ((object?.bytes.length ?? 0) > 1024 * 1024)
      throw new ObjectStoreError('Refused', `${key}: larger than 1 MiB`);
    fault.after();
    return object === undefined ? undefined : { bytes: fault.spoil(object.bytes, 0), etag: object.etag };
  }

  async getRange(range: ObjectRange, signal: AbortSignal): Promise<Uint8Array> {
    const fault = await this.faults.begin('getRange', range.key, signal);
    const object = this.#exactly(range.key, range.etag);
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

  async listUploads(prefix: string, signal: AbortSignal): Promise<readonly UnfinishedUpload[]> {
    await this.faults.begin('listUploads', prefix, signal);
    return this.uploads.listed(prefix);
  }

  async abortUpload(upload: UnfinishedUpload, signal: AbortSignal): Promise<void> {
    await this.faults.begin('abortUpload', upload.key, signal);
    this.uploads.abort(upload);
  }

  async copy({ from, key, crc32: announced, metadata }: ServerCopy, signal: AbortSignal): Promise<void> {
    const fault = await this.faults.begin('copy', key, signal);
    if (!this.capabilities.copyPart) throw new ObjectStoreError('Refused', `${key}: no copies here`);
    const { bytes } = this.#exactly(from.key, from.etag);
    if (crc32(bytes) !== announced) throw new ObjectStoreError('Corrupted', `${from.key}: another CRC32`);
    const present = this.objects.get(key);
    if (present === undefined) this.seed(key, bytes, metadata);
    else if (crc32(present.bytes) !== announced)
      throw new ObjectStoreError('PreconditionFailed', `${key} is taken`);
    fault.after();
  }

  async download(download: Download, signal: AbortSignal): Promise<number> {
    const fault = await this.faults.begin('download', download.key, signal);
    const object = this.#exactly(download.key, download.etag);
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
      const code = this.faults.keeps(key);
      if (code === undefined) this.objects.delete(key);
      return code === undefined ? [] : [{ key, code, message: `the store keeps ${key}` }];
    });
    fault.after();
    return failures;
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
    return this.faults.answered ? this.#storeTime() : undefined;
  }

  #storeTime(): number {
    return this.#clock.now() + this.skewMilliseconds;
  }

  #visible(key: string): FakeObject | undefined {
    return this.faults.hides(key) ? undefined : this.objects.get(key);
  }

  #existing(key: string): FakeObject {
    const object = this.#visible(key);
    if (object === undefined) throw new ObjectStoreError('NotFound', `${key}: no such object`);
    return object;
  }

  #exactly(key: string, etag: string): FakeObject {
    const object = this.#existing(key);
    if (object.etag !== etag)
      throw new ObjectStoreError('PreconditionFailed', `${key}: the object has changed`);
    return object;
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
