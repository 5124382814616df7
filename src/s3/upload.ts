// Carries one checkpoint into the bucket: in one request when small, else in parts. It becomes visible whole or not at all,
// never over another object; what may have happened behind a lost answer is looked up, not guessed.
import { crc32 } from 'node:zlib';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { ObjectStoreError, type Upload } from '../ports/objects.ts';
import { parseCheckpointMetadata } from '../wire/checkpoint-metadata.ts';
import type { OpenOutcome, TryOptions } from './caller.ts';
import { formatChecksum } from './checksum.ts';
import { type ConditionHeaders, writeIf } from './condition.ts';
import type { Bucket } from './connection.ts';
import { bodyTime, headObject, type SignedHead } from './documents.ts';
import { abortUpload, completeUpload, createUpload, type OpenUpload, type WholeObject } from './multipart.ts';
import { findUpload, type FoundUpload } from './unfinished.ts';
import { lastBeforeSending, sliceBody } from './part-body.ts';
import { Throttle } from './throttle.ts';
import { sendParts } from './upload-parts.ts';
import { planUpload } from './upload-plan.ts';

/** Uploads; see the port for the promise. */
export function uploadObject(bucket: Bucket, upload: Upload, signal: AbortSignal): Promise<void> {
  return upload.sizeBytes <= bucket.limits.singlePutBytes
    ? uploadWhole(bucket, upload, signal)
    : uploadInParts(bucket, upload, signal);
}

async function uploadWhole(bucket: Bucket, upload: Upload, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { key, sizeBytes } = upload;
  const bytes = new Uint8Array(sizeBytes);
  if (sizeBytes > 0) await upload.read(0, bytes);
  requireAnnounced(upload, crc32(bytes));
  const rate = upload.maxBytesPerSecond;
  const { sliceBytes, pacedMilliseconds } = planUpload(sizeBytes, bucket.limits, rate);
  const throttle = rate === undefined ? undefined : new Throttle(bucket.clock, rate);
  const send =
    (options: TryOptions) =>
    async (headers: ConditionHeaders): Promise<true> => {
      const command = new PutObjectCommand({
        Bucket: bucket.name,
        Key: key,
        Body: bytes,
        ChecksumCRC32: formatChecksum(upload.crc32),
        Metadata: upload.metadata,
        ...headers,
      });
      const slicing = { sliceBytes, throttle, signal: options.abortSignal };
      command.middlewareStack.add(
        (next) => (args) => {
          sliceBody(args.request, slicing);
          return next(args);
        },
        lastBeforeSending,
      );
      await bucket.client.send(command, options);
      return true;
    };
  const run = (options: TryOptions): Promise<true> =>
    writeIf(bucket, { key, condition: 'absent', send: send(options) }, options);
  const settle = settleBy(bucket, upload);
  const milliseconds = bodyTime(bucket, sizeBytes) + pacedMilliseconds;
  await bucket.caller.call({ verb: 'upload', key, milliseconds, run, settle }, signal);
  upload.onProgress?.(sizeBytes);
}

async function uploadInParts(bucket: Bucket, upload: Upload, signal: AbortSignal): Promise<void> {
  const found = await findAgain(bucket, upload, signal);
  if (found === 'done') return upload.onProgress?.(upload.sizeBytes);
  const open = found?.open ?? (await openUpload(bucket, upload, signal));
  try {
    const { parts, checksum } = await sendParts(bucket, { upload, open, kept: found?.parts }, signal);
    requireAnnounced(upload, checksum);
    await completeUpload(bucket, { upload, open, parts, settle: settleBy(bucket, upload) }, signal);
  } catch (error) {
    if (upload.resumption === undefined || isFinal(error)) await abortAfterwards(bucket, open);
    throw error;
  }
}

/** The upload to go on with. One that is gone may be gone because it was completed, and only the answer was lost. */
async function findAgain(
  bucket: Bucket,
  upload: Upload,
  signal: AbortSignal,
): Promise<FoundUpload | 'done' | undefined> {
  const { key } = upload;
  const uploadId = upload.resumption?.uploadId;
  if (uploadId === undefined) return undefined;
  const found = await findUpload(bucket, { key, uploadId }, signal);
  if (found !== undefined) return found;
  return isThis(await headObject(bucket, { key }, signal), upload) ? 'done' : undefined;
}

async function openUpload(bucket: Bucket, upload: Upload, signal: AbortSignal): Promise<OpenUpload> {
  const open = await createUpload(bucket, upload, signal);
  try {
    await upload.resumption?.onOpened(open.id);
    return open;
  } catch (error) {
    await abortAfterwards(bucket, open);
    throw error;
  }
}

/** True when the same parts would only fail again. */
const isFinal = (error: unknown): boolean =>
  error instanceof ObjectStoreError && ['Corrupted', 'PreconditionFailed', 'Refused'].includes(error.code);

/** The signal may be the reason of the failure, so the clean-up has a short time of its own; it never fails the caller. */
export async function abortAfterwards(bucket: Bucket, open: OpenUpload): Promise<void> {
  const stop = new AbortController();
  const settled = new AbortController();
  const expire = (): void => stop.abort(new Error('no time left to abort the upload'));
  bucket.clock.sleep(bucket.limits.cleanUpMilliseconds, settled.signal).then(expire, () => {});
  await abortUpload(bucket, open, stop.signal).catch(() => {});
  settled.abort();
}

const hex = (value: number): string => value.toString(16).padStart(8, '0');

function requireAnnounced(upload: Upload, checksum: number): void {
  if (checksum === upload.crc32) return;
  throw new ObjectStoreError(
    'Corrupted',
    `${upload.key}: the file changed while it was uploaded (CRC32 ${hex(checksum)} read, ${hex(upload.crc32)} expected); nothing was stored`,
  );
}

/** Success when the very object is there already: this attempt's own earlier try, or the same upload before a restart. */
export function settleBy(bucket: Bucket, object: WholeObject) {
  return async ({ trouble, doubt, tries }: OpenOutcome, signal: AbortSignal): Promise<true | undefined> => {
    if (!doubt && trouble.code !== 'PreconditionFailed') return undefined;
    const present = await headObject(bucket, { key: object.key, tries }, signal);
    return isThis(present, object) ? true : undefined;
  };
}

function isThis(present: SignedHead | undefined, { sizeBytes, crc32 }: WholeObject): boolean {
  if (present === undefined || present.sizeBytes !== sizeBytes) return false;
  return (parseCheckpointMetadata(present.metadata).crc32 ?? present.crc32) === crc32;
}
