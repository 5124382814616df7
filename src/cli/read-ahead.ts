// Makes reading an object from its beginning fast: large ranges, a few under way at the same time. Bounded memory; reads that do
// not go forward are passed on as they are.
import type { ByteSource } from '../checkpoint/byte-source.ts';

const MiB = 1024 * 1024;

export interface ReadAhead {
  readonly blockBytes: number;
  /** Blocks under way or in memory. */
  readonly blocks: number;
}

const defaults: ReadAhead = { blockBytes: 4 * MiB, blocks: 8 };

/** The same bytes, fetched ahead while they are read in order. Call for one pass at a time. */
export function readAhead(source: ByteSource, { blockBytes, blocks }: ReadAhead = defaults): ByteSource {
  const ahead = new Map<number, Promise<Uint8Array>>();
  const fetch = (index: number, signal: AbortSignal | undefined): Promise<Uint8Array> => {
    const known = ahead.get(index);
    if (known !== undefined) return known;
    const offset = index * blockBytes;
    const block = source.read(offset, Math.min(blockBytes, source.size - offset), signal);
    // whoever reads it hears of its failure; nobody may ever read it
    block.catch(() => undefined);
    ahead.set(index, block);
    return block;
  };
  return {
    size: source.size,
    read: async (offset, length, signal) => {
      const first = Math.floor(offset / blockBytes);
      const count = Math.ceil(source.size / blockBytes);
      if (length > blockBytes || first >= count) return await source.read(offset, length, signal);
      for (const index of ahead.keys()) if (index < first) ahead.delete(index);
      for (let next = first; next < Math.min(first + blocks, count); next += 1) void fetch(next, signal);
      const end = Math.min(offset + length, source.size);
      const parts: Uint8Array[] = [];
      for (let at = offset; at < end;) {
        const index = Math.floor(at / blockBytes);
        const block = await fetch(index, signal);
        const part = block.subarray(at - index * blockBytes, end - index * blockBytes);
        if (part.length === 0) break;
        parts.push(part);
        at += part.length;
      }
      return joined(parts);
    },
  };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
