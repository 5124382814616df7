// Reads the end of a zip archive: where its directory lies, and whether the last bytes were written at all.
// torch.save writes them last, so a file without them is torn. Judges the end records alone, never the entries.

import { Rejection } from './problem.ts';

/** Where the central directory lies, by end records that agree with each other and with the size of the file. */
export interface ArchiveEnd {
  readonly directoryOffset: number;
  readonly directorySize: number;
  readonly entryCount: number;
}

interface Fields {
  readonly disks: readonly number[];
  readonly countHere: number;
  readonly count: number;
  readonly size: number;
  readonly offset: number;
}

/** Entries a checkpoint may have; F5-TTS Base has 1,825. */
const maxEntries = 20_000;
/** Bytes a central directory may take; F5-TTS Base's takes 123 KB. */
const maxDirectoryBytes = 4 * 1024 * 1024;

const endLength = 22;
const locatorLength = 20;
const zip64Length = 56;
const inconsistent = (message: string): Rejection => new Rejection('DirectoryInconsistent', message);

/** A little-endian 64-bit number. @throws Rejection when it is beyond what a file can hold. */
export function readUint64(view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw inconsistent(`The zip directory names the impossible size or offset ${value}.`);
  return Number(value);
}

function classicFields(view: DataView, at: number): Fields {
  return {
    disks: [view.getUint16(at + 4, true), view.getUint16(at + 6, true)],
    countHere: view.getUint16(at + 8, true),
    count: view.getUint16(at + 10, true),
    size: view.getUint32(at + 12, true),
    offset: view.getUint32(at + 16, true),
  };
}

function zip64Fields(view: DataView, at: number): Fields {
  return {
    disks: [view.getUint32(at + 16, true), view.getUint32(at + 20, true)],
    countHere: readUint64(view, at + 24),
    count: readUint64(view, at + 32),
    size: readUint64(view, at + 40),
    offset: readUint64(view, at + 48),
  };
}

function same(short: number, long: number, escape: number): boolean {
  return short === long || short === escape;
}

/** A classic field either repeats the zip64 one or is all ones, which says "see there". */
function agree(classic: Fields, zip64: Fields): boolean {
  return (
    same(classic.countHere, zip64.countHere, 0xffff) &&
    same(classic.count, zip64.count, 0xffff) &&
    same(classic.size, zip64.size, 0xffffffff) &&
    same(classic.offset, zip64.offset, 0xffffffff)
  );
}

/** The zip64 record's place in the tail, or undefined when the archive has none. */
function findZip64(view: DataView, tailOffset: number): number | undefined {
  const locator = view.byteLength - endLength - locatorLength;
  if (locator < 0 || view.getUint32(locator, true) !== 0x07064b50) return undefined;
  const record = readUint64(view, locator + 8) - tailOffset;
  const fits = record >= 0 && record + zip64Length <= locator && view.getUint32(record, true) === 0x06064b50;
  if (!fits || record + 12 + readUint64(view, record + 4) !== locator) {
    throw inconsistent(
      'The zip64 locator does not point at a zip64 end record that ends where the locator begins.',
    );
  }
  return record;
}

function checkFields(fields: Fields, boundary: number): void {
  if (fields.disks.some((disk) => disk !== 0) || fields.countHere !== fields.count) {
    throw inconsistent('The zip end record speaks of an archive in several volumes.');
  }
  if (fields.offset + fields.size !== boundary) {
    throw inconsistent(
      `The zip directory should take ${fields.size} bytes from offset ${fields.offset} on, which does not end at the end records at ${boundary}.`,
    );
  }
  if (fields.count > maxEntries)
    throw new Rejection(
      'LimitExceeded',
      `The zip directory names ${fields.count} entries; at most ${maxEntries} are read.`,
    );
  if (fields.size > maxDirectoryBytes)
    throw new Rejection(
      'LimitExceeded',
      `The zip directory takes ${fields.size} bytes; at most ${maxDirectoryBytes} are read.`,
    );
}

/**
 * Parses the end records from the last bytes of a file (§ 4.3.14–4.3.16 of the zip specification; torch.save writes all
 * three). `tail` holds the last `tail.length` of `fileSize` bytes: at least 98, or the whole file.
 * @throws Rejection when there is no end record, something follows it, or the records do not add up.
 */
export function parseArchiveEnd(tail: Uint8Array, fileSize: number): ArchiveEnd {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  const end = tail.length - endLength;
  if (end < 0 || view.getUint32(end, true) !== 0x06054b50 || view.getUint16(end + 20, true) !== 0) {
    throw new Rejection(
      'NoEndRecord',
      `The last of the file's ${fileSize} bytes are no zip end record: its writing was cut short or is still going on.`,
    );
  }
  const tailOffset = fileSize - tail.length;
  const classic = classicFields(view, end);
  const record = findZip64(view, tailOffset);
  const fields = record === undefined ? classic : zip64Fields(view, record);
  if (!agree(classic, fields))
    throw inconsistent('The zip end record and the zip64 end record contradict each other.');
  checkFields(fields, tailOffset + (record ?? end));
  return { directoryOffset: fields.offset, directorySize: fields.size, entryCount: fields.count };
}
