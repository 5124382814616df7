// An EMA-only .safetensors comes out of a checkpoint byte for byte, or not at all.
import { describe, expect, test } from 'vitest';
import type { ByteSource } from '../../src/checkpoint/byte-source.ts';
import { examineCheckpoint } from '../../src/checkpoint/inspection.ts';
import { problemOf } from '../../src/checkpoint/problem.ts';
import { openWeights } from '../../src/checkpoint/weights.ts';
import { memorySource } from '../support/byte-sources.ts';
import { genuine } from '../support/checkpoints.ts';
import type { PickledTensor } from '../support/pickles.ts';
import { buildPickle, dictParts, tensorParts } from '../support/pickles.ts';
import type { ArchiveEntry } from '../support/torch-archive.ts';
import { buildArchive, checkpointEntries } from '../support/torch-archive.ts';

/** The whole file, or the code of the problem that it is refused or given up with. */
async function exported(source: ByteSource): Promise<Buffer | string> {
  const reading = await openWeights(source);
  if (reading.kind === 'refused') return reading.problem.code;
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of reading.weights.chunks()) chunks.push(Buffer.from(chunk));
  } catch (cause) {
    return problemOf(cause).code;
  }
  const file = Buffer.concat(chunks);
  expect(file).toHaveLength(reading.weights.sizeBytes);
  return file;
}

async function fileOf(bytes: Uint8Array): Promise<Buffer> {
  const file = await exported(memorySource(bytes));
  if (typeof file === 'string') throw new Error(file);
  return file;
}

/** Name → type, shape and bytes of every tensor. */
async function contentsOf(file: Uint8Array): Promise<Readonly<Record<string, unknown>>> {
  const { facts, tensors } = await examineCheckpoint(memorySource(file));
  expect(facts).toMatchObject({ format: 'safetensors', complete: true, problems: [] });
  return Object.fromEntries(
    tensors.map(({ name, dtype, shape, place }) => {
      const bytes = Buffer.from(file.subarray(place.offset, place.offset + (place.length ?? 0)));
      return [name, { dtype, shape, bytes: bytes.toString('base64') }];
    }),
  );
}

/** Name → type and shape of every tensor. */
async function layoutOf(file: Uint8Array): Promise<Readonly<Record<string, unknown>>> {
  const { tensors } = await examineCheckpoint(memorySource(file));
  return Object.fromEntries(tensors.map(({ name, dtype, shape }) => [name, { dtype, shape }]));
}

describe('out of a genuine checkpoint', () => {
  const truth = genuine('ema.safetensors');

  test.each(['full-update48.pt', 'ema-only.pt', 'ema.safetensors'])(
    'of update 48, %s: what the safetensors library wrote of the same EMA',
    async (name) => {
      expect(await contentsOf(await fileOf(genuine(name)))).toEqual(await contentsOf(truth));
    },
  );

  test.each(['full-update45.pt', 'era-b-step.pt', 'two-rank.pt'])(
    '%s: the same names and shapes',
    async (name) => {
      expect(await layoutOf(await fileOf(genuine(name)))).toEqual(await layoutOf(truth));
    },
  );

  test('every element is aligned', async () => {
    const { tensors } = await examineCheckpoint(memorySource(await fileOf(genuine('full-update48.pt'))));
    const width: Readonly<Record<string, number>> = { I64: 8, F32: 4, BOOL: 1 };
    expect(tensors.map(({ place, dtype }) => place.offset % (width[dtype] ?? Number.NaN))).toEqual(
      tensors.map(() => 0),
    );
  });

  test.each([
    { name: 'raw.safetensors', code: 'EmaMissing' },
    { name: 'expected.json', code: 'NoEndRecord' },
  ])('$name is refused', async ({ name, code }) => {
    expect(await exported(memorySource(genuine(name)))).toBe(code);
  });
});

/** A full archive with these EMA tensors, `initted` and `step` given, and these storages. */
function archiveWith(
  tensors: Readonly<Record<string, PickledTensor>>,
  storages: readonly ArchiveEntry[] = [storage('0', 'abcdefgh')],
): Buffer {
  const scalars = { initted: { key: 'i', type: 'BoolStorage' }, step: { key: 's', type: 'LongStorage' } };
  const items = Object.entries({ ...scalars, ...tensors }).map(
    ([name, tensor]) => [name, tensorParts(tensor)] as const,
  );
  const pickle = buildPickle(['DICT', ...dictParts('ema_model_state_dict', Object.fromEntries(items))]);
  const [first, version] = checkpointEntries(pickle);
  if (first === undefined || version === undefined) throw new Error('two entries');
  return buildArchive([
    first,
    storage('i', '\u0001'),
    storage('s', '\u0002\0\0\0\0\0\0\0'),
    ...storages,
    version,
  ]);
}

