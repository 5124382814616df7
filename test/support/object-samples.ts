// Bytes, uploads and small observations that the object store's contract is written with.
import { crc32 } from 'node:zlib';
import { cutParts } from '../../src/s3/lanes.ts';
import {
  type ByteRange,
  type Download,
  type ObjectStore,
  ObjectStoreError,
  type Upload,
} from '../../src/ports/objects.ts';

/** One implementation of the port, ready to be held to its contract. */
export interface StoreSubject {
  readonly store: ObjectStore;
  /** A prefix nobody else uses, with its trailing slash. */
  readonly prefix: string;
  /** An upload of this size is sent in several parts. */
  readonly manyPartsBytes: number;
  /** More keys than fit into one page of a listing. */
  readonly manyKeys: number;
}

/** A signal that is never aborted. */
export const never: AbortSignal = new AbortController().signal;

export const text = (value: string): Uint8Array => Buffer.from(value);

/** Bytes that differ at every offset and for every seed: a piece at the wrong place never goes unnoticed. */
export function sample(sizeBytes: number, seed = 1): Uint8Array {
  const words = new Uint32Array(Math.ceil(sizeBytes / 4));
  let state = (seed * 2_654_435_761) | 1;
  for (let index = 0; index < words.length; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return new Uint8Array(words.buffer, 0, sizeBytes);
}

/** An upload of these bytes, with what a checkpoint would carry. */
export function uploadOf(key: string, bytes: Uint8Array): Upload {
  const checksum = crc32(bytes);
  return {
    key,
    sizeBytes: bytes.length,
    crc32: checksum,
    metadata: { 'reprise-crc32': checksum.toString(16).padStart(8, '0'), 'reprise-update': '500' },
    read: async (offset, into) => {
      into.set(bytes.subarray(offset, offset + into.length));
    },
  };
}

export interface Received {
  readonly bytes: Uint8Array;
  /** How many bytes were handed over, repeated ones counted. */
  handedOver: number;
}

/** A download that gathers what it is handed, and refuses what lies outside. */
export function downloadInto(key: string, etag: string, sizeBytes: number): [Download, Received] {
  const received: Received = { bytes: new Uint8Array(sizeBytes), handedOver: 0 };
  const write = (offset: number, chunk: Uint8Array): void => {
    received.bytes.set(chunk, offset);
    received.handedOver += chunk.length;
  };
  return [{ key, etag, sizeBytes, write }, received];
}

/** What a promise rejected with; undefined when it did not. */
export const attempt = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

/** The code of the ObjectStoreError a promise rejected with; 'ok' when it did not reject. Any other error is thrown. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await attempt(promise);
  if (error === undefined) return 'ok';
  if (error instanceof ObjectStoreError) return error.code;
  throw new Error('not an ObjectStoreError', { cause: error });
}

/** Everything an async iterable yields. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The ranges in pieces of at most so many bytes, each range in order. */
export function piecesOf(
  ranges: readonly ByteRange[],
  most: number,
): readonly { readonly at: number; readonly length: number }[] {
  return ranges.flatMap(({ offset, length }) =>
    cutParts(length, most).map((part) => ({ at: offset + part.offset, length: part.length })),
  );
}
