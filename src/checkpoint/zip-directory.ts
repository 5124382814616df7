// Decides from its tail whether a .pt file was written to its end, and lists what it holds (torch.save's zip layout).
// A complete directory says nothing about the entries' bytes: that is verifyEntries' part.

import type { ByteSource } from './byte-source.ts';
import type { Problem } from './problem.ts';
import { Rejection, problemOf, quote, readExactly } from './problem.ts';
import { bufferOf } from './utf8-text.ts';
import { parseArchiveEnd } from './zip-end.ts';
import type { Entry } from './zip-entry.ts';
import { localHeaderLength, parseEntry, viewOf } from './zip-entry.ts';

/** The contents of a complete archive. */
export interface Directory {
  /** The first path segment of every entry: the file's stem when it was saved. It does not follow renames. */
  readonly prefix: string;
  /** By offset, ascending. */
  readonly entries: readonly Entry[];
  /** `<prefix>/data.pkl`. */
  readonly pickle: Entry;
  /** Where the central directory begins: the end of the last entry. */
  readonly offset: number;
  readonly fileSize: number;
}

type Listing = Pick<Directory, 'entries' | 'offset'>;

/** A directory that adds up, or why there is none. */
export type DirectoryReading =
  | { readonly kind: 'complete'; readonly directory: Directory }
  | { readonly kind: 'incomplete'; readonly problem: Problem };

/** One read of this size holds the end records and the directory of an F5-TTS Base checkpoint (1,825 entries, 123 KB). */
const tailLength = 192 * 1024;

function parseEntries(bytes: Buffer, count: number): readonly Entry[] {
  const records = { bytes, view: viewOf(bytes) };
  const entries: Entry[] = [];
  let at = 0;
  while (entries.length < count) {
    const { entry, next } = parseEntry(records, at);
    entries.push(entry);
    at = next;
  }
  if (at !== bytes.length)
    throw new Rejection(
      'DirectoryInconsistent',
      `The zip directory has ${bytes.length - at} bytes more than its ${count} records take.`,
    );
  return entries.toSorted((a, b) => a.offset - b.offset);
}

/** Each entry lies before the next one and before the directory: no byte belongs to two. */
function checkPlaces(entries: readonly Entry[], directoryOffset: number): void {
  for (const [index, entry] of entries.entries()) {
    const end = entry.offset + localHeaderLength + entry.nameLength + entry.size;
    if (end > directoryOffset)
      throw new Rejection(
        'EntryOutside',
        `The entry ${quote(entry.name)} would end at byte ${end}, inside or beyond the directory at ${directoryOffset}.`,
      );
    const next = entries[index + 1];
    if (next !== undefined && end > next.offset) {
      throw new Rejection(
        'EntryOverlap',
        `The entries ${quote(entry.name)} and ${quote(next.name)} overlap at byte ${next.offset}.`,
      );
    }
  }
}

/** Names are unique (torch finds them regardless of case) and share one prefix, under which data.pkl and version lie. */
function checkNames(entries: readonly Entry[]): { readonly prefix: string; readonly pickle: Entry } {
  const pickle = entries.find((entry) => /^[^/]+\/data\.pkl$/u.test(entry.name));
  if (pickle === undefined)
    throw new Rejection(
      'EntryMissing',
      'The archive holds no data.pkl, so it was not written by torch.save.',
    );
  const prefix = pickle.name.slice(0, -'/data.pkl'.length);
  const seen = new Set<string>();
  for (const { name } of entries) {
    if (!name.startsWith(`${prefix}/`))
      throw new Rejection(
        'EntryMalformed',
        `The entry ${quote(name)} lies outside the folder ${quote(prefix)} of data.pkl.`,
      );
    const folded = name.toLowerCase();
    if (seen.has(folded))
      throw new Rejection('EntryDuplicate', `The archive holds two entries named ${quote(name)}.`);
    seen.add(folded);
  }
  if (!seen.has(`${prefix}/version`.toLowerCase()))
    throw new Rejection('EntryMissing', `The archive holds no ${quote(`${prefix}/version`)}.`);
  return { prefix, pickle };
}

/** The directory's bytes: from the tail where it reaches far enough, else by one more read. */
async function readEntries(source: ByteSource, tail: Uint8Array, signal?: AbortSignal): Promise<Listing> {
  const end = parseArchiveEnd(tail, source.size);
  const span = { offset: end.directoryOffset, length: end.directorySize };
  const at = span.offset - (source.size - tail.length);
  const bytes = at >= 0 ? tail.subarray(at, at + span.length) : await readExactly(source, span, signal);
  return { entries: parseEntries(bufferOf(bytes), end.entryCount), offset: span.offset };
}

async function read(source: ByteSource, signal?: AbortSignal): Promise<Directory> {
  if (source.size === 0) throw new Rejection('Empty', 'The file has 0 bytes: its writing had only begun.');
  const length = Math.min(source.size, tailLength);
  const tail = await readExactly(source, { offset: source.size - length, length }, signal);
  const { entries, offset } = await readEntries(source, tail, signal);
  checkPlaces(entries, offset);
  return { ...checkNames(entries), entries, offset, fileSize: source.size };
}

/**
 * Reads the zip directory of a .pt file: one read of at most 192 KiB, a second only for a longer directory.
 * Complete means: nothing after the end records, records that agree and add up to the size of the file, every entry stored,
 * inside the file and apart from the others, `<prefix>/data.pkl` and `<prefix>/version` present (torch's writer
 * writes these records last). Rejects only when the source does.
 */
export async function readDirectory(source: ByteSource, signal?: AbortSignal): Promise<DirectoryReading> {
  try {
    return { kind: 'complete', directory: await read(source, signal) };
  } catch (cause) {
    return { kind: 'incomplete', problem: problemOf(cause) };
  }
}

/** Whether the file was written to its end: the cheap question of a poller. True does not vouch for the entries' bytes. */
export async function isComplete(source: ByteSource, signal?: AbortSignal): Promise<boolean> {
  const reading = await readDirectory(source, signal);
  return reading.kind === 'complete';
}
