// Checkpoints of any size: a genuine one with a filler beside its tensors, laid out as torch does. For uploads in many parts.
import { readDirectory } from '../../src/checkpoint/zip-directory.ts';
import { memorySource } from './byte-sources.ts';
import { checkpointAt } from './checkpoints.ts';
import { sample } from './object-samples.ts';
import { type ArchiveEntry, buildArchive } from './torch-archive.ts';

export interface LargeCheckpoint {
  readonly update: number;
  /** The stem of the file it is saved to, which every entry repeats. */
  readonly stem: string;
  readonly fillerBytes: number;
}

/** A complete, resumable checkpoint. The same update has the same state under every stem. */
export async function largeCheckpoint({ update, stem, fillerBytes }: LargeCheckpoint): Promise<Buffer> {
  const genuine = Buffer.from(checkpointAt(update));
  const reading = await readDirectory(memorySource(genuine));
  if (reading.kind !== 'complete') throw new Error(reading.problem.message);
  const { entries, prefix } = reading.directory;
  const copied: ArchiveEntry[] = entries.map(({ name, offset, nameLength, size }) => {
    const data = offset + 30 + nameLength + genuine.readUInt16LE(offset + 28);
    return { name: `${stem}${name.slice(prefix.length)}`, data: genuine.subarray(data, data + size) };
  });
  const filler = { name: `${stem}/data/filler`, data: sample(fillerBytes, update + 1) };
  return buildArchive([...copied, filler]);
}
