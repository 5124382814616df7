// What stands before an entry's data: its local header, name and extra field, which must say what the directory says.

import { Rejection, quote } from './problem.ts';
import { readUint64 } from './zip-end.ts';
import type { Entry } from './zip-entry.ts';
import { localHeaderLength, parseExtra, viewOf } from './zip-entry.ts';

/** Flag of an entry whose CRC and sizes follow its data, as torch writes them all. */
export const descriptorFlag = 0x0008;
const letterZ = 0x5a;
const paddingId = 0x4246;

/** The rejection of an entry whose `what` contradicts the directory. */
export const mismatch = (entry: Entry, what: string): Rejection =>
  new Rejection(
    'HeaderMismatch',
    `The ${what} of the entry ${quote(entry.name)} does not agree with the zip directory.`,
  );

/** CRC and sizes in a local header: all true (or the zip64 escape), or all 0 where a descriptor follows. */
function checkLocalWords(view: DataView, entry: Entry): void {
  const [crc = 0, ...sizes] = [14, 18, 22].map((at) => view.getUint32(at, true));
  const deferred = (entry.flags & descriptorFlag) !== 0 && crc === 0 && sizes.every((size) => size === 0);
  const told = crc === entry.crc32 && sizes.every((size) => size === entry.size || size === 0xffffffff);
  if (!deferred && !told) throw mismatch(entry, 'local header');
}

function checkLocalHeader(header: Uint8Array, entry: Entry): void {
  const view = viewOf(header);
  const agrees =
    view.getUint32(0, true) === 0x04034b50 &&
    view.getUint16(4, true) === entry.versionNeeded &&
    view.getUint16(6, true) === entry.flags &&
    view.getUint16(8, true) === 0 &&
    view.getUint32(10, true) === entry.modified &&
    view.getUint16(26, true) === entry.nameLength;
  if (!agrees) throw mismatch(entry, 'local header');
  checkLocalWords(view, entry);
}

/**
 * torch pads with a block "FB" full of Z, and repeats sizes or offset in a zip64 block where they need one. Anything else
 * would be bytes that no CRC covers.
 */
function checkLocalExtra(extra: Uint8Array, entry: Entry): void {
  for (const [id, block] of parseExtra(extra)) {
    const agrees =
      id === paddingId ? block.every((byte) => byte === letterZ) : id === 1 && isZip64(block, entry);
    if (!agrees) throw mismatch(entry, 'padding');
  }
}

/** torch knows the stored size only after it wrote this block, and leaves it 0 there. */
function isZip64(block: Uint8Array, { size, offset }: Entry): boolean {
  const words = Array.from({ length: block.length / 8 }, (_, index) => readUint64(viewOf(block), index * 8));
  const sizes = [size, words[1] === 0 ? 0 : size];
  return [[offset], sizes, [...sizes, offset]].some((truth) => truth.join() === words.join());
}

/**
 * Takes what stands before an entry's data, piece by piece, and returns its length.
 * @throws Rejection at the first byte that is not as the directory tells.
 */
export async function passLocalHead(
  take: (length: number) => Promise<Uint8Array>,
  entry: Entry,
): Promise<number> {
  const header = await take(localHeaderLength);
  checkLocalHeader(header, entry);
  const name = await take(entry.nameLength);
  if (Buffer.from(entry.name).compare(name) !== 0) throw mismatch(entry, 'name in the local header');
  const extra = viewOf(header).getUint16(28, true);
  checkLocalExtra(await take(extra), entry);
  return localHeaderLength + entry.nameLength + extra;
}
