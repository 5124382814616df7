// What is left of uploads that were cut off: which there are below a prefix, and which parts of one the server already has.
import {
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListPartsCommand,
  type ListPartsCommandOutput,
  type MultipartUpload,
} from '@aws-sdk/client-s3';
import type { ListedUpload, UnfinishedUpload } from '../ports/objects.ts';
import type { TryOptions } from './caller.ts';
import { parseChecksum } from './checksum.ts';
import type { Bucket } from './connection.ts';
import { keptChecksum, type OpenUpload } from './multipart.ts';
import { BadAnswerError, troubleOf } from './trouble.ts';

/** A part the server keeps. */
export interface KeptPart {
  readonly etag: string;
  readonly sizeBytes: number;
  /** Undefined where the server keeps none: then nothing proves what the part holds. */
  readonly crc32: number | undefined;
}

/** An upload found again, with its parts by number. */
export interface FoundUpload {
  readonly open: OpenUpload;
  readonly parts: ReadonlyMap<number, KeptPart>;
}

/** More uploads below one prefix than this are not read: a server that pages for ever must not hold anybody up. */
const mostPages = 100;

/** The unfinished uploads below `prefix`. */
export async function listUploads(
  bucket: Bucket,
  prefix: string,
  signal: AbortSignal,
): Promise<readonly ListedUpload[]> {
  const found: ListedUpload[] = [];
  let next: UploadMarker | undefined = {};
  for (let pages = 0; pages < mostPages && next !== undefined; pages += 1) {
    const page: UploadsPage = await readUploads(bucket, { prefix, ...next }, signal);
    found.push(...page.uploads.filter(({ key }) => key.startsWith(prefix)));
    next = page.next;
  }
  return found;
}

interface UploadMarker {
  readonly key?: string;
  readonly uploadId?: string | undefined;
}

interface UploadsPage {
  readonly uploads: readonly ListedUpload[];
  readonly next: UploadMarker | undefined;
}

function readUploads(
  bucket: Bucket,
  { prefix, key: KeyMarker, uploadId: UploadIdMarker }: UploadMarker & { readonly prefix: string },
  signal: AbortSignal,
): Promise<UploadsPage> {
  const to = { Bucket: bucket.name, Prefix: prefix, KeyMarker };
  const run = async (options: TryOptions): Promise<UploadsPage> => {
    const command = new ListMultipartUploadsCommand({ ...to, UploadIdMarker });
    try {
      return readPage(await bucket.client.send(command, options));
    } catch (error) {
      // versitygw does not know its own marker again: then the rest of that one key's uploads is passed over
      if (UploadIdMarker === undefined || troubleOf(error).name !== 'InvalidArgument') throw error;
      return readPage(await bucket.client.send(new ListMultipartUploadsCommand(to), options));
    }
  };
  return bucket.caller.call({ verb: 'list the unfinished uploads of', key: prefix, run }, signal);
}

function readPage(answer: ListMultipartUploadsCommandOutput): UploadsPage {
  const { NextKeyMarker: key, NextUploadIdMarker: uploadId, IsTruncated: more, Uploads = [] } = answer;
  const next = more === true && key !== undefined ? { key, uploadId } : undefined;
  return { uploads: Uploads.map(readUpload), next };
}

function readUpload({ Key: key, UploadId: uploadId, Initiated: initiated }: MultipartUpload): ListedUpload {
  if (key === undefined || uploadId === undefined || initiated === undefined)
    throw new BadAnswerError('an unfinished upload without key, id or time');
  return { key, uploadId, startedAt: initiated.getTime() };
}

/** The bytes of an upload's parts; undefined when it was completed or aborted. */
export async function sizeOfUpload(
  bucket: Bucket,
  upload: UnfinishedUpload,
  signal: AbortSignal,
): Promise<number | undefined> {
  const found = await findUpload(bucket, upload, signal);
  return found && [...found.parts.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** The upload with its parts; undefined when it was completed or aborted. */
export async function findUpload(
  bucket: Bucket,
  { key, uploadId }: UnfinishedUpload,
  signal: AbortSignal,
): Promise<FoundUpload | undefined> {
  const parts = new Map<number, KeptPart>();
  let marker: string | undefined;
  for (;;) {
    const page = await readParts(bucket, { key, uploadId, marker }, signal);
    if (page === undefined) return undefined;
    for (const { PartNumber: number, ETag: etag, Size: sizeBytes, ChecksumCRC32: checksum } of page.Parts ??
      [])
      if (number !== undefined && etag !== undefined && sizeBytes !== undefined)
        parts.set(number, { etag, sizeBytes, crc32: parseChecksum(checksum) });
    const next = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
    if (next === undefined) return { open: { key, id: uploadId, checksum: keptChecksum(page) }, parts };
    marker = next;
  }
}

interface PartsPage extends UnfinishedUpload {
  readonly marker: string | undefined;
}

function readParts(
  bucket: Bucket,
  { key, uploadId, marker }: PartsPage,
  signal: AbortSignal,
): Promise<ListPartsCommandOutput | undefined> {
  const run = async (options: TryOptions): Promise<ListPartsCommandOutput | undefined> => {
    const command = new ListPartsCommand({
      Bucket: bucket.name,
      Key: key,
      UploadId: uploadId,
      PartNumberMarker: marker,
    });
    try {
      const page = await bucket.client.send(command, options);
      if (page.IsTruncated === true && !(Number(page.NextPartNumberMarker) > Number(marker ?? 0)))
        throw new BadAnswerError('a page of parts that leads no further');
      return page;
    } catch (error) {
      if (troubleOf(error).name === 'NoSuchUpload') return undefined;
      throw error;
    }
  };
  return bucket.caller.call({ verb: 'look for the parts of', key, run }, signal);
}
