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
const noBlocks: ReadonlyMap<number, Uint8Array> = new Map();

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
  if (extra.length === 0) return noBlocks;
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
    if (word !== 0xffffffff) return word;
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

/** The bounds of one record within the directory. */
interface Bounds {
  readonly name: number;
  readonly extra: number;
  readonly comment: number;
  readonly end: number;
}

function measure(directory: Buffer, at: number): Bounds {
  if (at + recordLength > directory.length || directory.readUInt32LE(at) !== 0x02014b50) {
    throw new Rejection(
      'DirectoryInconsistent',
      `The zip directory has no entry record at its byte ${at}, where one must begin.`,
    );
  }
  const name = at + recordLength;
  const extra = name + directory.readUInt16LE(at + 28);
  const comment = extra + directory.readUInt16LE(at + 30);
  const end = comment + directory.readUInt16LE(at + 32);
  if (end > directory.length)
    throw new Rejection('DirectoryInconsistent', 'The last record of the zip directory is cut short.');
  if (extra - name > maxNameLength)
    throw new Rejection(
      'LimitExceeded',
      `An entry's name has ${extra - name} bytes; at most ${maxNameLength} are read.`,
    );
  return { name, extra, comment, end };
}

/** Size and offset, by the record's own words or its zip64 block. */
function extentOf(directory: Buffer, at: number, bounds: Bounds): Pick<Entry, 'name' | 'size' | 'offset'> {
  const name = decodeName(directory, bounds.name, bounds.extra);
  const blocks = parseExtra(directory.subarray(bounds.extra, bounds.comment));
  const words = [24, 20, 42].map((field) => directory.readUInt32LE(at + field));
  const [size = 0, stored = 0, offset = 0] = widen(words, blocks.get(1));
  if (size !== stored)
    throw new Rejection(
      'EntryMalformed',
      `The entry ${quote(name)} claims ${size} bytes, stored without compression in ${stored}.`,
    );
  return { name, size, offset };
}

/** Parses the record at `at` and says where the next one begins. @throws Rejection when it is not a plain stored entry. */
export function parseEntry(directory: Buffer, at: number): { readonly entry: Entry; readonly next: number } {
  const bounds = measure(directory, at);
  const { name, size, offset } = extentOf(directory, at, bounds);
  const flags = directory.readUInt16LE(at + 8);
  checkSupported(name, flags, directory.readUInt16LE(at + 10));
  const entry: Entry = {
    name,
    nameLength: bounds.extra - bounds.name,
    offset,
    size,
    crc32: directory.readUInt32LE(at + 16),
    flags,
    versionNeeded: directory.readUInt16LE(at + 6),
    modified: directory.readUInt32LE(at + 12),
  };
  return { entry, next: bounds.end };
}
