// Single requests on throw-away objects, for the probe: each is tried once, since a second try would answer another question.
// Remembers what it made and removes it, versions and unfinished uploads too.
import {
  CompleteMultipartUploadCommand,
  type CompletedPart,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { ObjectStoreError } from '../ports/objects.ts';
import type { TryOptions } from './caller.ts';
import { checksumOf, formatChecksum } from './checksum.ts';
import type { ConditionHeaders } from './condition.ts';
import type { Bucket } from './connection.ts';
import { getDocument, headObject } from './documents.ts';
import { abortUpload, type OpenUpload } from './multipart.ts';

/** `unmet`: refused because of its condition. `refused`: not known, not allowed, or not accepted. */
export type ProbeOutcome = 'done' | 'unmet' | 'refused';

interface Made {
  readonly Key: string;
  readonly VersionId?: string;
}

type ProbeUpload = Pick<OpenUpload, 'key' | 'id'>;

export class ProbeBench {
  readonly #bucket: Bucket;
  readonly #folder: string;
  readonly #signal: AbortSignal;
  readonly #made: Made[] = [];
  readonly #uploads: ProbeUpload[] = [];

  constructor(bucket: Bucket, folder: string, signal: AbortSignal) {
    this.#bucket = bucket;
    this.#folder = folder;
    this.#signal = signal;
  }

  /** How a request ended; rejects when the endpoint is away, which says nothing about what it can do. */
  async outcome(request: Promise<unknown>): Promise<ProbeOutcome> {
    try {
      await request;
      return 'done';
    } catch (error) {
      if (!(error instanceof ObjectStoreError) || error.code === 'Unavailable') throw error;
      return error.code === 'PreconditionFailed' ? 'unmet' : 'refused';
    }
  }

  /** The request's result; undefined when it was refused. */
  async attempt<T>(request: Promise<T>): Promise<T | undefined> {
    const outcome = await this.outcome(request);
    return outcome === 'done' ? request : undefined;
  }

  /** Writes the first object; true when the bucket keeps versions. */
  async writeFirst(name: string, bytes: Uint8Array): Promise<boolean> {
    await this.put(name, bytes);
    return this.#made.at(-1)?.VersionId !== undefined;
  }

  /** Writes an object and returns its ETag. */
  put(name: string, bytes: Uint8Array, headers: ConditionHeaders = {}): Promise<string> {
    return this.#once('write', name, async ({ key: Key, to, options }) => {
      const command = new PutObjectCommand({
        ...to,
        Key,
        Body: bytes,
        ChecksumCRC32: checksumOf(bytes),
        ...headers,
      });
      const { ETag: etag = '', VersionId } = await this.#bucket.client.send(command, options);
      this.#note(Key, VersionId);
      return etag;
    });
  }

  delete(name: string, etag: string): Promise<void> {
    return this.#once('delete', name, async ({ key: Key, to, options }) => {
      const command = new DeleteObjectCommand({ ...to, Key, IfMatch: etag });
      const { VersionId } = await this.#bucket.client.send(command, options);
      this.#note(Key, VersionId);
    });
  }

  deleteBatch(entries: readonly { readonly name: string; readonly etag: string }[]): Promise<void> {
    return this.#once('delete a batch of', '', async ({ to, options }) => {
      const Objects = entries.map(({ name, etag }) => ({ Key: this.#folder + name, ETag: etag }));
      const command = new DeleteObjectsCommand({ ...to, Delete: { Objects } });
      const { Deleted = [] } = await this.#bucket.client.send(command, options);
      for (const { Key = '', DeleteMarkerVersionId: version } of Deleted) this.#note(Key, version);
    });
  }

  async exists(name: string): Promise<boolean> {
    return (await headObject(this.#bucket, { key: this.#folder + name }, this.#signal)) !== undefined;
  }

  /** The CRC32 the server tells of the whole object. */
  async checksumOf(name: string): Promise<number | undefined> {
    return (await headObject(this.#bucket, { key: this.#folder + name }, this.#signal))?.crc32;
  }

  async text(name: string): Promise<string> {
    const document = await getDocument(this.#bucket, { key: this.#folder + name }, this.#signal);
    return Buffer.from(document?.bytes ?? []).toString();
  }

  createUpload(
    name: string,
    parameters: Pick<CreateMultipartUploadCommandInput, 'ChecksumAlgorithm' | 'ChecksumType'>,
  ): Promise<ProbeUpload> {
    return this.#once('start an upload of', name, async ({ key, to, options }) => {
      const command = new CreateMultipartUploadCommand({ ...to, Key: key, ...parameters });
      const { UploadId: id = '' } = await this.#bucket.client.send(command, options);
      const upload = { key, id };
      this.#uploads.push(upload);
      return upload;
    });
  }

  putPart(upload: ProbeUpload, bytes: Uint8Array): Promise<CompletedPart> {
    return this.#onceFor('upload a part of', upload, async (to, options) => {
      const command = new UploadPartCommand({
        ...to,
        PartNumber: 1,
        Body: bytes,
        ChecksumCRC32: checksumOf(bytes),
      });
      const { ETag = '' } = await this.#bucket.client.send(command, options);
      return { PartNumber: 1, ETag };
    });
  }

  /** Makes the first `bytes` bytes of another object the only part. */
  copyPart(
    upload: ProbeUpload,
    source: { readonly from: string; readonly bytes: number },
  ): Promise<CompletedPart> {
    return this.#onceFor('copy into', upload, async (to, options) => {
      const command = new UploadPartCopyCommand({
        ...to,
        PartNumber: 1,
        CopySource: encodeURI(`${this.#bucket.name}/${this.#folder}${source.from}`),
        CopySourceRange: `bytes=0-${source.bytes - 1}`,
      });
      const { CopyPartResult: { ETag = '' } = {} } = await this.#bucket.client.send(command, options);
      return { PartNumber: 1, ETag };
    });
  }

  complete(
    upload: ProbeUpload,
    part: CompletedPart,
    how: ConditionHeaders & { readonly wholeCrc32?: number },
  ): Promise<void> {
    const { wholeCrc32, ...headers } = how;
    const whole =
      wholeCrc32 === undefined
        ? {}
        : ({ ChecksumType: 'FULL_OBJECT', ChecksumCRC32: formatChecksum(wholeCrc32) } as const);
    return this.#onceFor('complete the upload of', upload, async (to, options) => {
      const command = new CompleteMultipartUploadCommand({
        ...to,
        MultipartUpload: { Parts: [part] },
        ...whole,
        ...headers,
      });
      const { VersionId } = await this.#bucket.client.send(command, options);
      this.#note(upload.key, VersionId);
    });
  }

  /** Removes what was made, in a short time of its own; what it may not remove stays, a few bytes. */
  async cleanUp(): Promise<void> {
    const { clock, limits, client, name: Bucket } = this.#bucket;
    const stop = new AbortController();
    const settled = new AbortController();
    clock.sleep(limits.cleanUpMilliseconds, settled.signal).then(
      () => stop.abort(new Error('no time left to clean up')),
      () => {},
    );
    const removals = this.#uploads.map((upload) => abortUpload(this.#bucket, upload, stop.signal));
    const Objects = [...new Map(this.#made.map((made) => [JSON.stringify(made), made])).values()];
    const removeAll = this.#bucket.caller.call(
      {
        verb: 'clean up',
        key: this.#folder,
        run: (options) => client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }), options),
      },
      stop.signal,
    );
    await Promise.allSettled([...removals, removeAll]);
    settled.abort();
  }

  #note(Key: string, version: string | undefined): void {
    this.#made.push(version === undefined || version === 'null' ? { Key } : { Key, VersionId: version });
  }

  #once<T>(
    verb: string,
    name: string,
    run: (request: {
      readonly key: string;
      readonly to: { readonly Bucket: string };
      readonly options: TryOptions;
    }) => Promise<T>,
  ): Promise<T> {
    const key = this.#folder + name;
    const to = { Bucket: this.#bucket.name };
    const call = { verb, key, tries: 1, run: (options: TryOptions) => run({ key, to, options }) };
    return this.#bucket.caller.call(call, this.#signal);
  }

  #onceFor<T>(
    verb: string,
    upload: ProbeUpload,
    run: (
      to: { readonly Bucket: string; readonly Key: string; readonly UploadId: string },
      options: TryOptions,
    ) => Promise<T>,
  ): Promise<T> {
    const to = { Bucket: this.#bucket.name, Key: upload.key, UploadId: upload.id };
    const call = { verb, key: upload.key, tries: 1, run: (options: TryOptions) => run(to, options) };
    return this.#bucket.caller.call(call, this.#signal);
  }
}
