// A genuine checkpoint made large: its own entries, and storages that nothing names after them.
import { readFileSync } from 'node:fs';
import { sample } from './object-samples.ts';
import { type ArchiveEntry, buildArchive } from './torch-archive.ts';

const fixture = readFileSync(`${import.meta.dirname}/../fixtures/f5-tts/full-update48.pt`);
const MB = 1_000_000;

/** The entries of the fixture, by walking its local headers' descriptors from the directory at its end. */
function entriesOf(archive: Buffer): readonly ArchiveEntry[] {
  const end = archive.lastIndexOf(Buffer.from('PK\u0005\u0006', 'latin1'));
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  return Array.from({ length: count }, () => {
    const [nameLength, extraLength] = [archive.readUInt16LE(at + 28), archive.readUInt16LE(at + 30)];
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    const size = archive.readUInt32LE(at + 24);
    const local = archive.readUInt32LE(at + 42);
    const data = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    at += 46 + nameLength + extraLength + archive.readUInt16LE(at + 32);
    return { name, data: archive.subarray(data, data + size) };
  });
}

/** A complete, resumable checkpoint at update 48 of about so many megabytes; another seed makes other bytes. */
export function largeCheckpoint(megabytes: number, seed = 1): Uint8Array {
  const ballast = Array.from({ length: megabytes }, (_, index) => ({
    name: `model_last/data/9000${index}`,
    data: Buffer.from(sample(MB, seed + index)),
  }));
  return new Uint8Array(buildArchive([...entriesOf(fixture), ...ballast]));
}
