// What each run.json of a store says. A run.json is read again only when its ETag is another one than the last time.
import type { ListedObject } from '../../domain/bucket/inventory.ts';
import type { MarkerFacts } from '../../domain/run/facts.ts';
import { markerFrom, sideBySide } from '../../observation/bucket-documents.ts';
import type { ObjectStore } from '../../ports/objects.ts';
import { DocumentError } from '../../wire/document.ts';

interface Known {
  readonly etag: string;
  /** Undefined: it is none of ours, or of a newer layout. */
  readonly marker: MarkerFacts | undefined;
}

export class RunMarkers {
  #known: ReadonlyMap<string, Known> = new Map();

  /** What these documents say, by key; one that is gone or cannot be understood is left out. All others are forgotten. */
  async read(
    objects: ObjectStore,
    listed: readonly ListedObject[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, MarkerFacts>> {
    const read = await sideBySide(listed, async (one) => {
      const known = this.#known.get(one.key);
      return [one.key, known?.etag === one.etag ? known : await readMarker(objects, one, signal)] as const;
    });
    this.#known = new Map(read);
    return new Map(read.flatMap(([key, { marker }]) => (marker === undefined ? [] : [[key, marker]])));
  }
}

async function readMarker(objects: ObjectStore, listed: ListedObject, signal: AbortSignal): Promise<Known> {
  const document = await objects.get(listed.key, signal);
  if (document === undefined) return { etag: listed.etag, marker: undefined };
  const { etag } = document;
  try {
    return { etag, marker: markerFrom(document, listed) };
  } catch (cause) {
    if (!(cause instanceof DocumentError)) throw cause;
    return { etag, marker: undefined };
  }
}
