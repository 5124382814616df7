// Small objects and facts about objects: head, get, getRange, put. Every answer is checked for what was asked.
import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import {
  longestDocument,
  type ObjectHead,
  type ObjectRange,
  ObjectStoreError,
  type PutDocument,
  type StoredDocument,
} from '../ports/objects.ts';
import { type ContentRange, discardBody, parseContentRange, readBeginning, readBody } from './body.ts';
import { type Call, type TryOptions } from './caller.ts';
import { checksumOf, parseChecksum } from './checksum.ts';
import { type ConditionHeaders, writeIf } from './condition.ts';
import type { Bucket } from './connection.ts';
import { BadAnswerError, troubleOf, UnusableAnswerError } from './trouble.ts';

/** What a HEAD tells beyond the port's facts. */
export interface SignedHead extends ObjectHead {
  /** The CRC32 the server keeps for the whole object. */
  readonly crc32: number | undefined;
}

/** One object to look at; `tries` bounds the tries below the usual number. */
export interface ReadRequest {
  readonly key: string;
  readonly tries?: number;
}

/** An object's facts; undefined when there is none. */
export function headObject(
  bucket: Bucket,
  { key, tries }: ReadRequest,
  signal: AbortSignal,
): Promise<SignedHead | undefined> {
  const run = async (options: TryOptions): Promise<SignedHead | undefined> => {
    const command = new HeadObjectCommand({ Bucket: bucket.name, Key: key, ChecksumMode: 'ENABLED' });
    try {
      return readHead(key, await bucket.client.send(command, options));
    } catch (error) {
      if (troubleOf(error).status === 404) return undefined;
      throw error;
    }
  };
  return bucket.caller.call({ verb: 'look at', key, run, ...(tries === undefined ? {} : { tries }) }, signal);
}

function readHead(key: string, head: HeadObjectCommandOutput): SignedHead {
  const { ContentLength: sizeBytes, ETag: etag, LastModified: modified, Metadata: metadata = {} } = head;
  if (sizeBytes === undefined || etag === undefined || modified === undefined)
    throw new BadAnswerError('HEAD without Content-Length, ETag or Last-Modified');
  return {
    key,
    sizeBytes,
    etag,
    savedAt: modified.getTime(),
    metadata,
    crc32: parseChecksum(head.ChecksumCRC32),
  };
}

/** A small object, or the beginning of a larger one; undefined when there is none. */
export function getDocument(
  bucket: Bucket,
  { key, tries }: ReadRequest,
  signal: AbortSignal,
): Promise<StoredDocument | undefined> {
  const run = async (options: TryOptions): Promise<StoredDocument | undefined> => {
    const command = new GetObjectCommand({ Bucket: bucket.name, Key: key, ChecksumMode: 'ENABLED' });
    try {
      return await readDocument(await bucket.client.send(command, options));
    } catch (error) {
      if (troubleOf(error).name === 'NoSuchKey') return undefined;
      throw error;
    }
  };
  return bucket.caller.call({ verb: 'read', key, run, ...(tries === undefined ? {} : { tries }) }, signal);
}

async function readDocument(answer: GetObjectCommandOutput): Promise<StoredDocument> {
  const { ContentLength: length, ETag: etag, Body: body } = answer;
  if (length === undefined || etag === undefined) {
    discardBody(body);
    throw new BadAnswerError('GET without Content-Length or ETag');
  }
  if (length > longestDocument) return { bytes: await readBeginning(body, longestDocument + 1), etag };
  // ChecksumMode makes the SDK compare the body with the checksum the server keeps, while it is read
  return { bytes: await readBody(body, length), etag };
}

/** Bytes of exactly the object with this ETag. */
export async function getRange(bucket: Bucket, range: ObjectRange, signal: AbortSignal): Promise<Uint8Array> {
  const { key, etag, length } = range;
  if (length === 0) {
    const head = await headObject(bucket, { key }, signal);
    if (head === undefined) throw new ObjectStoreError('NotFound', `${key}: no such object`);
    if (head.etag !== etag)
      throw new ObjectStoreError('PreconditionFailed', `${key}: the object has changed`);
    return new Uint8Array(0);
  }
  const run = async (options: TryOptions): Promise<Uint8Array> => {
    const answer = await sendRange(bucket, range, options);
    return readBody(answer.Body, length);
  };
  const milliseconds = bodyTime(bucket, length);
  return bucket.caller.call({ verb: 'read a range of', key, milliseconds, run }, signal);
}

/** Asks for a range with If-Match and checks that the answer is that range, of an object of `sizeBytes` when that is known. */
export async function sendRange(
  bucket: Bucket,
  asked: AskedRange,
  options: TryOptions,
): Promise<GetObjectCommandOutput> {
  const { key, etag, offset, length } = asked;
  const Range = `bytes=${offset}-${offset + length - 1}`;
  const command = new GetObjectCommand({ Bucket: bucket.name, Key: key, IfMatch: etag, Range });
  const answer = await bucket.client.send(command, options);
  try {
    judgeRange(asked, parseContentRange(answer.ContentRange));
    return answer;
  } catch (error) {
    discardBody(answer.Body);
    throw error;
  }
}

export interface AskedRange extends ObjectRange {
  readonly sizeBytes?: number;
}

/** @throws UnusableAnswerError when the object is not the one announced, BadAnswerError when the answer is not the range */
export function judgeRange({ offset, length, sizeBytes }: AskedRange, told: ContentRange | undefined): void {
  const last = offset + length - 1;
  const asked = `bytes ${offset}-${last}`;
  if (told?.first !== offset || (told.last !== last && told.last !== told.total - 1))
    throw new BadAnswerError(
      `asked for ${asked}, answered ${told === undefined ? 'without Content-Range' : `bytes ${told.first}-${told.last}`}`,
    );
  if (told.last !== last)
    throw new UnusableAnswerError(`asked for ${asked} of an object of ${told.total} bytes`);
  if (sizeBytes !== undefined && told.total !== sizeBytes)
    throw new UnusableAnswerError(`an object of ${told.total} bytes, not ${sizeBytes}`);
}

/** The time one try may take with a body of this size. */
export const bodyTime = ({ limits }: Bucket, bytes: number): number =>
  limits.answerMilliseconds + Math.ceil((1000 * bytes) / limits.slowestBytesPerSecond);

/** Writes a small object under a condition and returns its ETag. */
export function putDocument(bucket: Bucket, document: PutDocument, signal: AbortSignal): Promise<string> {
  const { key, bytes, condition } = document;
  const send =
    (options: TryOptions) =>
    async (headers: ConditionHeaders): Promise<string> => {
      const command = new PutObjectCommand({
        Bucket: bucket.name,
        Key: key,
        Body: bytes,
        ChecksumCRC32: checksumOf(bytes),
        ...headers,
      });
      const { ETag: etag } = await bucket.client.send(command, options);
      if (etag === undefined) throw new BadAnswerError('PUT answered without an ETag');
      return etag;
    };
  const call: Call<string> = {
    verb: 'write',
    key,
    run: (options) => writeIf(bucket, { key, condition, send: send(options) }, options),
    // an earlier try of ours may be what is in the way now
    settle: async ({ doubt, tries }, settling) => {
      if (!doubt || condition === 'any') return undefined;
      const present = await getDocument(bucket, { key, tries }, settling);
      return present !== undefined && Buffer.compare(present.bytes, bytes) === 0 ? present.etag : undefined;
    },
  };
  return bucket.caller.call(call, signal);
}
