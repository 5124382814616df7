// A reader that uses its memory again gives the same bytes as one that does not, wherever the spans lie.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BlockReader } from '../../src/checkpoint/block-reader.ts';
import type { ByteSource } from '../../src/checkpoint/byte-source.ts';
import { sample } from '../support/object-samples.ts';

const bytes = sample(500);

/** Fills memory late, and spoils what it was given before: whoever looks too early or too late sees it. */
function lateSource(): ByteSource {
  return {
    size: bytes.length,
    read: () => Promise.reject(new Error('it can read into memory')),
    readInto: async (offset, into) => {
      into.fill(0xee);
      await new Promise((resolve) => setImmediate(resolve));
      into.set(bytes.subarray(offset, offset + into.length));
      return Math.min(into.length, bytes.length - offset);
    },
  };
}

const span = fc.record({ offset: fc.nat(499), length: fc.integer({ min: 1, max: 120 }) });

const readsTheSame = async (
  spans: readonly { readonly offset: number; readonly length: number }[],
  blockLength: number,
): Promise<void> => {
  const reader = new BlockReader(lateSource(), { end: bytes.length, blockLength, isTransient: true });
  const taken: Uint8Array[] = [];
  const wanted: Uint8Array[] = [];
  for (const { offset, length } of spans) {
    const inside = { offset, length: Math.min(length, bytes.length - offset) };
    const pieces: Buffer[] = [];
    for await (const piece of reader.pass(inside)) pieces.push(Buffer.from(piece));
    expect(Buffer.concat(pieces).equals(bytes.subarray(offset, offset + inside.length))).toBe(true);
    taken.push(await reader.take(inside));
    wanted.push(bytes.subarray(offset, offset + inside.length));
  }
  // what was taken stays, whatever was read after it
  expect(Buffer.concat(taken).equals(Buffer.concat(wanted))).toBe(true);
};

test('in any order, in blocks of any size', async () => {
  const spans = fc.array(span, { minLength: 1, maxLength: 8 });
  await fc.assert(fc.asyncProperty(spans, fc.integer({ min: 1, max: 200 }), readsTheSame));
});

test('a source that became shorter is refused', async () => {
  const source: ByteSource = { ...lateSource(), readInto: () => Promise.resolve(3) };
  const reader = new BlockReader(source, { end: 500, blockLength: 100, isTransient: true });
  await expect(reader.take({ offset: 0, length: 10 })).rejects.toMatchObject({ code: 'SourceShrank' });
});
