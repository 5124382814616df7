// The genuine files of the real trainer, against the truth read back with torch.load.
import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { verifyEntries } from '../../src/checkpoint/entry-verification.ts';
import { inspectCheckpoint, isResumable } from '../../src/checkpoint/inspection.ts';
import { readDirectory } from '../../src/checkpoint/zip-directory.ts';
import { memorySource } from '../support/byte-sources.ts';

const folder = new URL('../fixtures/f5-tts/', import.meta.url);
const load = (name: string): Uint8Array => readFileSync(new URL(name, folder));
const { _comment, ...expected } = JSON.parse(
  readFileSync(new URL('expected.json', folder), 'utf8'),
) as Record<string, Readonly<Record<string, unknown>>>;

const names = Object.keys(expected);

test.each(Object.entries(expected))('%s tells what the trainer wrote', async (name, { note, ...truth }) => {
  expect([undefined, expect.any(String)]).toContainEqual(note);
  const source = memorySource(load(name));
  const sizeBytes = load(name).length;
  expect(await inspectCheckpoint(source)).toEqual({ ...truth, sizeBytes, complete: true, problems: [] });
  expect(source.reads.length).toBeLessThanOrEqual(2);
});

test.each(names.filter((name) => name.endsWith('.pt')))('%s verifies; its CRC32 is known', async (name) => {
  const source = memorySource(load(name));
  const reading = await readDirectory(source);
  if (reading.kind !== 'complete') throw new Error(reading.problem.message);
  const fileCrc32 = crc32(load(name));
  expect(await verifyEntries(source, reading.directory)).toEqual({ verdict: 'verified', fileCrc32 });
});

test.each(Object.entries(expected))('only full checkpoints are resumable: %s', async (name, want) => {
  expect(isResumable(await inspectCheckpoint(memorySource(load(name))))).toBe(want['kind'] === 'full');
});
