// What sync notes for its own next start comes back as it was written; anything else is refused by name.
import { expect, test } from 'vitest';
import { type SyncNote, syncNote } from '../../src/wire/sync-note.ts';

const content = { kind: 'Last', update: 55_000, sizeBytes: 5_394_161_632, crc32: 0xffff_ffff } as const;
const note: SyncNote = {
  version: 1,
  held: { ...content, name: 'model_last.pt' },
  uploads: [{ ...content, uploadId: 'VXBsb2FkIElE' }],
};

test('a note is read back as it was written', () => {
  expect(syncNote.parse(syncNote.format(note), 'sync.json')).toEqual(note);
  const empty: SyncNote = { version: 1, held: null, uploads: [] };
  expect(syncNote.parse(syncNote.format(empty), 'sync.json')).toEqual(empty);
});

test.each([
  { name: 'half a note', text: syncNote.format(note).slice(0, 40) },
  { name: 'a CRC32 that is none', text: syncNote.format(note).replaceAll('4294967295', '4294967296') },
  { name: 'an upload without id', text: syncNote.format(note).replace('VXBsb2FkIElE', '') },
  { name: 'another kind', text: syncNote.format(note).replaceAll('"Last"', '"Best"') },
])('$name is refused', ({ text }) => {
  expect(() => syncNote.parse(text, 'sync.json')).toThrow(/sync\.json is not/);
});
