// No change of an archive's entries is ever called verified, and the whole file's CRC32 comes with the verdict.
import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { crc32Combine } from '../../src/domain/bucket/crc32-combine.ts';
import type { Verification } from '../../src/checkpoint/entry-verification.ts';
import { verifyEntries } from '../../src/checkpoint/entry-verification.ts';
import { readDirectory } from '../../src/checkpoint/zip-directory.ts';
import { parseExtra } from '../../src/checkpoint/zip-entry.ts';
import type { CountingSource } from '../support/byte-sources.ts';
import { memorySource, sparseSource } from '../support/byte-sources.ts';
import { buildPickle } from '../support/pickles.ts';
import type { ArchiveEntry } from '../support/torch-archive.ts';
import { buildArchive, checkpointEntries, layArchive } from '../support/torch-archive.ts';
import { crcOfZeros } from '../support/zeros.ts';

const genuine = readFileSync(new URL('../fixtures/f5-tts/full-update48.pt', import.meta.url));
const tensor = Buffer.from('the bytes of a tensor');
const entries: readonly ArchiveEntry[] = [
  ...checkpointEntries(buildPickle(['DICT'])),
  { name: 'model_last/data/0', data: tensor },
];

/** For what passes over gigabytes on a busy machine. */
const patient = { timeout: 120_000 };

async function verify(source: CountingSource): Promise<Verification> {
  const reading = await readDirectory(source);
  if (reading.kind !== 'complete') throw new Error(reading.problem.message);
  return await verifyEntries(source, reading.directory);
}

/** The verdict, or `incomplete` where the directory itself no longer stands. */
async function verdictOf(bytes: Uint8Array): Promise<string> {
  const source = memorySource(bytes);
  const reading = await readDirectory(source);
  return reading.kind === 'complete'
    ? (await verifyEntries(source, reading.directory)).verdict
    : 'incomplete';
}

function flip(bytes: Uint8Array, at: number, bit = 0): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ (1 << bit);
  return copy;
}

describe('a genuine file with one bit flipped', () => {
  test.each([
    { name: 'in a tensor', at: 500_000, code: 'CrcMismatch', says: 'model_last/data/' },
    { name: 'in data.pkl', at: 30_000, code: 'CrcMismatch', says: 'model_last/data.pkl' },
    { name: 'in a local header', at: 37_544, code: 'HeaderMismatch', says: '.format_version' },
    { name: 'in a name', at: 50, code: 'HeaderMismatch', says: 'data.pkl' },
    { name: 'in the padding', at: 60, code: 'HeaderMismatch', says: 'padding' },
    { name: 'in a descriptor', at: 37_530, code: 'HeaderMismatch', says: 'data descriptor' },
  ])('$name is damaged', async ({ at, code, says }) => {
    const verification = await verify(memorySource(flip(genuine, at)));
    expect(verification).toMatchObject({ verdict: 'damaged', problem: { code } });
    expect(verification).toHaveProperty('problem.message', expect.stringContaining(says));
  });
});

test('every bit of every byte before the directory matters', patient, async () => {
  const archive = buildArchive(entries);
  expect(await verdictOf(archive)).toBe('verified');
  const directory = archive.indexOf(Buffer.of(0x50, 0x4b, 1, 2));
  for (let at = 0; at < directory; at += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      expect(await verdictOf(flip(archive, at, bit)), `byte ${at} bit ${bit}`).toBe('damaged');
    }
  }
});

test('an archive without CRCs is unverifiable, and its structure still counts', async () => {
  const bare = buildArchive(entries.map((entry) => ({ ...entry, crc32: 0 })));
  expect(await verify(memorySource(bare))).toEqual({ verdict: 'unverifiable', fileCrc32: crc32(bare) });
  expect(await verdictOf(flip(bare, 35))).toBe('damaged');
});

test('one entry without a CRC among others is damaged', async () => {
  const [first, second, third] = entries;
  if (first === undefined || second === undefined || third === undefined) throw new Error('three entries');
  expect(await verdictOf(buildArchive([first, second, { ...third, crc32: 0 }]))).toBe('damaged');
});

