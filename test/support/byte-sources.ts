// Byte sources over memory, for the checkpoint readers: one that counts its reads, one that is a sparse giant.
import type { ByteSource } from '../../src/checkpoint/byte-source.ts';
import type { Islands } from './torch-archive.ts';

/** A source over `bytes` that tells what was read of it. */
export interface CountingSource extends ByteSource {
  readonly reads: readonly { readonly offset: number; readonly length: number }[];
}

/** Reads `bytes`; `size` may claim more, as of a file that was truncated since it was opened. */
export function memorySource(bytes: Uint8Array, size = bytes.length): CountingSource {
  const reads: { offset: number; length: number }[] = [];
  return {
    size,
    reads,
    async read(offset, length) {
      reads.push({ offset, length });
      return bytes.subarray(offset, offset + length);
    },
  };
}

const zeros = new Uint8Array(1024 * 1024);

/** Bytes placed at their offsets in an otherwise zero file of any size. */
export function sparseSource({ size, bytes: islands }: Islands): CountingSource {
  const reads: { offset: number; length: number }[] = [];
  return {
    size,
    reads,
    async read(offset, length) {
      reads.push({ offset, length });
      const near = [...islands].filter(
        ([start, bytes]) => start < offset + length && start + bytes.length > offset,
      );
      if (near.length === 0 && offset + length <= size && length <= zeros.length)
        return zeros.subarray(0, length);
      const out = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      for (const [start, bytes] of near) {
        const from = Math.max(start, offset);
        const to = Math.min(start + bytes.length, offset + out.length);
        if (from < to) out.set(bytes.subarray(from - start, to - start), from - offset);
      }
      return out;
    },
  };
}
