// The frame of a multipart upload: create, complete, abort. Learns which checksums the endpoint takes, from its answers.
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompletedPart,
  CreateMultipartUploadCommand,
} from '@aws-sdk/client-s3';
import type { ObjectMetadata } from '../ports/objects.ts';
import type { Call, TryOptions } from './caller.ts';
import { formatChecksum } from './checksum.ts';
import { type ConditionHeaders, writeIf } from './condition.ts';
import type { Bucket, Lessons } from './connection.ts';
import { BadAnswerError, troubleOf } from './trouble.ts';

/** A multipart upload under way. */
export interface OpenUpload {
  readonly key: string;
  readonly id: string;
  /** What the server keeps: the CRC32 of the whole, of each part, or none. */
  readonly checksum: Lessons['checksum'];
}

/** A part the server has confirmed. */
export interface SentPart {
  readonly number: number;
  readonly etag: string;
  readonly crc32: number;
}

const checksumParameters = {
  whole: { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' },
  parts: { ChecksumAlgorithm: 'CRC32' },
  none: {},
} as const;

const lesser = { whole: 'parts', parts: 'none' } as const;

/** The checksum an upload keeps, as the server tells it; one that does not echo what it was asked for does not keep it. */
export function keptChecksum(answer: {
  readonly ChecksumAlgorithm?: string | undefined;
  readonly ChecksumType?: string | undefined;
}): Lessons['checksum'] {
  if (answer.ChecksumAlgorithm !== 'CRC32') return 'none';
  return answer.ChecksumType === 'FULL_OBJECT' ? 'whole' : 'parts';
}

/** Opens an upload with the best checksum the endpoint takes. */
export function createUpload(
  bucket: Bucket,
  upload: { readonly key: string; readonly metadata: ObjectMetadata },
  signal: AbortSignal,
): Promise<OpenUpload> {
  const { key, metadata } = upload;
  const create = async (options: TryOptions): Promise<OpenUpload> => {
    const asked = bucket.lessons.checksum;
    const command = new CreateMultipartUploadCommand({
      Bucket: bucket.name,
      Key: key,
      Metadata: metadata,
      ...checksumParameters[asked],
    });
    try {
      const answer = await bucket.client.send(command, options);
      if (answer.UploadId === undefined) throw new BadAnswerError('an upload without an id');
      return { key, id: answer.UploadId, checksum: keptChecksum(answer) };
    } catch (error) {
      const { status } = troubleOf(error);
      if (asked === 'none' || (status !== 400 && status !== 501)) throw error;
      bucket.lessons.checksum = lesser[asked];
      return create(options);
    }
  };
  return bucket.caller.call({ verb: 'start the upload of', key, run: create }, signal);
}

/** What a whole object must be. */
export interface WholeObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly crc32: number;
}

export interface Completion {
  readonly upload: WholeObject;
  readonly open: OpenUpload;
  readonly parts: readonly SentPart[];
  readonly settle: NonNullable<Call<true>['settle']>;
}

/** Makes the object visible, if nothing has its key. A server may take minutes to join the parts. */
export async function completeUpload(
  bucket: Bucket,
  { upload, open, parts, settle }: Completion,
  signal: AbortSignal,
): Promise<void> {
  const { key, sizeBytes } = upload;
  const whole =
    open.checksum === 'whole'
      ? ({ ChecksumType: 'FULL_OBJECT', ChecksumCRC32: formatChecksum(upload.crc32) } as const)
      : {};
  const send =
    (options: TryOptions) =>
    async (headers: ConditionHeaders): Promise<true> => {
      const command = new CompleteMultipartUploadCommand({
        Bucket: bucket.name,
        Key: key,
        UploadId: open.id,
        MultipartUpload: { Parts: parts.map((part) => completedPart(part, open)) },
        ...whole,
        ...headers,
      });
      const { ETag: etag } = await bucket.patient.send(command, options);
      if (etag === undefined) throw new BadAnswerError('a completed upload without an ETag');
      return true;
    };
  const { limits } = bucket;
  const call: Call<true> = {
    verb: 'complete the upload of',
    key,
    milliseconds: limits.answerMilliseconds + Math.ceil((1000 * sizeBytes) / limits.joinedBytesPerSecond),
    run: (options) => writeIf(bucket, { key, condition: 'absent', send: send(options) }, options),
    settle,
  };
  await bucket.caller.call(call, signal);
}

function completedPart(part: SentPart, open: OpenUpload): CompletedPart {
  const checksum = open.checksum === 'none' ? {} : { ChecksumCRC32: formatChecksum(part.crc32) };
  return { PartNumber: part.number, ETag: part.etag, ...checksum };
}

/** Gives an upload up, so that its parts are not kept and billed; one that is gone already is a success. */
export async function abortUpload(
  bucket: Bucket,
  { key, id }: { readonly key: string; readonly id: string },
  signal: AbortSignal,
): Promise<void> {
  const run = async (options: TryOptions): Promise<void> => {
    const command = new AbortMultipartUploadCommand({ Bucket: bucket.name, Key: key, UploadId: id });
    try {
      await bucket.client.send(command, options);
    } catch (error) {
      if (troubleOf(error).name !== 'NoSuchUpload') throw error;
    }
  };
  await bucket.caller.call({ verb: 'abort the upload of', key, run }, signal);
}
