// CRC32 as S3 carries it: base64 of four big-endian bytes.
import { crc32 } from 'node:zlib';

/** The header's value of a CRC32. */
export function formatChecksum(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes.toString('base64');
}

/** The CRC32 of a whole object as an answer tells it; undefined when it tells none, or one of its parts' checksums. */
export function parseChecksum(header: string | undefined): number | undefined {
  if (header === undefined || !/^[A-Za-z0-9+/]{6}==$/.test(header)) return undefined;
  return Buffer.from(header, 'base64').readUInt32BE();
}

/** The header's value for these bytes. */
export const checksumOf = (bytes: Uint8Array): string => formatChecksum(crc32(bytes));