test('a local header with another name is damaged', async () => {
  const lying = buildArchive([
    ...entries,
    { name: 'model_last/data/1', localName: 'model_last/data/2', data: tensor },
  ]);
  expect(await verify(memorySource(lying))).toMatchObject({
    verdict: 'damaged',
    problem: { code: 'HeaderMismatch' },
  });
});

test('bytes after the last entry that belong to nothing are damage', async () => {
  const trailing = buildArchive([
    ...entries,
    { name: 'model_last/data/1', data: tensor, trail: Buffer.alloc(5) },
  ]);
  expect(await verify(memorySource(trailing))).toMatchObject({ problem: { code: 'HeaderMismatch' } });
});

test('a first entry that does not begin at the beginning is damage: nothing covers the bytes before it', async () => {
  const moved = Buffer.from(genuine);
  moved.writeUInt32LE(5, moved.indexOf(Buffer.of(0x50, 0x4b, 1, 2)) + 42);
  expect(await verify(memorySource(moved))).toMatchObject({ problem: { code: 'HeaderMismatch' } });
});

test('an extra field with the same block twice is refused: one of them would go unseen', () => {
  expect(() => parseExtra(Buffer.from('FB\u0001\0ZFB\u0001\0Z'))).toThrow('twice');
  expect(() => parseExtra(Buffer.from('FB\u0009\0Z'))).toThrow('cut short');
});

test('reads in order, once, and never more than 1 MiB at a time', async () => {
  const source = memorySource(genuine);
  const reading = await readDirectory(source);
  const before = source.reads.length;
  if (reading.kind !== 'complete') throw new Error(reading.problem.message);
  await verifyEntries(source, reading.directory);
  const passes = source.reads.slice(before);
  expect(Math.max(...passes.map((read) => read.length))).toBeLessThanOrEqual(1024 * 1024);
  expect(passes.reduce((sum, read) => sum + read.length, 0)).toBe(genuine.length);
  expect(passes.map((read) => read.offset)).toEqual(
    passes.map((read) => read.offset).toSorted((a, b) => a - b),
  );
});

test('verifies an entry beyond 4 GiB and those after it, with their zip64 fields', patient, async () => {
  const hole = 4_400_000_000;
  const big = {
    name: 'model_last/data/1',
    data: tensor,
    hole,
    crc32: crc32Combine(crc32(tensor), crcOfZeros(hole), hole),
  };
  const archive = layArchive([...entries, big, { name: 'model_last/data/2', data: tensor }]);
  expect((await verify(sparseSource(archive))).verdict).toBe('verified');
});

test('a file that becomes shorter meanwhile is damaged, not a crash', async () => {
  const reading = await readDirectory(memorySource(genuine));
  if (reading.kind !== 'complete') throw new Error(reading.problem.message);
  const shrunk = memorySource(genuine.subarray(0, 600_000), genuine.length);
  expect(await verifyEntries(shrunk, reading.directory)).toMatchObject({ problem: { code: 'SourceShrank' } });
});

test('a read ahead that fails and is not needed is nobody’s error', async () => {
  const reading = await readDirectory(memorySource(genuine));
  if (reading.kind !== 'complete') throw new Error(reading.problem.message);
  const { directory } = reading;
  const damaged = Buffer.concat([flip(genuine, 500_000), Buffer.alloc(1024 * 1024)]);
  const failing = {
    size: damaged.length,
    read: async (offset: number, length: number) =>
      offset === 0 ? damaged.subarray(0, length) : await Promise.reject(new Error('connection reset')),
  };
  expect(await verifyEntries(failing, directory)).toMatchObject({ problem: { code: 'CrcMismatch' } });
});

test('stops when it is aborted, with the reason it was given', async () => {
  const source = memorySource(genuine);
  const reading = await readDirectory(source);
  if (reading.kind !== 'complete') throw new Error(reading.problem.message);
  const reason = new Error('the pod is being deleted');
  await expect(verifyEntries(source, reading.directory, AbortSignal.abort(reason))).rejects.toBe(reason);
});
