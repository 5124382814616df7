// What a checkpoint is taken for, and that its facts cost two small reads whatever its size.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { CheckpointFacts } from '../../src/checkpoint/inspection.ts';
import { inspectCheckpoint, isResumable } from '../../src/checkpoint/inspection.ts';
import { memorySource, sparseSource } from '../support/byte-sources.ts';
import type { PicklePart } from '../support/pickles.ts';
import { buildPickle, globalOpcode } from '../support/pickles.ts';
import type { ArchiveEntry } from '../support/torch-archive.ts';
import { buildArchive, checkpointEntries, layArchive } from '../support/torch-archive.ts';

const genuine = readFileSync(new URL('../fixtures/f5-tts/full-update48.pt', import.meta.url));

const states: readonly PicklePart[] = [
  'model_state_dict',
  'optimizer_state_dict',
  'scheduler_state_dict',
].flatMap((key) => [`'${key}`, 'DICT', 'SETITEM']);

/** A checkpoint of empty state dicts and these further items. */
async function inspect(
  items: readonly PicklePart[],
  more: readonly ArchiveEntry[] = [],
): Promise<CheckpointFacts> {
  const pickle = buildPickle(['DICT', ...items]);
  return await inspectCheckpoint(memorySource(buildArchive([...checkpointEntries(pickle), ...more])));
}

function storage(type: string, elements: number): readonly PicklePart[] {
  const id: readonly PicklePart[] = [
    'MARK',
    "'storage",
    globalOpcode('torch', type),
    "'0",
    "'cpu",
    elements,
    'TUPLE',
    'PERSID',
  ];
  return ["'x", ...id, 'SETITEM'];
}

describe('by its keys', () => {
  const whole = Buffer.of(0x47, 0x40, 0x14, 0, 0, 0, 0, 0, 0); // BINFLOAT 5.0
  test.each([
    {
      name: 'a full one',
      items: [...states, "'update", 7, 'SETITEM'],
      want: { kind: 'full', counter: 'update', update: 7 },
    },
    {
      name: 'micro-steps',
      items: [...states, "'step", 7, 'SETITEM'],
      want: { kind: 'full', counter: 'step', update: 7 },
    },
    {
      name: 'both counters: step wins, as in the trainer',
      items: [...states, "'update", 7, 'SETITEM', "'step", 9, 'SETITEM'],
      want: { counter: 'step', update: 9 },
    },
    {
      name: 'no scheduler',
      items: [...states.slice(0, 6), "'update", 7, 'SETITEM'],
      want: { kind: 'full', update: 7 },
      code: 'SchedulerMissing',
    },
    {
      name: 'no optimizer',
      items: [...states.slice(0, 3), "'update", 7, 'SETITEM'],
      want: { kind: 'unknown' },
      code: 'KeyMissing',
    },
    {
      name: 'a state dict that is none',
      items: ["'model_state_dict", 'NONE', 'SETITEM'],
      want: { kind: 'unknown' },
      code: 'KeyMissing',
    },
    {
      name: 'EMA alone',
      items: ["'ema_model_state_dict", 'DICT', 'SETITEM'],
      want: { kind: 'emaOnly', counter: null },
    },
    { name: 'weights alone', items: ["'model_state_dict", 'DICT', 'SETITEM'], want: { kind: 'weightsOnly' } },
    { name: 'nothing', items: [], want: { kind: 'unknown' }, code: 'KeyMissing' },
    {
      name: 'a negative counter',
      items: [...states, "'update", -1, 'SETITEM'],
      want: { update: null },
      code: 'CounterInvalid',
    },
    {
      name: 'a counter that is a float',
      items: [...states, "'update", whole, 'SETITEM'],
      want: { update: 5 },
    },
    {
      name: 'a counter that is true',
      items: [...states, "'update", 'TRUE', 'SETITEM'],
      want: { update: null },
      code: 'CounterInvalid',
    },
    {
      name: 'a counter that is text',
      items: [...states, "'update", "'7", 'SETITEM'],
      want: { update: null },
      code: 'CounterInvalid',
    },
  ])('$name', async ({ items, want, code }) => {
    const facts = await inspect(items);
    expect(facts).toMatchObject({ format: 'pt', complete: true, archivePrefix: 'model_last', ...want });
    expect(facts.problems.map((problem) => problem.code)).toEqual(code === undefined ? [] : [code]);
    expect(isResumable(facts)).toBe(facts.kind === 'full' && code === undefined);
  });

  test('a root that is no dict tells nothing', async () => {
    const archive = buildArchive(checkpointEntries(buildPickle(['LIST'])));
    expect(await inspectCheckpoint(memorySource(archive))).toMatchObject({ kind: 'unknown', complete: true });
  });

  test('a hostile pickle is complete, unknown, and said to be so', async () => {
    const facts = await inspect([globalOpcode('os', 'system'), "'id", 'TUPLE1', 'REDUCE']);
    expect(facts).toMatchObject({ complete: true, kind: 'unknown', problems: [{ code: 'ForeignGlobal' }] });
    expect(isResumable(facts)).toBe(false);
  });
});

