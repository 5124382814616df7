// The CRC32 of an entry's bytes against the one the archive recorded, if it recorded any.

import { Rejection, quote } from './problem.ts';
import type { Directory } from './zip-directory.ts';
import type { Entry } from './zip-entry.ts';

/** Whether the writer recorded CRCs: with torch's `set_crc32_options(False)` all of them are 0. */
export function recordsCrcs({ entries }: Pick<Directory, 'entries'>): boolean {
  return entries.some((entry) => entry.size > 0 && entry.crc32 !== 0);
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}

/** @throws Rejection when the bytes of an entry have another CRC32 than the directory tells. */
export function checkCrc(entry: Entry, digest: number): void {
  if (digest === entry.crc32) return;
  throw new Rejection(
    'CrcMismatch',
    `The bytes of the entry ${quote(entry.name)} have CRC32 ${hex(digest)}, not ${hex(entry.crc32)} as when they were saved.`,
  );
}
