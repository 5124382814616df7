// The note about the file restore placed, on the scratch volume. A note that cannot be read is as good as none: what
// was placed would then be sent back once, which harms nobody.
import type { FileFacts } from '../ports/disk.ts';
import { readSmallFile, replaceSmallFile } from '../ports/small-file.ts';
import { DocumentError } from '../wire/document.ts';
import { type PlacedFile, placedFile, placedFileName } from '../wire/placed-file.ts';
import { type AgentWorld, mostNoteBytes, privatePath } from './world.ts';

/** Notes what was placed; the private directory must exist. */
export async function writePlaced(world: AgentWorld, note: PlacedFile): Promise<void> {
  await replaceSmallFile(world.disk, privatePath(world, placedFileName), placedFile.format(note));
}

/** The note, undefined when there is none. */
export async function readPlaced(world: AgentWorld): Promise<PlacedFile | undefined> {
  const path = privatePath(world, placedFileName);
  try {
    const text = await readSmallFile(world.disk, path, mostNoteBytes);
    return text === undefined ? undefined : placedFile.parse(text, path);
  } catch (cause) {
    if (!(cause instanceof DocumentError)) throw cause;
    world.log.warn({ cause: cause.message }, 'the note about the placed file cannot be read');
    return undefined;
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
