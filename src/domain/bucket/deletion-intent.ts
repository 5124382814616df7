// What the deletion of a run with deletionPolicy Delete covers: the objects of its attempts and what tells of them, never an object nobody knows, and
// run.json only when nothing else is left to do.
import { parseRunObject } from './keys.ts';

/** As run.json says it once the run is gone. */
export interface DeletionIntent {
  readonly runUid: string;
  readonly upToAttempt: number;
  /** Objects may be gone already: nobody can take over what is left. */
  readonly begun: boolean;
}

export interface Covered<T> {
  /** To be deleted first, in any order. */
  readonly objects: readonly T[];
  /** run.json: last of all. */
  readonly marker: readonly T[];
  /** Not of the attempts, or of later ones: they stay. */
  readonly left: readonly T[];
}

/** Sorts a complete listing of the run's prefix (trailing slash included), of objects or of versions of them. */
export function coveredBy<T extends { readonly key: string }>(
  { upToAttempt }: Pick<DeletionIntent, 'upToAttempt'>,
  prefix: string,
  listing: readonly T[],
): Covered<T> {
  const objects: T[] = [];
  const marker: T[] = [];
  const left: T[] = [];
  for (const listed of listing) {
    const object = listed.key.startsWith(prefix)
      ? parseRunObject(listed.key.slice(prefix.length))
      : undefined;
    if (object?.is === 'Run') marker.push(listed);
    else if (object?.is === 'Deletions') objects.push(listed);
    else if (object !== undefined && object.attempt.number <= upToAttempt) objects.push(listed);
    else left.push(listed);
  }
  return { objects, marker, left };
}
