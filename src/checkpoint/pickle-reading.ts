// Reads data.pkl out of an archive, proves its bytes and scans it. One read, whatever the size of the checkpoint.

import { crc32 } from 'node:zlib';
import type { ByteSource } from './byte-source.ts';
import { checkCrc, recordsCrcs } from './entry-crc.ts';
import { pickleLimits } from './pickle-machine.ts';
import type { Pickle } from './pickle-scan.ts';
import { scanPickle } from './pickle-scan.ts';
import { Rejection, quote, readExactly } from './problem.ts';
import type { Directory } from './zip-directory.ts';
import type { Entry } from './zip-entry.ts';
import { localHeaderLength, viewOf } from './zip-entry.ts';

/** Extra fields of up to this length are read along with data.pkl; torch pads to 64 bytes. */
const extraAllowance = 512;

/** The bytes of one entry, in one read unless its extra field is unusually long. */
async function readEntry(source: ByteSource, entry: Entry, signal?: AbortSignal): Promise<Uint8Array> {
  const start = localHeaderLength + entry.nameLength;
  const length = Math.min(start + extraAllowance + entry.size, source.size - entry.offset);
  const bytes = await readExactly(source, { offset: entry.offset, length }, signal);
  const header = viewOf(bytes);
  if (header.getUint32(0, true) !== 0x04034b50 || header.getUint16(26, true) !== entry.nameLength) {
    throw new Rejection(
      'HeaderMismatch',
      `At byte ${entry.offset}, where the entry ${quote(entry.name)} should begin, there is no header of it.`,
    );
  }
  const data = start + header.getUint16(28, true);
  if (data + entry.size <= bytes.length) return bytes.subarray(data, data + entry.size);
  if (entry.offset + data + entry.size > source.size)
    throw new Rejection('EntryOutside', `The entry ${quote(entry.name)} would end beyond the file.`);
  return await readExactly(source, { offset: entry.offset + data, length: entry.size }, signal);
}

/**
 * The pickle of an archive.
 * @throws Rejection when its bytes are not those that were saved, or it is nothing that torch.save writes.
 */
export async function readPickle(
  source: ByteSource,
  directory: Directory,
  signal?: AbortSignal,
): Promise<Pickle> {
  const { pickle } = directory;
  if (pickle.size > pickleLimits.bytes)
    throw new Rejection(
      'LimitExceeded',
      `data.pkl has ${pickle.size} bytes; at most ${pickleLimits.bytes} are read.`,
    );
  const bytes = await readEntry(source, pickle, signal);
  if (recordsCrcs(directory)) checkCrc(pickle, crc32(bytes));
  return scanPickle(bytes);
}
