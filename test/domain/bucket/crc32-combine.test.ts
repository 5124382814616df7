import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32Combine } from '../../../src/domain/bucket/crc32-combine.ts';
import { runs } from '../../support/counts.ts';

test('joins the CRC32s of any two byte strings', () => {
  const bytes = fc.uint8Array({ maxLength: 300 });
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      expect(crc32Combine(crc32(a), crc32(b), b.length)).toBe(crc32(Buffer.concat([a, b])));
    }),
    { numRuns: runs(500, 20_000) },
  );
});

test('joins parts as long as an upload has them, one after the other', () => {
  const part = Buffer.alloc(16 * 1024 * 1024, 'checkpoint');
  const joined = [part, part, part].reduce((crc, next) => crc32Combine(crc, crc32(next), next.length), 0);
  expect(joined).toBe(crc32(Buffer.concat([part, part, part])));
});

test('takes lengths beyond 4 GiB: five at once are five times one', () => {
  const gib = 1024 ** 3;
  const block = Buffer.alloc(gib / 64);
  let crc = 0;
  for (let n = 0; n < 64; n += 1) crc = crc32Combine(crc, crc32(block), block.length);
  const oneGib = crc;
  let fiveGib = 0;
  for (let n = 0; n < 5; n += 1) fiveGib = crc32Combine(fiveGib, oneGib, gib);
  let appended = 0x12345678;
  for (let n = 0; n < 5; n += 1) appended = crc32Combine(appended, oneGib, gib);
  expect(crc32Combine(0x12345678, fiveGib, 5 * gib)).toBe(appended);
});
