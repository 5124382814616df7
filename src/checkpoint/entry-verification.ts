// Proves an archive's bytes: streams the file once, in bounded memory, and compares every entry with its CRC32 and its
// local header with the directory. Bytes of an entry that changed are never called verified.

import { crc32 } from 'node:zlib';
import { BlockReader } from './block-reader.ts';
import type { ByteSource } from './byte-source.ts';
import { crc32Combine } from '../domain/bucket/crc32-combine.ts';
import { checkCrc, recordsCrcs } from './entry-crc.ts';
import type { Problem, Span } from './problem.ts';
import { Rejection, problemOf, quote } from './problem.ts';
import type { Directory } from './zip-directory.ts';
import { readUint64 } from './zip-end.ts';
import type { Entry } from './zip-entry.ts';
import { descriptorFlag, mismatch, passLocalHead } from './local-head.ts';
import { viewOf } from './zip-entry.ts';

/**
 * The verdict over all bytes of an archive. `verified`: every CRC32 holds. `unverifiable`: the structure holds, but the
 * writer recorded no CRCs (all 0: torch's `set_crc32_options(False)`). Both come with the CRC32 of the whole file.
 */
export type Verification =
  | { readonly verdict: 'verified' | 'unverifiable'; readonly fileCrc32: number }
  | { readonly verdict: 'damaged'; readonly problem: Problem };

const blockLength = 1024 * 1024;

/** Reads a source from its beginning, block by block, and keeps the CRC32 of all that has passed. */
class ForwardReader {
  position = 0;
  crc32 = 0;
  readonly #size: number;
  readonly #blocks: BlockReader;

  constructor(source: ByteSource, signal: AbortSignal | undefined) {
    this.#size = source.size;
    this.#blocks = new BlockReader(source, { end: source.size, blockLength, isTransient: true }, signal);
  }

  /** The next `length` bytes as one array; for headers. */
  async take(length: number): Promise<Uint8Array> {
    const bytes = await this.#blocks.take(this.#next(length));
    this.crc32 = crc32(bytes, this.crc32);
    return bytes;
  }

  /** Passes over `length` bytes and returns their CRC32. */
  async digest(length: number): Promise<number> {
    let digest = 0;
    for await (const part of this.#blocks.pass(this.#next(length))) digest = crc32(part, digest);
    this.crc32 = crc32Combine(this.crc32, digest, length);
    return digest;
  }

  #next(length: number): Span {
    const offset = this.position;
    if (offset + length > this.#size)
      throw new Rejection(
        'HeaderMismatch',
        'A local header of the archive leads beyond the end of the file.',
      );
    this.position += length;
    return { offset, length };
  }
}

/** An entry, and where the next thing in the file begins. */
interface Expected {
  readonly entry: Entry;
  readonly boundary: number;
  readonly hasCrcs: boolean;
}

/** The data descriptor: signature, CRC, and both sizes in 32 bits or, for zip64 entries, in 64. */
function checkDescriptor(bytes: Uint8Array, entry: Entry): void {
  const view = viewOf(bytes);
  const long = bytes.length === 24;
  const sizes = long
    ? [readUint64(view, 8), readUint64(view, 16)]
    : [view.getUint32(8, true), view.getUint32(12, true)];
  const agrees =
    view.getUint32(0, true) === 0x08074b50 &&
    view.getUint32(4, true) === entry.crc32 &&
    sizes.every((size) => size === entry.size);
  if (!agrees) throw mismatch(entry, 'data descriptor');
}

/** What follows an entry's data up to `boundary`: its descriptor if it has one, and nothing else. */
async function checkEnd(reader: ForwardReader, entry: Entry, boundary: number): Promise<void> {
  const length = boundary - reader.position;
  const described = (entry.flags & descriptorFlag) !== 0;
  if (described && (length === 16 || length === 24)) checkDescriptor(await reader.take(length), entry);
  else if (described || length !== 0) {
    throw new Rejection(
      'HeaderMismatch',
      `Between the entry ${quote(entry.name)} and what follows it lie ${length} bytes that belong to nothing.`,
    );
  }
}

/** Passes one entry, header to descriptor. @throws Rejection at the first byte that is not as the directory tells. */
async function checkEntry(reader: ForwardReader, expected: Expected): Promise<void> {
  const { entry, boundary } = expected;
  if (reader.position !== entry.offset) throw mismatch(entry, 'place');
  await passLocalHead(async (length) => await reader.take(length), entry);
  const digest = await reader.digest(entry.size);
  if (expected.hasCrcs) checkCrc(entry, digest);
  await checkEnd(reader, entry, boundary);
}

async function verify(source: ByteSource, directory: Directory, signal?: AbortSignal): Promise<Verification> {
  const reader = new ForwardReader(source, signal);
  const hasCrcs = recordsCrcs(directory);
  for (const [index, entry] of directory.entries.entries()) {
    const boundary = directory.entries[index + 1]?.offset ?? directory.offset;
    await checkEntry(reader, { entry, boundary, hasCrcs });
  }
  await reader.digest(directory.fileSize - reader.position);
  return { verdict: hasCrcs ? 'verified' : 'unverifiable', fileCrc32: reader.crc32 };
}

/**
 * Reads the whole file once, in blocks of 1 MiB, and judges the bytes of every entry. `directory` comes from readDirectory
 * over the same source. Stops at the first damage. Rejects only when the source does or `signal` aborts.
 */
export async function verifyEntries(
  source: ByteSource,
  directory: Directory,
  signal?: AbortSignal,
): Promise<Verification> {
  try {
    return await verify(source, directory, signal);
  } catch (cause) {
    return { verdict: 'damaged', problem: problemOf(cause) };
  }
}
