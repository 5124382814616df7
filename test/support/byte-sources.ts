// Byte sources over memory, for the checkpoint readers; they count their reads.
import type { ByteSource } from '../../src/checkpoint/byte-source.ts';

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
