// The memory that answers are read into: used again once what they say was taken out, never before, and grown for a long one.
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { LeanAnswer } from '../../src/s3/lean-answer.ts';
import { readObjects } from '../../src/s3/listing-answer.ts';
import { SpareBuffers } from '../../src/s3/spare-buffers.ts';

const entry = (key: string): string =>
  `<Contents><Key>${key}</Key><LastModified>2026-01-02T03:04:05Z</LastModified><ETag>"e"</ETag><Size>1</Size></Contents>`;

const page = (keys: readonly string[]): string =>
  `<ListBucketResult><IsTruncated>false</IsTruncated>${keys.map(entry).join('')}</ListBucketResult>`;

const names = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, nth) => `${prefix}${nth}`);

async function arrived(spare: SpareBuffers, keys: readonly string[]): Promise<LeanAnswer> {
  const answer = new LeanAnswer(spare);
  const bytes = Buffer.from(page(keys));
  const [one, other] = [bytes.subarray(0, 1000), bytes.subarray(1000)];
  const response = { statusCode: 200, body: Readable.from([one, other]) };
  await answer.taking(async () => ({ response }))({});
  return answer;
}

const keysOf = (answer: LeanAnswer): readonly string[] => readObjects(answer).entries.map(({ key }) => key);

test('an answer that was read leaves its memory to the next one, and what was read stays', async () => {
  const spare = new SpareBuffers();
  const first = await arrived(spare, names('a', 100));
  const memory = first.bytes.buffer;
  const read = keysOf(first);
  const second = await arrived(spare, names('b', 100));
  expect(second.bytes.buffer === memory).toBe(true);
  expect(keysOf(second)).toEqual(names('b', 100));
  expect(read).toEqual(names('a', 100));
  expect(() => readObjects(first)).toThrow('an answer without a body');
});

test('an answer that was not read yet shares its memory with nobody', async () => {
  const spare = new SpareBuffers();
  const first = await arrived(spare, names('a', 100));
  const second = await arrived(spare, names('b', 100));
  expect(second.bytes.buffer === first.bytes.buffer).toBe(false);
  expect(keysOf(first)).toEqual(names('a', 100));
  expect(keysOf(second)).toEqual(names('b', 100));
});

test('an answer that is refused leaves its memory too', async () => {
  const spare = new SpareBuffers();
  const first = await arrived(spare, ['']);
  const memory = first.bytes.buffer;
  expect(() => readObjects(first)).toThrow('a listed object without key');
  const second = await arrived(spare, ['a']);
  expect(second.bytes.buffer === memory).toBe(true);
});

test('an answer that is longer than common ones is read whole', async () => {
  const spare = new SpareBuffers();
  const keys = names('k'.repeat(900), 1000);
  expect(keysOf(await arrived(spare, keys))).toEqual(keys);
  expect(keysOf(await arrived(spare, ['short']))).toEqual(['short']);
});
