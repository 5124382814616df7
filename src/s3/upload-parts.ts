// Sends the parts of one upload side by side, each with its CRC32, from a bounded number of buffers that are used again.
import { crc32 } from 'node:zlib';
import { UploadPartCommand } from '@aws-sdk/client-s3';
import { crc32Combine } from '../domain/bucket/crc32-combine.ts';
import type { Upload } from '../ports/objects.ts';
import type { TryOptions } from './caller.ts';
import { formatChecksum } from './checksum.ts';
import type { Bucket } from './connection.ts';
import { bodyTime } from './documents.ts';
import { cutParts, type Lane, type Part, runLanes } from './lanes.ts';
import type { Limits } from './limits.ts';
import type { OpenUpload, SentPart } from './multipart.ts';
import { lastBeforeSending, leaveUnsignedOverTls, sliceBody } from './part-body.ts';
import { Throttle } from './throttle.ts';
import { BadAnswerError } from './trouble.ts';
import { planUpload, type UploadPlan } from './upload-plan.ts';
import type { KeptPart } from './unfinished.ts';

export interface SentParts {
  readonly parts: readonly SentPart[];
  /** CRC32 of all bytes read, in their order. */
  readonly checksum: number;
}

export interface Sending {
  readonly upload: Upload;
  readonly open: OpenUpload;
  /** What the server has of it already, by number. */
  readonly kept?: ReadonlyMap<number, KeptPart> | undefined;
}

/** Reads and sends every part the server does not have; all work has ended when it returns or throws. */
export async function sendParts(
  bucket: Bucket,
  { upload, open, kept }: Sending,
  signal: AbortSignal,
): Promise<SentParts> {
  const rate = upload.maxBytesPerSecond;
  const plan = planUpload(upload.sizeBytes, limitsFor(bucket.limits, kept), rate);
  const { partBytes, lanes } = plan;
  const parts = cutParts(upload.sizeBytes, partBytes);
  const throttle = rate === undefined ? undefined : new Throttle(bucket.clock, rate);
  const sent: (SentPart | undefined)[] = parts.map(() => undefined);
  const buffers: Buffer[] = [];
  let sentBytes = 0;
  const makeWork = (): ((part: Part, lane: Lane) => Promise<void>) => {
    const buffer = bucket.buffers.take(Math.min(partBytes, upload.sizeBytes));
    buffers.push(buffer);
    return async (part, lane) => {
      const bytes = buffer.subarray(0, part.length);
      await upload.read(part.offset, bytes);
      const checksum = crc32(bytes);
      const number = part.index + 1;
      const etag =
        keptAs(kept?.get(number), part, checksum) ??
        (await sendPart(bucket, { open, number, bytes, checksum, plan, throttle }, lane));
      sent[part.index] = { number, etag, crc32: checksum };
      sentBytes += part.length;
      upload.onProgress?.(sentBytes);
    };
  };
  await runLanes({ parts, lanes }, makeWork, signal);
  bucket.buffers.give(buffers);
  const whole = sent.flatMap((part) => part ?? []);
  const checksum = whole.reduce(
    (crc, part, index) => crc32Combine(crc, part.crc32, parts[index]?.length ?? 0),
    0,
  );
  return { parts: whole, checksum };
}

/** What goes on keeps the size of its parts, or none of those that are there would be of use. */
const limitsFor = (limits: Limits, kept: Sending['kept']): Limits => ({
  ...limits,
  partBytes: kept?.get(1)?.sizeBytes ?? limits.partBytes,
});

/** The ETag of a part that is there with these very bytes. */
const keptAs = (kept: KeptPart | undefined, { length }: Part, checksum: number): string | undefined =>
  kept?.sizeBytes === length && kept.crc32 === checksum ? kept.etag : undefined;

interface PartToSend {
  readonly open: OpenUpload;
  readonly number: number;
  readonly bytes: Buffer;
  readonly checksum: number;
  readonly plan: UploadPlan;
  readonly throttle: Throttle | undefined;
}

function sendPart(bucket: Bucket, part: PartToSend, lane: Lane): Promise<string> {
  const { open, number, bytes, checksum, plan, throttle } = part;
  const run = async (options: TryOptions): Promise<string> => {
    const command = new UploadPartCommand({
      Bucket: bucket.name,
      Key: open.key,
      UploadId: open.id,
      PartNumber: number,
      Body: bytes,
      ChecksumCRC32: formatChecksum(checksum),
    });
    leaveUnsignedOverTls(command);
    const slicing = { sliceBytes: plan.sliceBytes, throttle, signal: options.abortSignal };
    command.middlewareStack.add(
      (next) => (args) => {
        sliceBody(args.request, slicing);
        return next(args);
      },
      lastBeforeSending,
    );
    const { ETag: etag } = await bucket.client.send(command, options);
    if (etag === undefined) throw new BadAnswerError('a part answered without an ETag');
    return etag;
  };
  const { onThrottled, signal } = lane;
  const milliseconds = bodyTime(bucket, bytes.length) + plan.pacedMilliseconds;
  return bucket.caller.call(
    { verb: `upload part ${number} of`, key: open.key, milliseconds, run, onThrottled },
    signal,
  );
}
