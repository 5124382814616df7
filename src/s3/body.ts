// Reads the body of an answer: whole and bounded, or piece by piece. Never more than asked for, never fewer without saying so.
import { Readable } from 'node:stream';
import { BadAnswerError } from './trouble.ts';

/** Where in an object the bytes of an answer lie, and how long the object is. */
export interface ContentRange {
  readonly first: number;
  readonly last: number;
  readonly total: number;
}

/** Parses `bytes 0-9/100`; undefined for anything else. */
export function parseContentRange(header: string | undefined): ContentRange | undefined {
  const match = /^bytes ([0-9]+)-([0-9]+)\/([0-9]+)$/.exec(header ?? '');
  if (match === null) return undefined;
  const [first = 0, last = 0, total = 0] = match.slice(1).map(Number);
  return { first, last, total };
}

/** The pieces of a body as they arrive; ends with the stream's error when it breaks off. */
export async function* pieces(body: unknown): AsyncGenerator<Uint8Array> {
  if (!(body instanceof Readable)) throw new BadAnswerError('an answer without a body');
  try {
    for await (const piece of body) {
      if (!(piece instanceof Uint8Array)) throw new BadAnswerError('a body that is not bytes');
      yield piece;
    }
  } catch (error) {
    // the SDK checks a whole body's checksum and says so in an error without a code
    if (error instanceof Error && !('code' in error)) throw new BadAnswerError(error.message);
    throw error;
  } finally {
    body.destroy();
  }
}

/** A body of exactly `length` bytes. */
export async function readBody(body: unknown, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for await (const piece of pieces(body)) {
    if (at + piece.length > length) throw new BadAnswerError(`more than the announced ${length} bytes`);
    bytes.set(piece, at);
    at += piece.length;
  }
  if (at < length) throw new BadAnswerError(`the body ended after ${at} of ${length} bytes`);
  return bytes;
}

/** The first `length` bytes of a longer body; the rest is never read. */
export async function readBeginning(body: unknown, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for await (const piece of pieces(body)) {
    bytes.set(piece.subarray(0, length - at), at);
    at += piece.length;
    if (at >= length) return bytes;
  }
  throw new BadAnswerError(`the body ended after ${at} of more than ${length} bytes`);
}

/** Gives up a body nobody reads, so that its connection is not held. */
export function discardBody(body: unknown): void {
  if (body instanceof Readable) body.destroy();
}
