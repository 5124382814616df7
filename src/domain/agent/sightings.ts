// What repeated looks at a directory tell about its files: which are at rest, which have gone. A file is written in place,
// so only its size, time and inode tell one writing of it from the next.
import type { Bytes } from '../units.ts';
import { type CheckpointFile, parseCheckpointFile } from './checkpoint-files.ts';

/** How a file looked; another look means that it was written, or is another file. */
export interface Look {
  readonly inode: bigint;
  readonly modifiedAt: bigint;
  readonly sizeBytes: Bytes;
}

/** A checkpoint file as it was seen lately. */
export interface Sighting {
  readonly name: string;
  readonly file: CheckpointFile;
  readonly look: Look;
  /** How often in a row it was seen with this look. */
  readonly times: number;
  /** When it was first seen with this look; the caller's monotonic milliseconds. */
  readonly since: number;
  /** When it began to change without rest, or was first seen. */
  readonly movingSince: number;
}

export type Sightings = ReadonlyMap<string, Sighting>;

export const isSameLook = (a: Look, b: Look): boolean =>
  a.inode === b.inode && a.modifiedAt === b.modifiedAt && a.sizeBytes === b.sizeBytes;

/** The sightings after one more look. Names the trainer does not write are passed over. */
export function look(
  before: Sightings,
  found: readonly (Look & { readonly name: string })[],
  now: number,
): Sightings {
  const after = new Map<string, Sighting>();
  for (const { name, inode, modifiedAt, sizeBytes } of found) {
    const file = parseCheckpointFile(name);
    if (file === undefined) continue;
    const seen = { inode, modifiedAt, sizeBytes };
    const known = before.get(name);
    const isAsBefore = known !== undefined && isSameLook(known.look, seen);
    const movingSince = known === undefined || isAtRest(known) ? now : known.movingSince;
    after.set(
      name,
      isAsBefore
        ? { ...known, times: known.times + 1 }
        : { name, file, look: seen, times: 1, since: now, movingSince },
    );
  }
  return after;
}

/** True when the file did not change between two looks. It may still be a writer's pause: its content must confirm it. */
export const isAtRest = ({ times }: Sighting): boolean => times >= 2;

/** A file that was not at rest for so long is not waited for any more. */
const restlessMilliseconds = 3_000;

/**
 * True when the file changed again and again: somebody saves faster than two looks follow each other, or a save takes
 * long. Only a proof of a snapshot can tell which.
 */
export const isRestless = (sighting: Sighting, now: number): boolean =>
  !isAtRest(sighting) && now - sighting.movingSince >= restlessMilliseconds;

/** The Step files that were there and are no more, though nobody here removed them. */
export const findVanished = (
  before: Sightings,
  after: Sightings,
  removed: ReadonlySet<string>,
): readonly string[] =>
  [...before.values()]
    .filter(({ name, file }) => file.kind === 'Step' && !after.has(name) && !removed.has(name))
    .map(({ name }) => name);
