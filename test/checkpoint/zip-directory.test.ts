// Which files count as written to their end: every way to be torn, or to lie about what is inside.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ProblemCode } from '../../src/checkpoint/problem.ts';
import { isComplete, readDirectory } from '../../src/checkpoint/zip-directory.ts';
import { memorySource, sparseSource } from '../support/byte-sources.ts';
import { buildPickle } from '../support/pickles.ts';
import type { ArchiveEntry, ArchiveLies } from '../support/torch-archive.ts';
import { buildArchive, checkpointEntries, layArchive } from '../support/torch-archive.ts';

const genuine = readFileSync(new URL('../fixtures/f5-tts/full-update48.pt', import.meta.url));
const entries = checkpointEntries(buildPickle(['DICT']));

async function problemOf(bytes: Uint8Array): Promise<ProblemCode | 'none'> {
  const source = memorySource(bytes);
  const reading = await readDirectory(source);
  expect(await isComplete(source)).toBe(reading.kind === 'complete');
  if (reading.kind === 'complete') return 'none';
  expect(reading.problem.message).toMatch(/^[A-Z].*\.$/);
  return reading.problem.code;
}

describe('a file cut short', () => {
  test.each([
    { at: 0, want: 'Empty' },
    { at: 1, want: 'NoEndRecord' },
    { at: 64, want: 'NoEndRecord' },
    { at: 500_000, want: 'NoEndRecord' },
    { at: genuine.length - 17_796 - 98, want: 'NoEndRecord' },
    { at: genuine.length - 10_000, want: 'NoEndRecord' },
    { at: genuine.length - 98, want: 'NoEndRecord' },
    { at: genuine.length - 22, want: 'NoEndRecord' },
    { at: genuine.length - 1, want: 'NoEndRecord' },
    { at: genuine.length, want: 'none' },
  ])('at byte $at: $want', async ({ at, want }) => {
    expect(await problemOf(genuine.subarray(0, at))).toBe(want);
  });

  test('at any byte of its tail is never complete', async () => {
    for (let at = genuine.length - 300; at < genuine.length; at += 1) {
      expect(await isComplete(memorySource(genuine.subarray(0, at)))).toBe(false);
    }
  });
});

describe('a directory that lies', () => {
  const cases: readonly { readonly name: string; readonly lies: ArchiveLies; readonly want: ProblemCode }[] =
    [
      { name: 'counts too many entries', lies: { entryCount: 3n }, want: 'DirectoryInconsistent' },
      { name: 'counts too few entries', lies: { entryCount: 1n }, want: 'DirectoryInconsistent' },
      { name: 'counts no entries', lies: { entryCount: 0n }, want: 'DirectoryInconsistent' },
      { name: 'counts 2^40 entries', lies: { entryCount: 2n ** 40n }, want: 'LimitExceeded' },
      { name: 'counts 2^63 entries', lies: { entryCount: 2n ** 63n }, want: 'DirectoryInconsistent' },
      { name: 'is longer than it is', lies: { directorySize: 1_000_000n }, want: 'DirectoryInconsistent' },
      { name: 'is 2^63 bytes long', lies: { directorySize: 2n ** 63n }, want: 'DirectoryInconsistent' },
      { name: 'begins one byte late', lies: { directoryOffset: 1n }, want: 'DirectoryInconsistent' },
      { name: 'begins at 2^63', lies: { directoryOffset: 2n ** 63n }, want: 'DirectoryInconsistent' },
      { name: 'lies in another volume', lies: { disk: 1 }, want: 'DirectoryInconsistent' },
      { name: 'does not reach its end records', lies: { gap: 8 }, want: 'DirectoryInconsistent' },
      {
        name: 'has a zip64 record of another length',
        lies: { recordSize: 45n },
        want: 'DirectoryInconsistent',
      },
      {
        name: 'counts differently in both records',
        lies: { classicCount: 7 },
        want: 'DirectoryInconsistent',
      },
      { name: 'announces a comment that is not there', lies: { commentLength: 5 }, want: 'NoEndRecord' },
      { name: 'is followed by a comment', lies: { comment: 'x' }, want: 'NoEndRecord' },
    ];

  test.each(cases)('$name: $want', async ({ lies, want }) => {
    expect(await problemOf(buildArchive(entries, lies))).toBe(want);
  });

  test('is followed by other bytes', async () => {
    expect(await problemOf(Buffer.concat([genuine, Buffer.from('\n')]))).toBe('NoEndRecord');
  });
});

