// Copies an object inside the store, part by part (CopyObject ends at 5 GiB, a checkpoint does not). What was copied is
// proven by the store's own CRC32s; a store that tells none has copied nothing as far as we know.
import { UploadPartCopyCommand } from '@aws-sdk/client-s3';
import { crc32Combine } from '../domain/bucket/crc32-combine.ts';
import { ObjectStoreError, type ServerCopy } from '../ports/objects.ts';
import type { TryOptions } from './caller.ts';
import { parseChecksum } from './checksum.ts';
import type { Bucket } from './connection.ts';
import { cutParts, type Lane, type Part, runLanes } from './lanes.ts';
import { completeUpload, createUpload, type OpenUpload, type SentPart } from './multipart.ts';
import { abortAfterwards, settleBy } from './upload.ts';

/** Copies; see the port for the promise. */
export async function copyObject(bucket: Bucket, copy: ServerCopy, signal: AbortSignal): Promise<void> {
  const { limits, lessons } = bucket;
  if (!lessons.rangeChecksums) return copyWhole(bucket, copy, signal);
  try {
    await copyInParts(bucket, { copy, partBytes: limits.copyPartBytes }, signal);
  } catch (error) {
    if (!(error instanceof WholeChecksumError)) throw error;
    // versitygw 1.8.0 keeps the CRC32 of the whole source for every range of it
    lessons.rangeChecksums = false;
    await copyWhole(bucket, copy, signal);
  }
}

/** As one part, whose CRC32 is that of the whole whatever the server makes of ranges. */
function copyWhole(bucket: Bucket, copy: ServerCopy, signal: AbortSignal): Promise<void> {
  const { key, from } = copy;
  const { largestPartBytes } = bucket.limits;
  if (from.sizeBytes <= largestPartBytes)
    return copyInParts(bucket, { copy, partBytes: largestPartBytes }, signal);
  const message = `${key}: the store tells no CRC32 of a range that it copies, and ${from.key} is too large for one`;
  return Promise.reject(new ObjectStoreError('Refused', message));
}

/** The server told the CRC32 of the whole source for a part of it: nothing proves that part. */
class WholeChecksumError extends ObjectStoreError {}

interface Cut {
  readonly copy: ServerCopy;
  readonly partBytes: number;
}

async function copyInParts(bucket: Bucket, { copy, partBytes }: Cut, signal: AbortSignal): Promise<void> {
  const { from, key, crc32, metadata } = copy;
  const whole = { key, sizeBytes: from.sizeBytes, crc32 };
  const open = await createUpload(bucket, { key, metadata }, signal);
  try {
    const parts = await copyParts(bucket, { copy, partBytes, open }, signal);
    await completeUpload(bucket, { upload: whole, open, parts, settle: settleBy(bucket, whole) }, signal);
  } catch (error) {
    await abortAfterwards(bucket, open);
    throw error;
  }
}

interface Copying extends Cut {
  readonly open: OpenUpload;
}

async function copyParts(
  bucket: Bucket,
  copying: Copying,
  signal: AbortSignal,
): Promise<readonly SentPart[]> {
  const { key, crc32, from } = copying.copy;
  const parts = cutParts(from.sizeBytes, copying.partBytes);
  const copied = new Map<number, SentPart>();
  const makeWork = () => async (part: Part, lane: Lane) => {
    copied.set(part.index, await copyPart(bucket, { ...copying, part }, lane));
  };
  await runLanes({ parts, lanes: bucket.limits.lanes }, makeWork, signal);
  const inOrder = parts.flatMap(({ index }) => copied.get(index) ?? []);
  const checksum = inOrder.reduce(
    (crc, part, index) => crc32Combine(crc, part.crc32, parts[index]?.length ?? 0),
    0,
  );
  if (checksum === crc32) return inOrder;
  const isLie = inOrder.length > 1 && inOrder.every((part) => part.crc32 === crc32);
  throw new (isLie ? WholeChecksumError : ObjectStoreError)(
    'Corrupted',
    `${key}: what the store copied of ${from.key} has another CRC32`,
  );
}

function copyPart(
  bucket: Bucket,
  { copy, open, part }: Copying & { readonly part: Part },
  { onThrottled, signal }: Lane,
): Promise<SentPart> {
  const { limits } = bucket;
  const { from, key } = copy;
  const number = part.index + 1;
  const run = async (options: TryOptions): Promise<SentPart> => {
    const command = new UploadPartCopyCommand({
      Bucket: bucket.name,
      Key: key,
      UploadId: open.id,
      PartNumber: number,
      CopySource: encodeURI(`${bucket.name}/${from.key}`),
      CopySourceIfMatch: from.etag,
      CopySourceRange: `bytes=${part.offset}-${part.offset + part.length - 1}`,
    });
    const { CopyPartResult: { ETag: etag, ChecksumCRC32: checksum } = {} } = await bucket.patient.send(
      command,
      options,
    );
    const crc32 = parseChecksum(checksum);
    if (etag !== undefined && crc32 !== undefined) return { number, etag, crc32 };
    throw new ObjectStoreError(
      'Refused',
      `${key}: the store tells no CRC32 of what it copied of ${from.key}`,
    );
  };
  const milliseconds =
    limits.answerMilliseconds + Math.ceil((1000 * part.length) / limits.joinedBytesPerSecond);
  const verb = `copy part ${number} of`;
  return bucket.caller.call({ verb, key: from.key, milliseconds, run, onThrottled }, signal);
}
