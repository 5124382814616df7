// Reading ahead: the same bytes whatever is asked for, each block fetched once on the way forward, no more in memory than said.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readAhead } from '../../src/cli/read-ahead.ts';
import { memorySource } from '../support/byte-sources.ts';
import { runs } from '../support/counts.ts';
import { sample } from '../support/object-samples.ts';

const bytes = sample(10_000);

test('a pass forward fetches each block once', async () => {
  const source = memorySource(bytes);
  const ahead = readAhead(source, { blockBytes: 1024, blocks: 3 });
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 100) parts.push(await ahead.read(at, 100));
  expect(Buffer.compare(Buffer.concat(parts), bytes)).toBe(0);
  expect(source.reads.map(({ offset }) => offset)).toEqual(
    Array.from({ length: 10 }, (_, index) => index * 1024),
  );
});

test('whatever is read in whatever order, the bytes are those of the source', async () => {
  const reads = fc.array(fc.tuple(fc.nat({ max: 11_000 }), fc.nat({ max: 3000 })), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(reads, fc.integer({ min: 1, max: 4 }), async (asked, blocks) => {
      const ahead = readAhead(memorySource(bytes), { blockBytes: 1024, blocks });
      for (const [offset, length] of asked) {
        const found = await ahead.read(offset, length);
        expect(Buffer.compare(found, bytes.subarray(offset, offset + length))).toBe(0);
      }
    }),
    { numRuns: runs(100, 5000) },
  );
});

test('a failure ahead is told to whoever comes to it, and to nobody else', async () => {
  const source = memorySource(bytes);
  const failing = {
    size: source.size,
    read: async (offset: number, length: number) => {
      if (offset >= 2048) throw new Error('away');
      return source.read(offset, length);
    },
  };
  const ahead = readAhead(failing, { blockBytes: 1024, blocks: 4 });
  expect(await ahead.read(0, 1024)).toHaveLength(1024);
  expect(await ahead.read(1024, 1024)).toHaveLength(1024);
  await expect(ahead.read(2048, 10)).rejects.toThrow('away');
});
