// Small text files of the CLI's own, written whole or not at all.
import type { Disk } from '../ports/disk.ts';

const mostBytes = 32 * 1024 * 1024;

/** The text; undefined when there is no such file, or one too large to be ours. */
export async function readSmallFile(disk: Disk, path: string): Promise<string | undefined> {
  const facts = await disk.stat(path);
  if (facts?.isFile !== true || facts.sizeBytes > mostBytes) return undefined;
  const file = await disk.openRead(path);
  try {
    const bytes = new Uint8Array(file.sizeBytes);
    return new TextDecoder().decode(bytes.subarray(0, await file.read(0, bytes)));
  } finally {
    await file.close();
  }
}

/** Puts the text in the place of whatever has the name. */
export async function writeSmallFile(disk: Disk, path: string, text: string): Promise<void> {
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
