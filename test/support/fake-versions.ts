// What a fake object store with versioning keeps of objects that were overwritten or deleted, and its delete markers.
import type { ListedVersion } from '../../src/ports/scan.ts';
import type { FakeObject } from './fake-uploads.ts';

type Objects = Map<string, FakeObject>;

interface Past {
  readonly versionId: string;
  readonly savedAt: number;
  /** Undefined: a delete marker. */
  readonly object: FakeObject | undefined;
}

export class FakeVersions {
  readonly #objects: Objects;
  readonly #ids = new WeakMap<FakeObject, string>();
  /** Newest first; what is current is not in here, but for a delete marker. */
  readonly #past = new Map<string, Past[]>();
  #count = 0;

  constructor(objects: Objects) {
    this.#objects = objects;
  }

  /** Keeps what has this key now, before something else takes its place. */
  supersede(key: string): void {
    const object = this.#objects.get(key);
    if (object === undefined) return;
    this.#pastOf(key).unshift({ versionId: this.#idOf(object), savedAt: object.savedAt, object });
  }

  /** Gives the object that has this key now a version of its own. */
  begin(key: string): void {
    const object = this.#objects.get(key);
    if (object !== undefined) this.#ids.set(object, this.#nextId());
  }

  /** Hides the key behind a delete marker. */
  mark(key: string, savedAt: number): void {
    this.supersede(key);
    this.#objects.delete(key);
    this.#pastOf(key).unshift({ versionId: this.#nextId(), savedAt, object: undefined });
  }

  /** Removes one version for good; what lay below it comes to light. */
  remove(key: string, versionId: string): void {
    const current = this.#objects.get(key);
    const past = this.#pastOf(key);
    if (current !== undefined && this.#idOf(current) === versionId) this.#objects.delete(key);
    const index = past.findIndex((entry) => entry.versionId === versionId);
    if (index >= 0) past.splice(index, 1);
    const [newest] = past;
    if (this.#objects.has(key) || newest?.object === undefined) return;
    this.#objects.set(key, newest.object);
    this.#ids.set(newest.object, newest.versionId);
    past.shift();
  }

  /** Every version below a prefix. */
  below(prefix: string): readonly ListedVersion[] {
    const keys = [...new Set([...this.#objects.keys(), ...this.#past.keys()])];
    return keys.filter((key) => key.startsWith(prefix)).flatMap((key) => this.#of(key));
  }

  #of(key: string): readonly ListedVersion[] {
    const object = this.#objects.get(key);
    const past = this.#past.get(key) ?? [];
    const current = object === undefined ? [] : [{ versionId: this.#idOf(object), ...facts(object) }];
    const entries = [...current, ...past];
    return entries.map((entry, index) => ({
      key,
      versionId: entry.versionId,
      savedAt: entry.savedAt,
      sizeBytes: entry.object?.bytes.length ?? 0,
      etag: entry.object?.etag ?? '',
      isLatest: index === 0,
      isDeleteMarker: entry.object === undefined,
    }));
  }

  #pastOf(key: string): Past[] {
    const past = this.#past.get(key) ?? [];
    this.#past.set(key, past);
    return past;
  }

  #idOf(object: FakeObject): string {
    return this.#ids.get(object) ?? 'null';
  }

  #nextId(): string {
    this.#count += 1;
    return `version-${this.#count}`;
  }
}

const facts = (object: FakeObject): Omit<Past, 'versionId'> => ({ savedAt: object.savedAt, object });
