// Small files of ours on the scratch volume: read whole, and replaced whole or not at all.
import type { Disk } from '../ports/disk.ts';

const mostBytes = 65_536;

/** The text of a file; undefined when it does not exist. What is longer than any note of ours is cut. */
export async function readSmallFile(disk: Disk, path: string): Promise<string | undefined> {
  if ((await disk.stat(path)) === undefined) return undefined;
  const file = await disk.openRead(path);
  try {
    const bytes = new Uint8Array(Math.min(file.sizeBytes, mostBytes));
    return new TextDecoder().decode(bytes.subarray(0, await file.read(0, bytes)));
  } finally {
    await file.close();
  }
}

/** Writes the text beside the file and renames it over it; the directory must exist. */
export async function replaceFile(disk: Disk, path: string, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  const draft = `${path}.part`;
  await disk.remove(draft);
  const file = await disk.create(draft, bytes.byteLength);
  file.write(0, bytes);
  await file.commit();
  await disk.rename(draft, path);
}
