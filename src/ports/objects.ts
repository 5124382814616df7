// What the programs ask of an object store: one bucket, whole keys, immutable checkpoints. Adapters keep S3's own words out.
import type { ListedObject } from '../domain/bucket/inventory.ts';
import type { Bytes, Instant } from '../domain/units.ts';
import type { ListedVersion, ScanRequest } from './scan.ts';

/** User metadata of an object; names lower case, values ASCII. */
export type ObjectMetadata = Readonly<Record<string, string>>;

export interface ObjectHead extends ListedObject {
  readonly metadata: ObjectMetadata;
}

/** A small document with the ETag it had. */
export interface StoredDocument {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

/** `absent`: only when nothing has this key. `{ etag }`: only over exactly this object. `any`: whatever is there. */
export type PutCondition = 'absent' | 'any' | { readonly etag: string };

export interface Upload {
  readonly key: string;
  readonly sizeBytes: Bytes;
  /** CRC32 of the whole object, known before the first byte is sent. */
  readonly crc32: number;
  readonly metadata: ObjectMetadata;
  /** Fills `into` with the bytes at `offset`; the source must not change during the upload. */
  readonly read: (offset: number, into: Uint8Array) => Promise<void>;
  /** The upload's bytes, repeated ones counted, go out no faster; absent = as fast as they can. */
  readonly maxBytesPerSecond?: number;
  readonly onProgress?: (sentBytes: Bytes) => void;
  /** Makes it resumable: what fails keeps its parts for another try, or for {@link ObjectStore.abortUpload}. */
  readonly resumption?: Resumption;
}

/** How an upload in parts goes on after a failure, or after a restart of this program. */
export interface Resumption {
  /** The unfinished upload of these very bytes and metadata to go on with: parts that are there are not sent again. */
  readonly uploadId: string | undefined;
  /** Told the id of a new upload before its first part is sent; an object sent in one request has none. */
  readonly onOpened: (uploadId: string) => Promise<void>;
}

/** An upload that was neither completed nor aborted: its parts are kept, and billed, and seen in no listing. */
export interface UnfinishedUpload {
  readonly key: string;
  readonly uploadId: string;
}

/** An unfinished upload as a listing shows it; `startedAt` is the store's clock. */
export interface ListedUpload extends UnfinishedUpload {
  readonly startedAt: Instant;
}

/** A copy made by the store itself, with metadata of its own. */
export interface ServerCopy {
  /** Exactly this object. */
  readonly from: { readonly key: string; readonly etag: string; readonly sizeBytes: Bytes };
  readonly key: string;
  /** CRC32 of the whole, which the store's own must agree with. */
  readonly crc32: number;
  readonly metadata: ObjectMetadata;
}

export interface Download {
  readonly key: string;
  readonly etag: string;
  readonly sizeBytes: Bytes;
  /** Of the object only these ranges, each of a few MiB and read by itself; the pieces of one come in order. Absent: all of it. */
  readonly ranges?: readonly ByteRange[];
  /**
   * Takes each piece of the object once, in any order, before it returns: the chunk's memory is used again for the next one.
   * A throw ends the download with that error.
   */
  readonly write: (offset: number, chunk: Uint8Array) => void;
  readonly onProgress?: (receivedBytes: Bytes) => void;
}

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** What to delete: an object, only while it has this ETag where the store heeds one in a batch; or one version, for good. */
export type DeletionTarget =
  | { readonly key: string; readonly etag?: string; readonly versionId?: undefined }
  | { readonly key: string; readonly etag?: undefined; readonly versionId: string };

export interface BulkDeletion<T extends DeletionTarget> {
  /** Each once; read as they are needed. */
  readonly targets: Iterable<T>;
  /** Awaited before each request, repeated ones too, with what it would delete; its rejection ends the deletion. */
  readonly beforeBatch: (batch: readonly T[]) => Promise<void>;
  /** Awaited with what came of each target that was let through, whatever came of it: each is told once. */
  readonly afterBatch: (outcome: BatchOutcome<T>) => Promise<void>;
  /** No more are deleted in a second; absent = as fast as the store takes them. */
  readonly keysPerSecond?: number;
}

/** Of a request without an answer all targets are failures (`Unavailable`, `Unconfirmed`): they may be gone all the same. */
export interface BatchOutcome<T extends DeletionTarget> {
  readonly deleted: readonly T[];
  readonly failures: readonly DeleteFailure[];
}

export interface DeleteFailure {
  readonly key: string;
  /** Of a target that named one. */
  readonly versionId?: string;
  /** S3's word for it. */
  readonly code: string;
  readonly message: string;
  /** An object lock keeps it: asking again is of no use before the lock ends. */
  readonly locked?: boolean;
}

export type ObjectStoreErrorCode =
  | 'NotFound' // the bucket, or the object of a read that must find one
  | 'PreconditionFailed' // somebody else was there first, or the object changed
  | 'AccessDenied'
  | 'NoCredentials' // none were given and the ambient chain has none
  | 'Untrusted' // the server's certificate
  | 'Unavailable' // time-outs, resets, 5xx, throttling, after the adapter's own bounded tries
  | 'Corrupted' // what arrived is not what was announced
  | 'NotS3' // what answers at the endpoint does not speak S3, or not in this way
  | 'Refused'; // any other answer; trying again will not help

/** The one error of an {@link ObjectStore}; the message names the endpoint, bucket and key, never a credential. */
export class ObjectStoreError extends Error {
  readonly code: ObjectStoreErrorCode;

