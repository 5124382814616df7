// Weights out of a damaged or changing checkpoint never come to an end that could be mistaken for success, and their making
// costs a few MiB and one pass over their own bytes.
import { describe, expect, test } from 'vitest';
import type { ByteSource } from '../../src/checkpoint/byte-source.ts';
import { problemOf } from '../../src/checkpoint/problem.ts';
import type { Weights } from '../../src/checkpoint/weights.ts';
import { openWeights } from '../../src/checkpoint/weights.ts';
import { readDirectory } from '../../src/checkpoint/zip-directory.ts';
import { memorySource, sparseSource } from '../support/byte-sources.ts';
import { genuine } from '../support/checkpoints.ts';
import { buildPickle, dictParts, tensorParts } from '../support/pickles.ts';
import type { ArchiveEntry } from '../support/torch-archive.ts';
import { buildArchive, checkpointEntries, layArchive } from '../support/torch-archive.ts';

async function opened(source: ByteSource): Promise<Weights> {
  const reading = await openWeights(source);
  if (reading.kind === 'refused') throw new Error(reading.problem.message);
  return reading.weights;
}

async function drain(weights: Weights, signal?: AbortSignal): Promise<number> {
  let bytes = 0;
  for await (const chunk of weights.chunks(signal)) bytes += chunk.length;
  return bytes;
}

/** `whole`, or the code of the problem that making them ends with. */
async function ending(source: ByteSource): Promise<string> {
  const reading = await openWeights(source);
  if (reading.kind === 'refused') return reading.problem.code;
  try {
    return (await drain(reading.weights)) === reading.weights.sizeBytes ? 'whole' : 'short';
  } catch (cause) {
    return problemOf(cause).code;
  }
}

const file = genuine('full-update48.pt');

/** A copy of the genuine file with one bit changed, `at` bytes into the data of an entry (or before it, if negative). */
async function flippedIn(name: string, at: number): Promise<Uint8Array> {
  const reading = await readDirectory(memorySource(file));
  if (reading.kind !== 'complete') throw new Error(reading.problem.message);
  const entry = reading.directory.entries.find((one) => one.name === `model_last/${name}`);
  if (entry === undefined) throw new Error(name);
  const copy = Buffer.from(file);
  const data = entry.offset + 30 + entry.nameLength + copy.readUInt16LE(entry.offset + 28);
  copy[data + at] = (copy[data + at] ?? 0) ^ 0x10;
  return copy;
}

describe('a bit that flipped', () => {
  test.each([
    { name: 'in an EMA tensor', entry: 'data/215', at: 4000, want: 'CrcMismatch' },
    { name: 'in initted', entry: 'data/213', at: 0, want: 'CrcMismatch' },
    { name: 'before an EMA tensor', entry: 'data/215', at: -1, want: 'HeaderMismatch' },
    { name: 'in data.pkl', entry: 'data.pkl', at: 9000, want: 'CrcMismatch' },
    { name: 'in what is not copied', entry: 'data/3', at: 0, want: 'whole' },
  ])('$name: $want', async ({ entry, at, want }) => {
    expect(await ending(memorySource(await flippedIn(entry, at)))).toBe(want);
  });
});

const pickled = (shape: readonly number[], elements: number): Buffer =>
  buildPickle([
    'DICT',
    ...dictParts('ema_model_state_dict', {
      initted: tensorParts({ key: 'i', type: 'BoolStorage' }),
      step: tensorParts({ key: 's', type: 'LongStorage' }),
      'ema_model.x': tensorParts({ shape, elements }),
    }),
  ]);

const bookkeeping: readonly ArchiveEntry[] = [
  { name: 'model_last/data/i', data: Buffer.alloc(1) },
  { name: 'model_last/data/s', data: Buffer.alloc(8) },
];

describe('a tensor that is a part of its storage', () => {
  const part = checkpointEntries(pickled([1], 2));
  const damaged = (crc32: number): Uint8Array =>
    buildArchive([
      ...part,
      ...bookkeeping,
      { name: 'model_last/data/0', data: Buffer.from('abcdefgh'), crc32 },
    ]);

  test('is proved by the whole storage', async () => {
    expect(await ending(memorySource(damaged(1)))).toBe('CrcMismatch');
    expect(await ending(memorySource(damaged(0xaeef2a50)))).toBe('whole');
  });
});

test('without CRCs in the archive they are made, and said to be unverifiable', async () => {
  const entries = [...checkpointEntries(pickled([2], 2)), ...bookkeeping];
  const bare = [...entries, { name: 'model_last/data/0', data: Buffer.from('abcdefgh') }].map((entry) => ({
    ...entry,
    crc32: 0,
  }));
  const source = memorySource(buildArchive(bare));
  expect(await opened(source)).toMatchObject({ isVerifiable: false, tensors: 3, update: null });
  expect(await ending(source)).toBe('whole');
});

test('a genuine checkpoint tells the update its weights come from', async () => {
  expect(await opened(memorySource(file))).toMatchObject({ isVerifiable: true, tensors: 56, update: 48 });
});

test('a file that becomes shorter meanwhile ends them', async () => {
  let isShort = false;
  const source: ByteSource = {
    size: file.length,
    read: async (offset, length) =>
      file.subarray(0, isShort ? 800_000 : file.length).subarray(offset, offset + length),
  };
  const weights = await opened(source);
  isShort = true;
  await expect(drain(weights)).rejects.toMatchObject({ code: 'SourceShrank' });
});

test('an error of the source is passed on, and an abort stops with its reason', async () => {
  const weights = await opened(memorySource(file));
  const reason = new Error('the pod is being deleted');
  await expect(drain(weights, AbortSignal.abort(reason))).rejects.toBe(reason);
  const failing = { size: 1000, read: async () => await Promise.reject(new Error('connection reset')) };
  await expect(openWeights(failing)).rejects.toThrow('connection reset');
});

test('a checkpoint of 5 GB costs blocks of 4 MiB, in order, and nothing outside its weights', async () => {
  const elements = 60_000_000;
  const big: ArchiveEntry = {
    name: 'model_last/data/0',
    data: Buffer.alloc(0),
    hole: elements * 4,
    crc32: 0,
  };
  const optimizer: ArchiveEntry = {
    name: 'model_last/data/1',
    data: Buffer.alloc(0),
    hole: 4_800_000_000,
    crc32: 0,
  };
  const [first, ...rest] = checkpointEntries(pickled([elements], elements)).map((entry) => ({
    ...entry,
    crc32: 0,
  }));
  if (first === undefined) throw new Error('no pickle');
  const quiet = bookkeeping.map((entry) => ({ ...entry, crc32: 0 }));
  const source = sparseSource(layArchive([first, optimizer, ...quiet, big, ...rest]));
  const weights = await opened(source);
  const before = source.reads.length;
  expect(await drain(weights)).toBe(weights.sizeBytes);
  const reads = source.reads.slice(before);
  expect(Math.max(...reads.map(({ length }) => length))).toBeLessThanOrEqual(4 * 1024 * 1024);
  expect(reads.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(elements * 4 + 16 * 1024 * 1024);
  expect(reads.length).toBeLessThan(70);
});
