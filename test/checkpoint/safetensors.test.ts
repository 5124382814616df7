import { describe, expect, test } from 'vitest';
import { inspectCheckpoint } from '../../src/checkpoint/inspection.ts';
import { memorySource } from '../support/byte-sources.ts';

function file(header: string, bytes: number, length = BigInt(Buffer.byteLength(header))): Buffer {
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(length);
  return Buffer.concat([head, Buffer.from(header), Buffer.alloc(bytes)]);
}

const tensor = (begin: unknown, end: unknown, more: object = {}): unknown => ({
  dtype: 'F32',
  shape: [1],
  data_offsets: [begin, end],
  ...more,
});
const header = (tensors: Readonly<Record<string, unknown>>): string => JSON.stringify(tensors);
const ema = {
  __metadata__: { format: 'pt' },
  initted: tensor(0, 1, { dtype: 'BOOL', shape: [] }),
  step: tensor(1, 9, { dtype: 'I64', shape: [] }),
  'ema_model.x': tensor(9, 13),
};

describe('a safetensors file', () => {
  test.each([
    {
      name: 'with initted and step is an EMA',
      bytes: file(header(ema), 13),
      want: { kind: 'emaOnly', complete: true },
    },
    {
      name: 'without them is weights',
      bytes: file(header({ x: tensor(0, 4) }), 4),
      want: { kind: 'weightsOnly', complete: true },
    },
    {
      name: 'named __proto__ inside',
      bytes: file('{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4),
      want: { kind: 'weightsOnly', parameters: 1 },
    },
    { name: 'of another length', bytes: file(header(ema), 12), want: { complete: false } },
    { name: 'that is no JSON', bytes: file('{"x": ', 4), want: { complete: false } },
    { name: 'that is too deep', bytes: file('{"x":'.repeat(100_000), 4), want: { complete: false } },
    {
      name: 'with offsets of text',
      bytes: file(header({ x: tensor('0', '4') }), 4),
      want: { complete: false },
    },
    {
      name: 'with offsets backwards',
      bytes: file(header({ x: tensor(4, 0) }), 4),
      want: { complete: false },
    },
    {
      name: 'with a gap between its tensors',
      bytes: file(header({ x: tensor(0, 4), y: tensor(8, 12) }), 12),
      want: { complete: false },
    },
    {
      name: 'with tensors over each other',
      bytes: file(header({ x: tensor(0, 4), y: tensor(0, 4) }), 4),
      want: { complete: false },
    },
    {
      name: 'with tensors over each other, and as much left over',
      bytes: file(header({ x: tensor(0, 4), y: tensor(0, 4) }), 8),
      want: { complete: false },
    },
    {
      name: 'that names a tensor twice',
      bytes: file(`{"x":${JSON.stringify(tensor(0, 4))},"x":${JSON.stringify(tensor(4, 8))}}`, 8),
      want: { complete: false },
    },
    {
      name: 'whose tensor is not as long as its shape',
      bytes: file(header({ x: tensor(0, 4, { dtype: 'F32', shape: [2] }) }), 4),
      want: { complete: false },
    },
    {
      name: 'whose shape is impossible',
      bytes: file(header({ x: tensor(0, 4, { dtype: 'F32', shape: [2 ** 40, 2 ** 40] }) }), 4),
      want: { complete: false },
    },
    {
      name: 'whose shape is negative',
      bytes: file(header({ x: tensor(0, 4, { dtype: 'F32', shape: [-1, -1] }) }), 4),
      want: { complete: false },
    },
    {
      name: 'of a type that is not known is measured by its offsets',
      bytes: file(header({ x: tensor(0, 4, { dtype: 'F6_E2M3', shape: [5] }) }), 4),
      want: { kind: 'weightsOnly', complete: true, parameters: 5 },
    },
    {
      name: 'with a tensor of no bytes',
      bytes: file(header({ y: tensor(0, 4), x: tensor(0, 0, { dtype: 'F32', shape: [0, 7] }) }), 4),
      want: { kind: 'weightsOnly', complete: true, parameters: 1 },
    },
    { name: 'without offsets', bytes: file(header({ x: 1 }), 4), want: { complete: false } },
  ])('$name', async ({ bytes, want }) => {
    const facts = await inspectCheckpoint(memorySource(bytes));
    expect(facts).toMatchObject({ format: 'safetensors', ...want });
    expect(facts.problems.map((problem) => problem.code)).toEqual(
      facts.complete ? [] : ['SafetensorsMalformed'],
    );
  });

  test.each([2n ** 63n, 2n ** 40n, 1_000_000n])(
    'whose header should have %s bytes is none',
    async (length) => {
      const facts = await inspectCheckpoint(memorySource(file(header(ema), 13, length)));
      expect(facts).toMatchObject({ format: null, problems: [{ code: 'NotACheckpoint' }] });
    },
  );
});
