// The CRC32 of bytes in memory, as zip archives and our objects' metadata carry it.
import { crc32 } from 'node:zlib';

/** The CRC32 (ISO-HDLC) of these bytes, unsigned. */
export const crc32Of = (bytes: Uint8Array): number => crc32(bytes);
