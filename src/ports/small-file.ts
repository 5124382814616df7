// Small text files of ours on any Disk: read whole, and replaced whole or not at all. What is too long to be ours is not read.
import type { Bytes } from '../domain/units.ts';
import type { Disk } from './disk.ts';

/** The text; undefined when there is no such file, or one longer than `mostBytes`. */
export async function readSmallFile(
  disk: Pick<Disk, 'stat' | 'openRead'>,
  path: string,
  mostBytes: Bytes,
): Promise<string | undefined> {
  const facts = await disk.stat(path);
  if (facts?.isFile !== true || facts.sizeBytes > mostBytes) return undefined;
  const file = await disk.openRead(path);
  try {
    const bytes = new Uint8Array(Math.min(file.sizeBytes, mostBytes));
    return new TextDecoder().decode(bytes.subarray(0, await file.read(0, bytes)));
  } finally {
    await file.close();
  }
}

/** Writes the text beside the file and renames it over it; the directory must exist. What fails leaves the file as it was. */
export async function replaceSmallFile(
  disk: Pick<Disk, 'create' | 'remove' | 'rename'>,
  path: string,
  text: string,
): Promise<void> {
  const draft = `${path}.new`;
  const bytes = new TextEncoder().encode(text);
  await disk.remove(draft);
  const file = await disk.create(draft, bytes.byteLength);
  try {
    file.write(0, bytes);
    await file.commit();
  } catch (cause) {
    await file.discard();
    throw cause;
  }
  await disk.rename(draft, path);
}
