// Genuine F5-TTS checkpoints for tests, at any update: the fixture with its counter changed and the CRCs made to agree.
import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';

const fixture = (name: string): Buffer => readFileSync(`${import.meta.dirname}/../fixtures/f5-tts/${name}`);

/** A file of test/fixtures/f5-tts as it is. */
export const genuine = (name: string): Uint8Array => new Uint8Array(fixture(name));

// data.pkl ends with: BINUNICODE "update", LONG_BINPUT memo (4 bytes), BININT1 counter, SETITEMS, STOP
const counterKey = Buffer.from('X\u0006\0\0\0update', 'latin1');
const counterOffset = counterKey.length + 1 + 4 + 1;
const pickleStart = 64;

const cache = new Map<number, Uint8Array>();

/** A complete, resumable checkpoint at an update (0–255), about 1 MB. */
export function checkpointAt(update: number): Uint8Array {
  const known = cache.get(update);
  if (known !== undefined) return known;
  const bytes = fixture('full-update48.pt');
  const counter = bytes.lastIndexOf(counterKey) + counterOffset;
  if (bytes[counter] !== 48 || update > 255) throw new Error('the fixture is not what this file knows');
  const pickleEnd = counter + 3;
  const before = wordOf(crc32(bytes.subarray(pickleStart, pickleEnd)));
  bytes[counter] = update;
  const after = wordOf(crc32(bytes.subarray(pickleStart, pickleEnd)));
  for (let at = bytes.indexOf(before); at !== -1; at = bytes.indexOf(before, at + 4)) after.copy(bytes, at);
  const made = new Uint8Array(bytes);
  cache.set(update, made);
  return made;
}

/** The same state as saved under another name: every entry's prefix differs, and with it the file's own CRC32. */
export function renamed(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes);
  const prefix = copy.subarray(30, copy.indexOf('/data.pkl')).toString('latin1');
  const other = prefix.replace(/[^/]$/, 'x');
  for (let at = copy.indexOf(`${prefix}/`); at !== -1; at = copy.indexOf(`${prefix}/`, at + 1))
    copy.write(`${other}/`, at, 'latin1');
  return new Uint8Array(copy);
}

/** The file as torch writes it when told to record no CRCs: all of them 0. */
export function withoutCrcs(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes);
  for (const [signature, offset] of [
    ['PK\x07\x08', 4],
    ['PK\x01\x02', 16],
  ] as const)
    for (
      let at = copy.indexOf(signature, 0, 'latin1');
      at !== -1;
      at = copy.indexOf(signature, at + 4, 'latin1')
    )
      copy.writeUInt32LE(0, at + offset);
  return new Uint8Array(copy);
}

function wordOf(crc: number): Buffer {
  const word = Buffer.alloc(4);
  word.writeUInt32LE(crc);
  return word;
}

/** The file as a SIGKILL in mid-save leaves it. */
export const torn = (bytes: Uint8Array, part = 0.6): Uint8Array =>
  bytes.slice(0, Math.floor(bytes.length * part));

/** The file with one bit of a tensor turned over. */
export function flipped(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  const at = Math.floor(copy.length / 2);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
