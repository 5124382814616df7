// A pin's document is read back as it was written, and nothing else is taken for one.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type PinDocument, pinDocument } from '../../src/wire/pin-document.ts';
import { runs } from '../support/counts.ts';

const second = fc.nat({ max: 4_000_000_000 }).map((seconds) => seconds * 1000);

const document: fc.Arbitrary<PinDocument> = fc.record({
  version: fc.constant(1 as const),
  runUid: fc.string({ minLength: 1 }),
  attempt: fc.integer({ min: 1, max: 999_999 }),
  update: fc.nat(),
  reason: fc.option(fc.string()),
  until: fc.option(second),
  since: second,
  keys: fc.array(fc.string()),
});

test('every document is read back as it was written', () => {
  fc.assert(
    fc.property(document, (one) => {
      expect(pinDocument.parse(pinDocument.format(one), 'pin')).toEqual(one);
    }),
    { numRuns: runs(200, 20_000) },
  );
});

const good = {
  version: 1,
  runUid: 'u',
  attempt: 1,
  update: 5,
  reason: null,
  until: null,
  since: '2026-11-22T10:00:00Z',
  keys: [],
};

test.each([
  ['an end that is no time', { ...good, until: 'tomorrow' }],
  ['an end that is missing', { ...good, until: undefined }],
  ["the lineage's attempt", { ...good, attempt: 0 }],
  ['no run', { ...good, runUid: '' }],
])('%s is refused', (_what, bad) => {
  expect(() => pinDocument.parse(JSON.stringify(bad), 'pins/x.json')).toThrow(
    'pins/x.json is not what Reprise writes',
  );
});

test('a newer layout is told apart', () => {
  expect(() => pinDocument.parse(JSON.stringify({ ...good, version: 2 }), 'pin')).toThrow('layout version 2');
});
