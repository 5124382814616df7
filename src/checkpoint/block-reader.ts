// Passes over parts of a source in large blocks, one of them ahead: neighbouring parts share a read, and the next block is
// on its way while this one is used. Holds two blocks, whatever is read; a reader that is told so uses their memory again.

import type { ByteSource } from './byte-source.ts';
import type { Span } from './problem.ts';
import { readExactly, readExactlyInto } from './problem.ts';

/** What is read, in which pieces. */
interface Extent {
  /** Where the last part ends: nothing beyond it is read ahead. */
  readonly end: number;
  /** Bytes per read; twice as many are held. */
  readonly blockLength: number;
  /** Pieces of `pass` are gone once the next one is asked for: two blocks of memory serve the whole pass. */
  readonly isTransient?: boolean;
}

interface Block {
  readonly offset: number;
  readonly bytes: Promise<Uint8Array>;
}

/** Reads a source block by block; each part may lie anywhere, parts in ascending order cost the fewest reads. */
export class BlockReader {
  readonly #source: ByteSource;
  readonly #extent: Extent;
  readonly #signal: AbortSignal | undefined;
  #here: { readonly offset: number; readonly bytes: Uint8Array } = { offset: 0, bytes: new Uint8Array(0) };
  #ahead: Block | undefined;
  readonly #memory: Uint8Array[];

  constructor(source: ByteSource, extent: Extent, signal?: AbortSignal) {
    this.#source = source;
    this.#extent = extent;
    this.#signal = signal;
    this.#memory = extent.isTransient === true ? [allocate(extent), allocate(extent)] : [];
  }

  /** The bytes of `span` as one array, which is the reader's own: for headers. */
  async take(span: Span): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    const isTransient = this.#memory.length > 0;
    for await (const part of this.pass(span)) parts.push(isTransient ? part.slice() : part);
    const [first] = parts;
    return parts.length === 1 && first !== undefined ? first : Buffer.concat(parts);
  }

  /** The bytes of `span` in order, in pieces of at most a block. @throws Rejection SourceShrank when they are not there. */
  async *pass({ offset, length }: Span): AsyncGenerator<Uint8Array> {
    const end = offset + length;
    for (let at = offset; at < end;) {
      const within = at - this.#here.offset;
      if (within < 0 || within >= this.#here.bytes.length) {
        await this.#move(at);
        continue;
      }
      const part = this.#here.bytes.subarray(within, within + end - at);
      at += part.length;
      yield part;
    }
  }

  async #move(offset: number): Promise<void> {
    this.#signal?.throwIfAborted();
    const ahead = this.#ahead;
    this.#ahead = undefined;
    // its memory is needed again, and it may still be written to
    if (ahead !== undefined && ahead.offset !== offset) await ahead.bytes.catch(() => undefined);
    const block = ahead?.offset === offset ? ahead : this.#begin(offset);
    const bytes = await block.bytes;
    this.#here = { offset, bytes };
    const next = offset + bytes.length;
    if (next < Math.min(this.#extent.end, this.#source.size)) this.#ahead = this.#begin(next);
  }

  #begin(offset: number): Block {
    const length = Math.min(this.#extent.blockLength, Math.max(1, this.#source.size - offset));
    const into = this.#nextMemory(length);
    const bytes =
      into === undefined
        ? readExactly(this.#source, { offset, length }, this.#signal)
        : readExactlyInto(this.#source, { offset, into }, this.#signal);
    // Whoever needs the block meets the error; a block that nobody needs must not end the process.
    bytes.catch(() => undefined);
    return { offset, bytes };
  }

  /** The memory of the block that is left behind: the other one is in use. */
  #nextMemory(length: number): Uint8Array | undefined {
    const [older, newer] = this.#memory;
    if (older === undefined || newer === undefined) return undefined;
    this.#memory.splice(0, 2, newer, older);
    return older.subarray(0, length);
  }
}

const allocate = ({ blockLength }: Extent): Uint8Array => new Uint8Array(blockLength);