describe('an entry that lies', () => {
  const data = Buffer.from('tensor');
  const cases: readonly {
    readonly name: string;
    readonly entry: Partial<ArchiveEntry>;
    readonly want: ProblemCode;
  }[] = [
    { name: 'takes 2^63 bytes', entry: { size: 2n ** 63n }, want: 'DirectoryInconsistent' },
    { name: 'takes 2^53 - 1 bytes', entry: { size: 2n ** 53n - 1n }, want: 'EntryOutside' },
    { name: 'is stored in more bytes than it has', entry: { stored: 7n }, want: 'EntryMalformed' },
    { name: 'takes one byte too many for the file', entry: { size: 1000n }, want: 'EntryOutside' },
    { name: 'begins beyond the file', entry: { offset: 2n ** 40n }, want: 'EntryOutside' },
    { name: 'begins at 2^64 - 1', entry: { offset: 2n ** 64n - 1n }, want: 'DirectoryInconsistent' },
    { name: 'begins within another', entry: { offset: 65n }, want: 'EntryOverlap' },
    { name: 'begins where another begins', entry: { offset: 0n }, want: 'EntryOverlap' },
    { name: 'is compressed', entry: { method: 8 }, want: 'EntryUnsupported' },
    { name: 'is encrypted', entry: { flags: 0x0809 }, want: 'EntryUnsupported' },
    { name: 'repeats a name', entry: { name: 'model_last/version' }, want: 'EntryDuplicate' },
    { name: 'repeats a name but for case', entry: { name: 'model_last/DATA.pkl' }, want: 'EntryDuplicate' },
    { name: 'lies in another folder', entry: { name: 'model_1/data/0' }, want: 'EntryMalformed' },
    { name: 'has no name', entry: { name: '' }, want: 'EntryMalformed' },
    { name: 'has a zero byte in its name', entry: { name: 'model_last/\0' }, want: 'EntryMalformed' },
    {
      name: 'has a name that is not UTF-8',
      entry: { name: Buffer.of(0xff, 0x2f, 0x30) },
      want: 'EntryMalformed',
    },
    { name: 'has an endless name', entry: { name: `model_last/${'x'.repeat(2000)}` }, want: 'LimitExceeded' },
  ];

  test.each(cases)('$name: $want', async ({ entry, want }) => {
    expect(await problemOf(buildArchive([...entries, { name: 'model_last/data/0', data, ...entry }]))).toBe(
      want,
    );
  });

  test.each([
    { missing: 'data.pkl', kept: entries.slice(1) },
    { missing: 'version', kept: entries.slice(0, 1) },
    { missing: 'everything', kept: [] },
  ])('an archive without $missing is no checkpoint', async ({ kept }) => {
    expect(await problemOf(buildArchive(kept))).toBe('EntryMissing');
  });
});

test('lists the entries of a genuine file by offset', async () => {
  const reading = await readDirectory(memorySource(genuine));
  if (reading.kind !== 'complete') throw new Error(reading.problem.message);
  const { directory } = reading;
  expect(directory.entries).toHaveLength(275);
  expect(directory.entries.at(0)).toMatchObject({ name: 'model_last/data.pkl', offset: 0, size: 37_464 });
  expect(directory.entries.at(-1)).toMatchObject({ name: 'model_last/.data/serialization_id', size: 40 });
  expect(directory.prefix).toBe('model_last');
});

test('an archive without zip64 records, as other tools write it, is complete', async () => {
  const archive = buildArchive(entries);
  const [body, zip64, end] = [archive.subarray(0, -98), archive.subarray(-98, -42), archive.subarray(-22)];
  end.writeUInt16LE(2, 8);
  end.writeUInt16LE(2, 10);
  zip64.copy(end, 12, 40, 44);
  zip64.copy(end, 16, 48, 52);
  expect(await problemOf(Buffer.concat([body, end]))).toBe('none');
});

test('offsets beyond 4 GiB are read from the zip64 fields, in one read', async () => {
  const hole = 5_000_000_000;
  const source = sparseSource(layArchive([...entries, big('0', hole), big('1', 0)]));
  const reading = await readDirectory(source);
  if (reading.kind !== 'complete') throw new Error(reading.problem.message);
  expect(reading.directory.entries.map((entry) => entry.offset > 2 ** 32)).toEqual([
    false,
    false,
    false,
    true,
  ]);
  expect(source.reads).toHaveLength(1);
});

function big(key: string, hole: number): ArchiveEntry {
  return { name: `model_last/data/${key}`, data: Buffer.from('tensor'), hole, crc32: 1 };
}
