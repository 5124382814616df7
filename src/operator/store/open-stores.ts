// Keeps each store's client open while its address and credentials stay the same, and remembers what it was seen able to do.
import type { CheckpointStore } from '../../api/store.ts';
import { fingerprintOf } from '../../domain/fingerprint.ts';
import type { ObjectStore, OpenObjectStore, StoreCapabilities } from '../../ports/objects.ts';
import type { Access } from './credentials.ts';

export interface OpenedStore {
  readonly objects: ObjectStore;
  /** The last probe that went well, on the monotonic clock in milliseconds; undefined: it must be probed. */
  probe: { readonly at: number; readonly capabilities: StoreCapabilities } | undefined;
}

export class OpenStores {
  readonly #open: OpenObjectStore;
  readonly #opened = new Map<string, { readonly key: string; readonly store: OpenedStore }>();

  constructor(open: OpenObjectStore) {
    this.#open = open;
  }

  /** The store's client; a new one after its spec or its Secret changed. */
  open({ metadata, spec: { s3 } }: CheckpointStore, access: Access): OpenedStore {
    const key = fingerprintOf({ uid: metadata.uid, s3, version: access.version });
    const known = this.#opened.get(metadata.name);
    if (known?.key === key) return known.store;
    const { endpoint, region, bucket, forcePathStyle, caBundle } = s3;
    const objects = this.#open({ endpoint, region, bucket, forcePathStyle, caBundle }, access.credentials);
    const store: OpenedStore = { objects, probe: undefined };
    this.#opened.set(metadata.name, { key, store });
    return store;
  }

  forget(name: string): void {
    this.#opened.delete(name);
  }
}
