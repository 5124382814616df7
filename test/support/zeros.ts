// The CRC32 of long stretches of zeros, without passing over them.
import { crc32 } from 'node:zlib';
import { crc32Combine } from '../../src/domain/bucket/crc32-combine.ts';

const known = new Map<number, number>();

/** The CRC32 of `length` zero bytes, put together from halves. */
export function crcOfZeros(length: number): number {
  const before = known.get(length);
  if (before !== undefined) return before;
  const [first, second] = [Math.floor(length / 2), Math.ceil(length / 2)];
  const made =
    length <= 65_536
      ? crc32(new Uint8Array(length))
      : crc32Combine(crcOfZeros(first), crcOfZeros(second), second);
  known.set(length, made);
  return made;
}
