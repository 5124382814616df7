// The order of all writes: one counter of resource versions, the events since the last compaction, and who is told of each.
import type { KubeObject } from '../../../src/ports/kube-objects.ts';
import { ApiError } from './api-error.ts';

/** An object at rest; frozen, so that whoever gets it may keep it. */
export interface StoredObject extends KubeObject {
  readonly [field: string]: unknown;
}

export interface StorageEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** `group/plural`; see {@link tableName}. */
  readonly table: string;
  readonly resourceVersion: number;
  readonly object: StoredObject;
  /** What it was before; undefined for ADDED. */
  readonly before: StoredObject | undefined;
}

export type EventListener = (event: StorageEvent) => void;

export class Journal {
  #resourceVersion = 100;
  #compactedAt = 0;
  #events: StorageEvent[] = [];
  readonly #listeners = new Set<EventListener>();

  /** The version of the last write. */
  get resourceVersion(): number {
    return this.#resourceVersion;
  }

  nextVersion(): number {
    this.#resourceVersion += 1;
    return this.#resourceVersion;
  }

  append(event: StorageEvent): void {
    this.#events.push(event);
    for (const listener of this.#listeners) listener(event);
  }

  /** The events of a table after a version; throws Expired (410) when they are no longer kept. */
  since(table: string, resourceVersion: number): readonly StorageEvent[] {
    if (resourceVersion < this.#compactedAt) {
      throw new ApiError('Expired', `too old resource version: ${resourceVersion} (${this.#compactedAt})`);
    }
    return this.#events.filter((event) => event.table === table && event.resourceVersion > resourceVersion);
  }

  /** Forgets all events so far, as etcd's compaction does: older watches get 410. */
  compact(): void {
    this.#compactedAt = this.#resourceVersion;
    this.#events = [];
  }

  subscribe(listener: EventListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }
}