  constructor(code: ObjectStoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ObjectStoreError';
    this.code = code;
  }
}

/** How long in bytes a document may be. */
export const longestDocument = 1024 * 1024;

/** One bucket of an S3 endpoint. Every method rejects with {@link ObjectStoreError}, or the signal's reason when aborted. */
export interface ObjectStore {
  /** Every object below `prefix`, page by page in key order. Throws when the listing cannot be completed. */
  list(prefix: string, signal: AbortSignal): AsyncIterable<readonly ListedObject[]>;
  /**
   * Every object below `prefix` exactly once: several parts of the key space side by side, each page in key order, the pages
   * in no order. Ends only when all of it was listed; whatever cannot be listed rejects.
   */
  scan(request: ScanRequest, signal: AbortSignal): AsyncIterable<readonly ListedObject[]>;
  /** The same of every version and delete marker, in a bucket that keeps none of every object; the versions of a key in no order. */
  scanVersions(request: ScanRequest, signal: AbortSignal): AsyncIterable<readonly ListedVersion[]>;
  /** An object's facts; undefined when there is none. */
  head(key: string, signal: AbortSignal): Promise<ObjectHead | undefined>;
  /** A small object, whole; of one longer than {@link longestDocument} the first bytes, one more than that. Undefined when there is none. */
  get(key: string, signal: AbortSignal): Promise<StoredDocument | undefined>;
  /** Bytes [offset, offset + length) of exactly the object with this ETag, else PreconditionFailed. */
  getRange(range: ObjectRange, signal: AbortSignal): Promise<Uint8Array>;
  /** Writes a small object and returns its ETag. */
  put(document: PutDocument, signal: AbortSignal): Promise<string>;
  /**
   * Sends an object in parts; visible only once whole, never over another object. An unknown outcome is settled by
   * HEAD: same size and CRC32 is success. A failed upload leaves nothing visible, and aborts its parts unless it is
   * resumable; also then when the source changed or the key is taken.
   */
  upload(upload: Upload, signal: AbortSignal): Promise<void>;
  /** The unfinished uploads below `prefix`. */
  listUploads(prefix: string, signal: AbortSignal): Promise<readonly ListedUpload[]>;
  /** The bytes of an unfinished upload that the store keeps; undefined when it was completed or given up. */
  sizeOfUpload(upload: UnfinishedUpload, signal: AbortSignal): Promise<Bytes | undefined>;
  /** Gives an unfinished upload up, with its parts; one that is gone counts as given up. */
  abortUpload(upload: UnfinishedUpload, signal: AbortSignal): Promise<void>;
  /**
   * Copies an object of any size inside the store: visible only once whole, never over another object, and proven by the
   * store's CRC32 of what it copied. Refused by a store that cannot copy parts or tells no such CRC32; NotFound or
   * PreconditionFailed when the source is gone or changed, PreconditionFailed also when the key is taken.
   */
  copy(copy: ServerCopy, signal: AbortSignal): Promise<void>;
  /** Reads an object in parallel ranges with If-Match and returns the CRC32 of what it handed over, in the order of the ranges. */
  download(download: Download, signal: AbortSignal): Promise<number>;
  /** Deletes exactly these keys (an absent key counts as deleted) and returns those that stayed. */
  delete(keys: readonly string[], signal: AbortSignal): Promise<readonly DeleteFailure[]>;
  /**
   * Deletes any number of targets in batches, several at a time while the store keeps up and fewer when it asks for less.
   * Rejects when a batch could not be sent, a hook rejected or the signal was aborted; every batch under way has then been
   * told to `afterBatch`. What the store refuses of a single target is that target's failure and rejects nothing.
   */
  bulkDelete<T extends DeletionTarget>(deletion: BulkDeletion<T>, signal: AbortSignal): Promise<void>;
  /** The store's clock now: the Date of its last answer, carried on by a clock that never jumps; undefined before the first. */
  time(): Instant | undefined;
  /** What the adapter is up against while it tries again; undefined when the last answer was a good one. */
  trouble(): StoreTrouble | undefined;
  /** Finds out by trying, with objects below `<prefix>/.reprise-probe/` that it removes again. */
  probe(prefix: string, signal: AbortSignal): Promise<StoreCapabilities>;
}

/** Requests that fail one after the other, before their caller is told. */
export interface StoreTrouble {
  readonly code: ObjectStoreErrorCode;
  readonly message: string;
  readonly tries: number;
  /** Monotonic milliseconds of the first of them. */
  readonly since: number;
}

/** What an endpoint was seen to do; false also when it was not allowed to try. */
export interface StoreCapabilities {
  /** If-None-Match and If-Match of PutObject are obeyed; else `put` looks first, which two writers can beat. */
  readonly conditionalPut: boolean;
  readonly conditionalDelete: boolean;
  readonly conditionalBatchDelete: boolean;
  /** A multipart object keeps, checks and returns the CRC32 of its whole. */
  readonly fullObjectCrc32: boolean;
  readonly copyPart: boolean;
  /** The bucket keeps what is overwritten or deleted as old versions. */
  readonly versioning: boolean;
}

export interface ObjectRange extends ByteRange {
  readonly key: string;
  readonly etag: string;
}

export interface PutDocument {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly condition: PutCondition;
}

/** How to reach a bucket. Without credentials the ambient chain (IRSA, pod identity, environment) is used. */
export interface BucketAddress {
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly bucket: string;
  readonly forcePathStyle: boolean;
  readonly caBundle: string | undefined;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string;
}

/** Opens a bucket; makes no request by itself. */
export type OpenObjectStore = (address: BucketAddress, credentials: Credentials | undefined) => ObjectStore;