function storage(key: string, bytes: string): ArchiveEntry {
  return { name: `model_last/data/${key}`, data: Buffer.from(bytes) };
}

const text = (tensor: unknown): string =>
  Buffer.from(String(Object(tensor)['bytes']), 'base64').toString('latin1');

describe('out of what torch can save besides', () => {
  test('tensors that share a storage, or see a part of it, are each copied', async () => {
    const file = await fileOf(
      archiveWith(
        {
          'ema_model.whole': { elements: 2, shape: [2] },
          'ema_model.again': { elements: 2, shape: [2, 1], strides: [1, 99] },
          'ema_model.part': { elements: 2, offset: 1, shape: [1] },
          'ema_model.none': { elements: 2, shape: [0, 3] },
          'ema_model.calm': { elements: 2, shape: [2], more: ['DICT'] },
          'ema_model.half': {
            key: '1',
            type: 'HalfStorage',
            elements: 3,
            shape: [3],
            rebuild: '_rebuild_tensor',
          },
        },
        [storage('0', 'abcdefgh'), storage('1', 'ijklmn'), storage('9', 'x'.repeat(500))],
      ),
    );
    const contents = await contentsOf(file);
    expect(Object.fromEntries(Object.entries(contents).map(([name, one]) => [name, text(one)]))).toEqual({
      initted: '\u0001',
      step: '\u0002\0\0\0\0\0\0\0',
      'ema_model.whole': 'abcdefgh',
      'ema_model.again': 'abcdefgh',
      'ema_model.calm': 'abcdefgh',
      'ema_model.part': 'efgh',
      'ema_model.none': '',
      'ema_model.half': 'ijklmn',
    });
  });

  test.each([
    {
      name: 'columns before rows',
      tensor: { elements: 4, shape: [2, 2], strides: [1, 2] },
      bytes: 'abcdefgh'.repeat(2),
      code: 'TensorUnsupported',
    },
    {
      name: 'a conjugation that torch put off',
      tensor: { type: 'ComplexFloatStorage', more: ['DICT', "'conj", 'TRUE', 'SETITEM'] },
      bytes: 'abcdefgh',
      code: 'TensorUnsupported',
    },
    {
      name: 'a type without a name in safetensors',
      tensor: { type: 'ComplexDoubleStorage' },
      bytes: 'abcdefgh'.repeat(2),
      code: 'TensorUnsupported',
    },
    {
      name: 'a type nobody knows',
      tensor: { type: 'QUInt4x2Storage' },
      bytes: 'a',
      code: 'TensorUnsupported',
    },
    {
      name: 'something that is no plain tensor',
      tensor: { rebuild: '_rebuild_sparse_tensor' },
      bytes: 'abcd',
      code: 'TensorUnsupported',
    },
    { name: 'a storage of another length', tensor: {}, bytes: 'abcde', code: 'StorageSize' },
    {
      name: 'a shape beyond its storage',
      tensor: { elements: 2, shape: [3] },
      bytes: 'abcdefgh',
      code: 'TensorMalformed',
    },
    {
      name: 'fewer strides than dimensions',
      tensor: { shape: [1, 1], strides: [1] },
      bytes: 'abcd',
      code: 'TensorMalformed',
    },
    { name: 'a negative offset', tensor: { offset: -1 }, bytes: 'abcd', code: 'TensorMalformed' },
  ])('$name is refused: $code', async ({ tensor, bytes, code }) => {
    const archive = archiveWith({ 'ema_model.x': tensor }, [storage('0', bytes)]);
    expect(await exported(memorySource(archive))).toBe(code);
  });

  test('what F5-TTS does not load is left out', async () => {
    const tensor = { elements: 2, shape: [2] };
    const file = await fileOf(archiveWith({ 'ema_model.x': tensor, 'online_model.x': tensor }));
    expect(Object.keys(await contentsOf(file)).toSorted()).toEqual(['ema_model.x', 'initted', 'step']);
  });

  test('no weights beside the bookkeeping is refused', async () => {
    expect(await exported(memorySource(archiveWith({})))).toBe('EmaMissing');
  });

  test('many names for the same bytes do not make a file larger than the checkpoint', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `ema_model.${index}`);
    const tensors = Object.fromEntries(names.map((name) => [name, { elements: 1000, shape: [1000] }]));
    const archive = archiveWith(tensors, [storage('0', 'abcd'.repeat(1000))]);
    expect(await exported(memorySource(archive))).toBe('LimitExceeded');
  });
});
