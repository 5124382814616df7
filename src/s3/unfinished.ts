// What is left of uploads that were cut off: which there are below a prefix, and which parts of one the server already has.
import {
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListPartsCommand,
  type ListPartsCommandOutput,
} from '@aws-sdk/client-s3';
import type { UnfinishedUpload } from '../ports/objects.ts';
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
): Promise<readonly UnfinishedUpload[]> {
  const found: UnfinishedUpload[] = [];
  let page: ListMultipartUploadsCommandOutput | undefined;
  for (let pages = 0; pages < mostPages; pages += 1) {
    const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page ?? {};
    const run = (options: TryOptions): Promise<ListMultipartUploadsCommandOutput> =>
      bucket.client.send(
        new ListMultipartUploadsCommand({ Bucket: bucket.name, Prefix: prefix, KeyMarker, UploadIdMarker }),
        options,
      );
    page = await bucket.caller.call({ verb: 'list the unfinished uploads of', key: prefix, run }, signal);
    for (const { Key: key = '', UploadId: uploadId } of page.Uploads ?? [])
      if (uploadId !== undefined && key.startsWith(prefix)) found.push({ key, uploadId });
    if (page.IsTruncated !== true || page.NextKeyMarker === undefined) return found;
  }
  return found;
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
