// Reads one object, or ranges of it, in parallel ranges of exactly the version asked for, and hands over each byte once. A range that breaks
// off goes on where it stopped. It never hands over a byte after it has ended.
import { crc32 } from 'node:zlib';
import { crc32Combine } from '../domain/bucket/crc32-combine.ts';
import { type Download, ObjectStoreError } from '../ports/objects.ts';
import { pieces } from './body.ts';
import { OutsideError, type TryOptions } from './caller.ts';
import type { Bucket } from './connection.ts';
import { bodyTime, headObject, sendRange } from './documents.ts';
import { cutParts, type Lane, type Part, runLanes } from './lanes.ts';
import { rangeBytesFor } from './limits.ts';
import { type CarriedRange, carryRange } from './range-carrier.ts';
import { UnframedBodyError } from './reception.ts';
import { BadAnswerError } from './trouble.ts';
import { Wire } from './wire.ts';

/** Downloads and returns the CRC32 of what was handed over; see the port for the promise. */
export async function downloadObject(
  bucket: Bucket,
  download: Download,
  signal: AbortSignal,
): Promise<number> {
  const { limits } = bucket;
  if (download.sizeBytes === 0) await requireEmpty(bucket, download, signal);
  const asked = download.ranges?.map((range, index) => ({ ...range, index }));
  const parts = asked ?? cutParts(download.sizeBytes, rangeBytesFor(download.sizeBytes, limits));
  const checksums = parts.map(() => 0);
  const sink = new ObjectSink(download);
  const wires: Wire[] = [];
  const makeWork = (): ((part: Part, lane: Lane) => Promise<void>) => {
    const wire = new Wire({ ...limits, dial: bucket.dial });
    wires.push(wire);
    return async (part, lane) => {
      checksums[part.index] = await readPart(bucket, { part, sink, wire }, lane);
    };
  };
  try {
    await runLanes({ parts, lanes: limits.lanes }, makeWork, signal);
  } finally {
    for (const wire of wires) wire.close();
  }
  return parts.reduce((crc, part) => crc32Combine(crc, checksums[part.index] ?? 0, part.length), 0);
}

async function requireEmpty(bucket: Bucket, { key, etag }: Download, signal: AbortSignal): Promise<void> {
  const head = await headObject(bucket, { key }, signal);
  if (head === undefined) throw new ObjectStoreError('NotFound', `${key}: no such object`);
  if (head.etag !== etag) throw new ObjectStoreError('PreconditionFailed', `${key}: the object has changed`);
  if (head.sizeBytes !== 0)
    throw new ObjectStoreError('Corrupted', `${key} has ${head.sizeBytes} bytes, not 0 as announced`);
}

/** The caller's side of a download: its errors are its own. */
class ObjectSink {
  readonly download: Download;
  #received = 0;

  constructor(download: Download) {
    this.download = download;
  }

  take(offset: number, chunk: Uint8Array): void {
    try {
      this.download.write(offset, chunk);
      this.#received += chunk.length;
      this.download.onProgress?.(this.#received);
    } catch (cause) {
      throw new OutsideError('the sink failed', { cause });
    }
  }
}

interface Reading {
  readonly part: Part;
  readonly sink: ObjectSink;
  readonly wire: Wire;
}

async function readPart(
  bucket: Bucket,
  { part, sink, wire }: Reading,
  { signal, onThrottled }: Lane,
): Promise<number> {
  const { key, etag, sizeBytes } = sink.download;
  const end = part.offset + part.length;
  let at = part.offset;
  let begun = at;
  let checksum = 0;
  const take = (piece: Uint8Array): void => {
    if (at + piece.length > end) throw new BadAnswerError('more bytes than the range has');
    sink.take(at, piece);
    checksum = crc32(piece, checksum);
    at += piece.length;
  };
  const run = async (options: TryOptions): Promise<void> => {
    begun = at;
    // a connection may break after the last byte
    if (at === end) return;
    const range = { key, etag, offset: at, length: end - at };
    await fetchRange(bucket, { wire, carried: { range, sizeBytes, sink: take } }, options);
    if (at < end) throw new BadAnswerError(`the range ended ${end - at} bytes early`);
  };
  const progressed = (): boolean => at - begun >= bucket.limits.progressBytes;
  const milliseconds = bodyTime(bucket, part.length);
  await bucket.caller.call({ verb: 'download', key, milliseconds, run, progressed, onThrottled }, signal);
  return checksum;
}

/** Over the wire, or through the SDK where something on the way sends ranges without their length. */
async function fetchRange(
  bucket: Bucket,
  fetch: { readonly wire: Wire; readonly carried: CarriedRange },
  options: TryOptions,
): Promise<void> {
  if (bucket.lessons.framed) {
    try {
      return await carryRange(bucket, fetch, options);
    } catch (error) {
      if (!(error instanceof UnframedBodyError)) throw error;
      bucket.lessons.framed = false;
    }
  }
  const { range, sizeBytes, sink } = fetch.carried;
  const answer = await sendRange(bucket, { ...range, sizeBytes }, options);
  for await (const piece of pieces(answer.Body)) {
    options.abortSignal.throwIfAborted();
    sink(piece);
  }
}
