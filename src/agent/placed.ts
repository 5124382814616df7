// The note about the file restore placed, on the scratch volume. A note that cannot be read is as good as none: what
// was placed would then be sent back once, which harms nobody.
import type { FileFacts } from '../ports/disk.ts';
import { DocumentError } from '../wire/document.ts';
import { type PlacedFile, placedFile, placedFileName } from '../wire/placed-file.ts';
import { type AgentWorld, privatePath } from './world.ts';

/** Notes what was placed; the private directory must exist. */
export async function writePlaced(world: AgentWorld, note: PlacedFile): Promise<void> {
  const bytes = new TextEncoder().encode(placedFile.format(note));
  const draft = privatePath(world, `${placedFileName}.part`);
  await world.disk.remove(draft);
  const file = await world.disk.create(draft, bytes.byteLength);
  file.write(0, bytes);
  await file.commit();
  await world.disk.rename(draft, privatePath(world, placedFileName));
}

/** The note, undefined when there is none. */
export async function readPlaced(world: AgentWorld): Promise<PlacedFile | undefined> {
  const path = privatePath(world, placedFileName);
  if ((await world.disk.stat(path)) === undefined) return undefined;
  const file = await world.disk.openRead(path);
  try {
    const bytes = new Uint8Array(Math.min(file.sizeBytes, 65_536));
    return placedFile.parse(new TextDecoder().decode(bytes.subarray(0, await file.read(0, bytes))), path);
  } catch (cause) {
    if (!(cause instanceof DocumentError)) throw cause;
    world.log.warn({ cause: cause.message }, 'the note about the placed file cannot be read');
    return undefined;
  } finally {
    await file.close();
  }
}

/** True when these facts are of the file that was placed, untouched since. */
export function isPlaced(note: PlacedFile | undefined, facts: FileFacts): boolean {
  const placed = note?.placed;
  return (
    placed !== undefined &&
    placed !== null &&
    facts.name === placed.name &&
    facts.inode === placed.inode &&
    facts.modifiedAt === placed.modifiedAt &&
    facts.sizeBytes === placed.sizeBytes
  );
}
