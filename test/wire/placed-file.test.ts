// The note restore leaves for sync: read back as written, whatever the inode and the time; anything else is refused.
import { assert, bigInt, maxSafeNat, nat, property, record, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DocumentError } from '../../src/wire/document.ts';
import { type PlacedFile, placedFile } from '../../src/wire/placed-file.ts';

const placed = record({
  name: string(),
  key: string(),
  attempt: record({
    number: nat({ max: 9998 }).map((n) => n + 1),
    pod: nat().map((n) => n.toString(16).padStart(8, '0')),
  }),
  update: maxSafeNat(),
  inode: bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  modifiedAt: bigInt({ min: 0n, max: 2n ** 63n }),
  sizeBytes: maxSafeNat(),
});

describe('placed.json', () => {
  test('is read back as it was written, to the last digit of 64 bits', () => {
    assert(
      property(placed, (file) => {
        const note: PlacedFile = { version: 1, placed: file };
        expect(placedFile.parse(placedFile.format(note), 'placed.json')).toEqual(note);
      }),
    );
    const scratch: PlacedFile = { version: 1, placed: null };
    expect(placedFile.parse(placedFile.format(scratch), 'placed.json')).toEqual(scratch);
  });

  test.each([
    { name: 'half a note', text: '{"version":1,"pla' },
    { name: 'another document', text: '{"version":1}' },
    { name: 'a newer layout', text: '{"version":2,"placed":null}' },
    {
      name: 'a negative inode',
      text: '{"version":1,"placed":{"name":"model_last.pt","key":"k","attempt":"0001-11111111","update":1,"inode":"-1","modifiedAt":"1","sizeBytes":1}}',
    },
  ])('$name is refused', ({ text }) => {
    expect(() => placedFile.parse(text, 'placed.json')).toThrow(DocumentError);
  });
});
