// Reads the head of a file, and the tensors of a .safetensors file out of it: one read unless its header is unusually long.

import type { ByteSource } from './byte-source.ts';
import { readExactly } from './problem.ts';
import { parseSafetensors, safetensorsHeaderLength } from './safetensors.ts';
import type { Tensor } from './tensor.ts';

const headLength = 256 * 1024;

/** The first bytes of a file: all that tells its format. */
export async function readHead(source: ByteSource, signal?: AbortSignal): Promise<Uint8Array> {
  return await readExactly(source, { offset: 0, length: Math.min(source.size, headLength) }, signal);
}

/**
 * The tensors of a safetensors file; undefined when its head is none of one.
 * @throws Rejection when the header is malformed or the file is not as long as it says.
 */
export async function readSafetensors(
  source: ByteSource,
  head: Uint8Array,
  signal?: AbortSignal,
): Promise<readonly Tensor[] | undefined> {
  const length = safetensorsHeaderLength(head, source.size);
  if (length === undefined) return undefined;
  const header =
    head.length >= 8 + length
      ? head.subarray(8, 8 + length)
      : await readExactly(source, { offset: 8, length }, signal);
  return parseSafetensors(header, source.size);
}
