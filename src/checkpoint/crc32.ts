// The CRC32 of bytes in memory, as zip archives and our objects' metadata carry it.
import { crc32 } from 'node:zlib';

/** The CRC32 (ISO-HDLC) of these bytes, unsigned; of all bytes when `before` is the CRC32 of those before them. */
export const crc32Of = (bytes: Uint8Array, before = 0): number => crc32(bytes, before);