describe('by its storages', () => {
  const data = { name: 'model_last/data/0', data: Buffer.alloc(40) };
  test.each([
    { name: 'there and whole', items: storage('FloatStorage', 10), more: [data], codes: [] },
    { name: 'missing', items: storage('FloatStorage', 10), more: [], codes: ['StorageMissing'] },
    { name: 'too short', items: storage('FloatStorage', 11), more: [data], codes: ['StorageSize'] },
    { name: 'of 8-byte elements', items: storage('LongStorage', 5), more: [data], codes: [] },
    { name: 'of an unknown type', items: storage('QUInt4x2Storage', 3), more: [data], codes: [] },
  ])('$name', async ({ items, more, codes }) => {
    const facts = await inspect([...states, "'update", 1, 'SETITEM', ...items], more);
    expect(facts.problems.map((problem) => problem.code)).toEqual(codes);
  });
});

test('a 5.4 GB checkpoint takes two reads of less than 1 MB together', async () => {
  const hole = { name: 'model_last/data/big', data: Buffer.alloc(0), hole: 5_394_161_632, crc32: 1 };
  const pickle = buildPickle(['DICT', ...states, "'update", 250_000, 'SETITEM']);
  const source = sparseSource(layArchive([...checkpointEntries(pickle), hole]));
  expect(await inspectCheckpoint(source)).toMatchObject({ kind: 'full', update: 250_000, problems: [] });
  expect(source.reads).toHaveLength(2);
  expect(source.reads.reduce((sum, read) => sum + read.length, 0)).toBeLessThan(1_000_000);
});

describe('a file that is no complete checkpoint', () => {
  const text = Buffer.from('{"name": "not a checkpoint"}');
  test.each([
    { name: 'is empty', bytes: Buffer.alloc(0), format: 'pt', code: 'Empty' },
    { name: 'has three bytes', bytes: Buffer.from('PK\x03'), format: 'pt', code: 'NoEndRecord' },
    {
      name: 'is torn: its readable head is not trusted',
      bytes: genuine.subarray(0, 900_000),
      format: 'pt',
      code: 'NoEndRecord',
    },
    { name: 'is JSON', bytes: text, format: null, code: 'NotACheckpoint' },
    {
      name: 'is a bare pickle',
      bytes: buildPickle(['DICT']),
      format: null,
      code: 'NotACheckpoint',
    },
    {
      name: 'has the layout of torch before 1.6',
      bytes: Buffer.from('80028a0a6cfc9c46f9206aa850192e80024de9032e80027d', 'hex'),
      format: 'pt',
      code: 'LegacyFormat',
    },
  ])('$name', async ({ bytes, format, code }) => {
    const facts = await inspectCheckpoint(memorySource(bytes));
    expect(facts).toMatchObject({
      format,
      complete: false,
      kind: 'unknown',
      update: null,
      problems: [{ code }],
    });
  });
});

test('a file that became shorter is said to be written again', async () => {
  const facts = await inspectCheckpoint(memorySource(genuine.subarray(0, 100), genuine.length));
  expect(facts).toMatchObject({ complete: false, problems: [{ code: 'SourceShrank' }] });
});

test('an error of the source is not the checkpoint’s: it is passed on', async () => {
  const failing = { size: 1000, read: async () => await Promise.reject(new Error('connection reset')) };
  await expect(inspectCheckpoint(failing)).rejects.toThrow('connection reset');
});

describe('the local header of data.pkl', () => {
  const archive = buildArchive(checkpointEntries(buildPickle(['DICT'])));
  test.each([
    { name: 'without its signature', at: 0, put: 0, code: 'HeaderMismatch' },
    { name: 'with another length of name', at: 26, put: 1, code: 'HeaderMismatch' },
    { name: 'whose extra field leads beyond the file', at: 29, put: 0xff, code: 'EntryOutside' },
  ])('$name is a problem', async ({ at, put, code }) => {
    const bytes = Uint8Array.from(archive);
    bytes[at] = put;
    expect(await inspectCheckpoint(memorySource(bytes))).toMatchObject({
      kind: 'unknown',
      problems: [{ code }],
    });
  });

  test('is not even read when the pickle is too long', async () => {
    const long = { name: 'model_last/data.pkl', data: Buffer.alloc(0), hole: 20_000_000, crc32: 1 };
    const source = sparseSource(layArchive([long, ...checkpointEntries(Buffer.alloc(0)).slice(1)]));
    expect(await inspectCheckpoint(source)).toMatchObject({ problems: [{ code: 'LimitExceeded' }] });
    expect(source.reads).toHaveLength(1);
  });
});
