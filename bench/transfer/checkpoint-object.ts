// A checkpoint of any size that takes no memory: the genuine small one, with further tensors that are a block repeated. It can be
// written to a file, described to the null server, and knows its CRC32 without being read.
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { readDirectory } from '../../src/checkpoint/zip-directory.ts';
import { crc32Combine } from '../../src/domain/bucket/crc32-combine.ts';
import { type ArchiveEntry, type Islands, layArchive } from '../../test/support/torch-archive.ts';

/** The update inside the fixture. */
export const benchUpdate = 48;

const fixture = join(import.meta.dirname, '../../test/fixtures/f5-tts/full-update48.pt');
const blockBytes = 4 * 1024 * 1024;
const tensorBytes = 256 * 1024 * 1024;

export interface CheckpointObject extends Islands {
  /** What lies between the islands: this block, again and again from offset 0 on. */
  readonly block: Buffer;
  readonly crc32: number;
}

/** Bytes that no disk, file system or protocol can make smaller. */
function makeBlock(): Buffer {
  const words = new Uint32Array(blockBytes / 4);
  let state = 0x9e3779b9;
  for (let index = 0; index < words.length; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return Buffer.from(words.buffer);
}

async function genuineEntries(): Promise<readonly ArchiveEntry[]> {
  const bytes = readFileSync(fixture);
  const read = async (offset: number, length: number): Promise<Uint8Array> =>
    bytes.subarray(offset, offset + length);
  const reading = await readDirectory({ size: bytes.length, read });
  if (reading.kind !== 'complete') throw new Error(`${fixture}: ${reading.problem.message}`);
  return reading.directory.entries.map(({ name, offset, nameLength, size }) => {
    const start = offset + 30 + nameLength + bytes.readUInt16LE(offset + 28);
    return { name, data: bytes.subarray(start, start + size) };
  });
}

/** The pieces of a stretch of repeated blocks. */
function* blocksIn(block: Buffer, from: number, to: number): Generator<Buffer> {
  for (let at = from; at < to;) {
    const start = at % block.length;
    const piece = block.subarray(start, start + Math.min(block.length - start, to - at));
    yield piece;
    at += piece.length;
  }
}

/** Joins CRC32s; that of a whole block is computed once. */
function crcOfBlocks(block: Buffer, from: number, to: number): number {
  const whole = crc32(block);
  let crc = 0;
  for (const piece of blocksIn(block, from, to))
    crc = crc32Combine(
      crc,
      piece === block || piece.length === block.length ? whole : crc32(piece),
      piece.length,
    );
  return crc;
}

/** Where blocks lie: between the islands, in order. */
function gapsOf({ bytes, size }: Islands): readonly { readonly from: number; readonly to: number }[] {
  const islands = [...bytes].toSorted(([a], [b]) => a - b);
  const ends = islands.map(([offset, data]) => offset + data.length);
  const starts = [...islands.slice(1).map(([offset]) => offset), size];
  return ends.map((from, index) => ({ from, to: starts[index] ?? size })).filter(({ from, to }) => from < to);
}

/** Makes one of about `sizeBytes`. */
export async function makeCheckpointObject(sizeBytes: number): Promise<CheckpointObject> {
  const block = makeBlock();
  const genuine = await genuineEntries();
  const [first] = genuine;
  const prefix = String(first?.name).split('/')[0];
  const holes: number[] = [];
  for (let left = sizeBytes - 1_100_000; left > 0; left -= tensorBytes)
    holes.push(Math.min(left, tensorBytes));
  const filler = holes.map((hole, index) => ({
    name: `${prefix}/data/bench${index}`,
    data: Buffer.alloc(0),
    hole,
    crc32: 0,
  }));
  const gaps = gapsOf(layArchive([...genuine, ...filler]));
  const proven = filler.map((entry, index) => {
    const { from, to } = gaps[index] ?? { from: 0, to: 0 };
    return { ...entry, crc32: crcOfBlocks(block, from, to) };
  });
  const islands = layArchive([...genuine, ...proven]);
  return { ...islands, block, crc32: crcOfAll(islands, block) };
}

function crcOfAll({ bytes, size }: Islands, block: Buffer): number {
  const gaps = gapsOf({ bytes, size }).map(({ from, to }) => ({
    from,
    length: to - from,
    crc: crcOfBlocks(block, from, to),
  }));
  const islands = [...bytes].map(([from, data]) => ({ from, length: data.length, crc: crc32(data) }));
  return [...gaps, ...islands]
    .toSorted((a, b) => a.from - b.from)
    .reduce((crc, part) => crc32Combine(crc, part.crc, part.length), 0);
}

/** Writes the whole object to a file. */
export function writeObject(object: CheckpointObject, path: string): void {
  const file = openSync(path, 'w');
  try {
    for (const [offset, data] of object.bytes) writeSync(file, data, 0, data.length, offset);
    for (const { from, to } of gapsOf(object)) {
      let at = from;
      for (const piece of blocksIn(object.block, from, to)) {
        writeSync(file, piece, 0, piece.length, at);
        at += piece.length;
      }
    }
  } finally {
    closeSync(file);
  }
}

/** The object as the null server is told of it. */
export function describeObject(
  object: CheckpointObject,
  told: { readonly key: string; readonly metadata: Readonly<Record<string, string>> },
): string {
  const islands = [...object.bytes].map(([offset, data]) => ({ offset, bytes: data.toString('base64') }));
  return JSON.stringify({ ...told, size: object.size, block: object.block.toString('base64'), islands });
}
