// The uploads under way in a fake object store: nothing of them is visible, and what was sent of a resumable one is kept.
import { crc32 } from 'node:zlib';
import type { Clock } from '../../src/ports/clock.ts';
import {
  type ListedUpload,
  type ObjectMetadata,
  ObjectStoreError,
  type UnfinishedUpload,
  type Upload,
} from '../../src/ports/objects.ts';
import { parseCheckpointMetadata } from '../../src/wire/checkpoint-metadata.ts';
import type { StruckOperation } from './object-store-faults.ts';

export interface FakeObject {
  readonly bytes: Uint8Array;
  readonly etag: string;
  readonly savedAt: number;
  readonly metadata: ObjectMetadata;
}

const pieceBytes = 256 * 1024;

interface Kept {
  readonly key: string;
  /** Given when it was begun, and never changed. */
  readonly metadata: ObjectMetadata;
  readonly startedAt: number;
  readonly sizeBytes: number;
  /** The CRC32 of each piece that arrived, by its offset. */
  readonly pieces: Map<number, number>;
}

type Received = Pick<FakeObject, 'bytes' | 'metadata'>;

/** True when what is there is what an upload would bring. */
export const isSame = (present: FakeObject | undefined, upload: Upload): boolean =>
  present?.bytes.length === upload.sizeBytes &&
  parseCheckpointMetadata(present.metadata).crc32 === upload.crc32;

export class FakeUploads {
  /** Bytes sent so far, over all uploads: what was there already is not sent again. */
  sentBytes = 0;
  isExact = false;
  readonly #open = new Map<string, Kept>();
  readonly #clock: Clock;
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What a listing shows; some stores show uploads of an exact key only. */
  listed(prefix: string): readonly ListedUpload[] {
    return this.below(prefix).filter(({ key }) => !this.isExact || key === prefix);
  }

  below(prefix: string): readonly ListedUpload[] {
    return [...this.#open]
      .filter(([, { key }]) => key.startsWith(prefix))
      .map(([uploadId, { key, startedAt }]) => ({ key, uploadId, startedAt }));
  }

  /** The bytes kept of one; undefined when it is not under way. */
  sizeOf({ key, uploadId }: UnfinishedUpload): number | undefined {
    const kept = this.#open.get(uploadId);
    if (kept?.key !== key) return undefined;
    return Math.min(kept.sizeBytes, kept.pieces.size * pieceBytes);
  }

  /** True when an upload that shall go on is found completed. */
  isDone(upload: Upload, present: FakeObject | undefined): boolean {
    const uploadId = upload.resumption?.uploadId;
    return uploadId !== undefined && !this.#open.has(uploadId) && isSame(present, upload);
  }

  abort({ key, uploadId }: UnfinishedUpload): void {
    if (this.#open.get(uploadId)?.key === key) this.#open.delete(uploadId);
  }

  /** Takes an upload's bytes piece by piece; what fails keeps them when the upload is resumable. */
  async receive(upload: Upload, fault: StruckOperation, signal: AbortSignal): Promise<Received> {
    const { id, kept } = await this.#begin(upload);
    try {
      const bytes = await this.#pieces({ upload, kept, fault }, signal);
      this.#open.delete(id);
      if (crc32(bytes) === upload.crc32) return { bytes, metadata: kept.metadata };
    } catch (error) {
      if (upload.resumption === undefined) this.#open.delete(id);
      throw error;
    }
    throw new ObjectStoreError('Corrupted', `${upload.key}: the source is not what was announced`);
  }

  async #send({ maxBytesPerSecond: rate }: Upload, piece: Uint8Array, signal: AbortSignal): Promise<void> {
    this.sentBytes += piece.length;
    if (rate !== undefined) await this.#clock.sleep((1000 * piece.length) / rate, signal);
  }

  async #begin({
    key,
    metadata,
    sizeBytes,
    resumption,
  }: Upload): Promise<{ readonly id: string; readonly kept: Kept }> {
    const known = this.#open.get(resumption?.uploadId ?? '');
    if (known?.key === key) return { id: resumption?.uploadId ?? '', kept: known };
    this.#count += 1;
    const id = `upload-${this.#count}`;
    const startedAt = this.#clock.now();
    const kept = { key, metadata, startedAt, sizeBytes, pieces: new Map<number, number>() };
    this.#open.set(id, kept);
    await resumption?.onOpened(id);
    return { id, kept };
  }

  async #pieces(
    {
      upload,
      kept,
      fault,
    }: { readonly upload: Upload; readonly kept: Kept; readonly fault: StruckOperation },
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const bytes = new Uint8Array(upload.sizeBytes);
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const piece = bytes.subarray(at, Math.min(at + pieceBytes, bytes.length));
      await upload.read(at, piece);
      signal.throwIfAborted();
      const checksum = crc32(piece);
      if (kept.pieces.get(at) !== checksum) await this.#send(upload, piece, signal);
      kept.pieces.set(at, checksum);
      const end = at + piece.length;
      upload.onProgress?.(end);
      if (end * 2 >= bytes.length) await fault.midway();
    }
    return bytes;
  }
}
