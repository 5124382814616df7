// One record of a zip archive's central directory: parsed and checked by itself. Knows nothing of other entries.

import { Rejection, quote } from './problem.ts';
import { utf8Text } from './utf8-text.ts';
import { readUint64 } from './zip-end.ts';

/** One stored file of the archive, as the central directory tells it. */
export interface Entry {
  readonly name: string;
  /** Bytes of the name as written, which follow the local header's 30. */
  readonly nameLength: number;
  /** Where its local header begins. */
  readonly offset: number;
  readonly size: number;
  readonly crc32: number;
  readonly flags: number;
  readonly versionNeeded: number;
  /** DOS time and date as one word; torch writes 0. */
  readonly modified: number;
}

/** Length of a local header before its name. */
export const localHeaderLength = 30;

const recordLength = 46;
const maxNameLength = 1024;
const allOnes = 0xffffffff;

/** A view over exactly these bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function decodeName(directory: Buffer, start: number, end: number): string {
  const name = utf8Text(directory, start, end);
  if (name === undefined)
    throw new Rejection('EntryMalformed', 'The zip directory holds a name that is not UTF-8.');
  if (name.includes('\0'))
    throw new Rejection('EntryMalformed', 'The zip directory holds a name with a zero byte.');
  return name;
}

/** The blocks of an extra field, by id. @throws Rejection when they do not fill it exactly. */
export function parseExtra(extra: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const view = viewOf(extra);
  const blocks = new Map<number, Uint8Array>();
  let at = 0;
  while (at < extra.length) {
    const length = at + 4 <= extra.length ? view.getUint16(at + 2, true) : Infinity;
    if (at + 4 + length > extra.length)
      throw new Rejection('EntryMalformed', 'An extra field of the zip archive is cut short.');
    const id = view.getUint16(at, true);
    if (blocks.has(id)) {
      throw new Rejection('EntryMalformed', 'An extra field of the zip archive holds the same block twice.');
    }
    blocks.set(id, extra.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return blocks;
}

/** Replaces the all-ones words by the 64-bit numbers of the zip64 block, which stand there in this order. */
function widen(words: readonly number[], zip64: Uint8Array | undefined): readonly number[] {
  let at = 0;
  return words.map((word) => {
    if (word !== allOnes) return word;
    if (zip64 === undefined || at + 8 > zip64.length)
      throw new Rejection('EntryMalformed', 'A zip64 size or offset is announced and missing.');
    at += 8;
    return readUint64(viewOf(zip64), at - 8);
  });
}

function checkSupported(name: string, flags: number, method: number): void {
  // Bit 0: encrypted; 5: patched data; 6: strong encryption; 13: masked headers.
  if ((flags & 0x2061) !== 0)
    throw new Rejection('EntryUnsupported', `The entry ${quote(name)} is encrypted.`);
  if (method !== 0)
    throw new Rejection(
      'EntryUnsupported',
      `The entry ${quote(name)} is compressed (method ${method}); torch.save stores without compression.`,
    );
}

/** A central directory's bytes. A checkpoint has thousands of records, most of them read before any of this is compiled. */
export interface Records {
  readonly bytes: Buffer;
  readonly view: DataView;
}

/** The bounds of one record within the directory. */
interface Bounds {
  readonly name: number;
  readonly extra: number;
  readonly comment: number;
  readonly end: number;
}

function measure({ view }: Records, at: number): Bounds {
  if (at + recordLength > view.byteLength || view.getUint32(at, true) !== 0x02014b50) {
    throw new Rejection(
      'DirectoryInconsistent',
      `The zip directory has no entry record at its byte ${at}, where one must begin.`,
    );
  }
  const name = at + recordLength;
  const extra = name + view.getUint16(at + 28, true);
  const comment = extra + view.getUint16(at + 30, true);
  const end = comment + view.getUint16(at + 32, true);
  if (end > view.byteLength)
    throw new Rejection('DirectoryInconsistent', 'The last record of the zip directory is cut short.');
  if (extra - name > maxNameLength)
    throw new Rejection(
      'LimitExceeded',
      `An entry's name has ${extra - name} bytes; at most ${maxNameLength} are read.`,
    );
  return { name, extra, comment, end };
}

/** Size, stored size and offset, by the record's own words or its zip64 block. */
function extentOf({ bytes, view }: Records, at: number, { extra, comment }: Bounds): readonly number[] {
  const words = [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)];
  if (extra === comment && !words.includes(allOnes)) return words;
  return widen(words, parseExtra(bytes.subarray(extra, comment)).get(1));
}

/** Parses the record at `at` and says where the next one begins. @throws Rejection when it is not a plain stored entry. */
export function parseEntry(records: Records, at: number): { readonly entry: Entry; readonly next: number } {
  const { bytes, view } = records;
  const bounds = measure(records, at);
  const name = decodeName(bytes, bounds.name, bounds.extra);
  const flags = view.getUint16(at + 8, true);
  checkSupported(name, flags, view.getUint16(at + 10, true));
  const [size = 0, stored = 0, offset = 0] = extentOf(records, at, bounds);
  if (size !== stored)
    throw new Rejection(
      'EntryMalformed',
      `The entry ${quote(name)} claims ${size} bytes, stored without compression in ${stored}.`,
    );
  const entry: Entry = {
    name,
    nameLength: bounds.extra - bounds.name,
    offset,
    size,
    crc32: view.getUint32(at + 16, true),
    flags,
    versionNeeded: view.getUint16(at + 6, true),
    modified: view.getUint32(at + 12, true),
  };
  return { entry, next: bounds.end };
}
