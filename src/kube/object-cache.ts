// The local copy behind a watch: what was heard of a kind, by name and by label, and who is told of changes.
// It never asks the API server anything, and no listener or odd object can stop it.
import type { Clock } from '../ports/clock.ts';
import { type Cache, type CacheChange, cacheKey } from '../ports/cluster.ts';
import type { KubeObject } from '../ports/kube-objects.ts';
import type { Log } from '../ports/log.ts';
import { untilAborted } from './abortable.ts';

type Listener<T> = (change: CacheChange<T>) => void;

export interface ObjectCacheOptions {
  readonly indexLabels: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
}

export class ObjectCache<T extends KubeObject> implements Cache<T> {
  readonly #objects = new Map<string, T>();
  /** label → value → keys */
  readonly #indexes: ReadonlyMap<string, Map<string, Set<string>>>;
  readonly #listeners = new Set<Listener<T>>();
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #synced = Promise.withResolvers<void>();
  #heardAt: number;

  constructor({ indexLabels, clock, log }: ObjectCacheOptions) {
    this.#indexes = new Map(indexLabels.map((label) => [label, new Map<string, Set<string>>()]));
    this.#clock = clock;
    this.#log = log;
    this.#heardAt = clock.monotonic();
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  values(): Iterable<T> {
    return this.#objects.values();
  }

  labelled(label: string, value: string): readonly T[] {
    const index = this.#indexes.get(label);
    if (index === undefined) throw new Error(`label ${label} was not named when the watch was opened`);
    const keys = [...(index.get(value) ?? [])];
    return keys.flatMap((key) => this.#objects.get(key) ?? []);
  }

  onChange(listener: Listener<T>): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  synced(signal: AbortSignal): Promise<void> {
    return untilAborted(this.#synced.promise, signal);
  }

  silence(): number {
    return this.#clock.monotonic() - this.#heardAt;
  }

  /** The API server said something, if only that it is there. */
  heard(): void {
    this.#heardAt = this.#clock.monotonic();
  }

  /** Takes a complete list: what is not in it is gone. Tells the differences only. */
  replace(objects: readonly T[]): void {
    const listed = new Set(objects.map((object) => cacheKey(object.metadata)));
    const gone = [...this.#objects.keys()].filter((key) => !listed.has(key));
    const changes = [
      ...gone.flatMap((key) => this.#drop(key)),
      ...objects.flatMap((object) => this.#store(object)),
    ];
    this.heard();
    this.#synced.resolve();
    this.#tell(changes);
  }

  /** Takes an object as added or changed. */
  put(object: T): void {
    this.heard();
    this.#tell(this.#store(object));
  }

  /** Takes an object as gone; `last` is its final state. */
  remove(last: T): void {
    this.heard();
    this.#tell(this.#drop(cacheKey(last.metadata)));
  }

  #store(after: T): CacheChange<T>[] {
    const key = cacheKey(after.metadata);
    const before = this.#objects.get(key);
    if (before === undefined) return [this.#set(key, undefined, after)];
    if (before.metadata.uid !== after.metadata.uid) {
      return [...this.#drop(key), this.#set(key, undefined, after)];
    }
    if (before.metadata.resourceVersion === after.metadata.resourceVersion) return [];
    return [this.#set(key, before, after)];
  }

  #set(key: string, before: T | undefined, after: T): CacheChange<T> {
    this.#unindex(key, before);
    this.#objects.set(key, after);
    for (const [label, index] of this.#indexes) {
      const value = after.metadata.labels?.[label];
      if (value === undefined) continue;
      const keys = index.get(value);
      if (keys === undefined) index.set(value, new Set([key]));
      else keys.add(key);
    }
    return { key, before, after };
  }

  #drop(key: string): CacheChange<T>[] {
    const before = this.#objects.get(key);
    if (before === undefined) return [];
    this.#unindex(key, before);
    this.#objects.delete(key);
    return [{ key, before, after: undefined }];
  }

  #unindex(key: string, object: T | undefined): void {
    for (const [label, index] of this.#indexes) {
      const value = object?.metadata.labels?.[label];
      if (value === undefined) continue;
      const keys = index.get(value);
      keys?.delete(key);
      if (keys?.size === 0) index.delete(value);
    }
  }

  #tell(changes: readonly CacheChange<T>[]): void {
    for (const change of changes) {
      for (const listener of this.#listeners) this.#call(listener, change);
    }
  }

  #call(listener: Listener<T>, change: CacheChange<T>): void {
    try {
      listener(change);
    } catch (cause) {
      this.#log.error({ key: change.key, err: cause }, 'a listener of a watch threw');
    }
  }
}
