// The watches of the in-memory Cluster: each change reaches every cache in a microtask, or when a test releases what it holds back.
import type { ObjectCache } from '../../src/kube/object-cache.ts';
import type { ListScope } from '../../src/ports/cluster.ts';
import type { StorageEvent, StoredObject } from './object-storage/journal.ts';
import { parseLabelSelector } from './object-storage/label-selector.ts';
import { type Table, tableName } from './object-storage/object-rows.ts';
import type { ObjectStorage } from './object-storage/object-storage.ts';

export interface FakeWatch {
  readonly cache: ObjectCache<StoredObject>;
  readonly resource: Table;
  readonly scope: ListScope;
}

export class FakeWatches {
  readonly #storage: ObjectStorage;
  readonly #pending: (() => void)[] = [];
  #holds = 0;

  constructor(storage: ObjectStorage) {
    this.#storage = storage;
  }

  open({ cache, resource, scope }: FakeWatch, signal: AbortSignal): void {
    const matches = parseLabelSelector(scope.labelSelector);
    const within = (object: StoredObject): boolean =>
      (scope.namespace === undefined || scope.namespace === object.metadata.namespace) &&
      matches(object.metadata.labels);
    const deliver = ({ type, object, before }: StorageEvent): void => {
      if (signal.aborted) return;
      if (type !== 'DELETED' && within(object)) cache.put(object);
      else if (before !== undefined && within(before)) cache.remove(object);
    };
    const listed = this.#storage.list(resource, scope);
    this.#enqueue(() => {
      if (!signal.aborted) cache.replace(listed);
    });
    const subscription = this.#storage.journal.subscribe((event) => {
      if (event.table === tableName(resource)) this.#enqueue(() => deliver(event));
    });
    signal.addEventListener('abort', () => subscription[Symbol.dispose](), { once: true });
  }

  /** Holds back every delivery, so that caches lag behind the API server, until disposed. */
  hold(): Disposable {
    this.#holds += 1;
    return {
      [Symbol.dispose]: () => {
        this.#holds -= 1;
        this.#deliver();
      },
    };
  }

  #enqueue(delivery: () => void): void {
    this.#pending.push(delivery);
    queueMicrotask(() => this.#deliver());
  }

  #deliver(): void {
    while (this.#holds === 0) {
      const delivery = this.#pending.shift();
      if (delivery === undefined) return;
      delivery();
    }
  }
}
