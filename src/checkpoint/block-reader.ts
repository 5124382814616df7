// Passes over parts of a source in large blocks, one of them ahead: neighbouring parts share a read, and the next block is
// on its way while this one is used. Holds two blocks, whatever is read.

import type { ByteSource } from './byte-source.ts';
import type { Span } from './problem.ts';
import { readExactly } from './problem.ts';

/** What is read, in which pieces. */
interface Extent {
  /** Where the last part ends: nothing beyond it is read ahead. */
  readonly end: number;
  /** Bytes per read; twice as many are held. */
  readonly blockLength: number;
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

  constructor(source: ByteSource, extent: Extent, signal?: AbortSignal) {
    this.#source = source;
    this.#extent = extent;
    this.#signal = signal;
  }

  /** The bytes of `span` as one array, which is the reader's own: for headers. */
  async take(span: Span): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for await (const part of this.pass(span)) parts.push(part);
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
    const block = this.#ahead?.offset === offset ? this.#ahead : this.#begin(offset);
    this.#ahead = undefined;
    const bytes = await block.bytes;
    this.#here = { offset, bytes };
    const next = offset + bytes.length;
    if (next < Math.min(this.#extent.end, this.#source.size)) this.#ahead = this.#begin(next);
  }

  #begin(offset: number): Block {
    const length = Math.min(this.#extent.blockLength, Math.max(1, this.#source.size - offset));
    const bytes = readExactly(this.#source, { offset, length }, this.#signal);
    // Whoever needs the block meets the error; a block that nobody needs must not end the process.
    bytes.catch(() => undefined);
    return { offset, bytes };
  }
}
