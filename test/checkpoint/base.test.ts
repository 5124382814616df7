// A whole F5TTS_v1_Base checkpoint, 1,825 entries and 5.4 GB: understood from two ranged reads of less than 1 MB.
import { expect, test } from 'vitest';
import { examineCheckpoint } from '../../src/checkpoint/inspection.ts';
import { openWeights } from '../../src/checkpoint/weights.ts';
import { baseCheckpoint } from '../support/base-checkpoint.ts';
import { sparseSource } from '../support/byte-sources.ts';

const archive = baseCheckpoint(250_000);

test('is as large as the genuine one', () => {
  expect(Math.abs(archive.size - 5_394_161_632)).toBeLessThan(100_000);
});

test('tells everything from two reads of less than 1 MB together', async () => {
  const source = sparseSource(archive);
  const { facts, tensors, directory } = await examineCheckpoint(source);
  expect(facts).toEqual({
    format: 'pt',
    kind: 'full',
    counter: 'update',
    update: 250_000,
    schedulerLastEpoch: 2_000_000,
    totalIters: [160_000, 9_440_000],
    worldSize: 8,
    plannedUpdates: 1_200_000,
    percent: 20,
    archivePrefix: 'model_last',
    vocabRows: 2546,
    parameters: 337_096_804,
    sizeBytes: archive.size,
    complete: true,
    problems: [],
  });
  expect(directory?.entries).toHaveLength(1825);
  expect(directory?.entries.filter(({ offset }) => offset > 2 ** 32).length).toBeGreaterThan(250);
  expect(tensors).toHaveLength(364 + 3 * 363 + 366);
  expect(source.reads).toHaveLength(2);
  expect(source.reads.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(1_000_000);
});

test('lists its tensors with type, shape and place', async () => {
  const { tensors } = await examineCheckpoint(sparseSource(archive));
  expect(tensors.find(({ name }) => name === 'transformer.text_embed.text_embed.weight')).toEqual({
    group: 'model_state_dict',
    name: 'transformer.text_embed.text_embed.weight',
    dtype: 'F32',
    shape: [2546, 512],
    isVerbatim: true,
    device: 'cpu',
    place: { entry: 'model_last/data/4', offset: 0, length: 2546 * 512 * 4 },
  });
  expect(tensors.find(({ name }) => name === 'state.362.exp_avg_sq')).toMatchObject({ shape: [100] });
});

test('gives its EMA weights from the same two reads', async () => {
  const source = sparseSource(archive);
  const reading = await openWeights(source);
  expect(reading).toMatchObject({
    kind: 'ready',
    weights: { tensors: 366, update: 250_000, isVerifiable: true },
  });
  const size = reading.kind === 'ready' ? reading.weights.sizeBytes : 0;
  expect(Math.abs(size - 337_096_836 * 4 - 9)).toBeLessThan(64 * 1024);
  expect(source.reads).toHaveLength(2);
});
