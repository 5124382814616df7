// Keeps each store's client open while its address and credentials stay the same, and remembers what it was seen able to do.
import type { CheckpointStore } from '../../api/store.ts';
import { fingerprintOf } from '../../domain/fingerprint.ts';
import type { Seconds } from '../../domain/units.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ObjectStore, OpenObjectStore, StoreCapabilities } from '../../ports/objects.ts';
import type { Access } from './credentials.ts';
import { Patience } from './patience.ts';
import { askPatiently } from './patient-objects.ts';

/** So long the passes over runs ask nothing of a server that was silent: it would hold a worker each. */
const quietSeconds: Seconds = 10;

export interface OpenStoresSetup {
  readonly open: OpenObjectStore;
  readonly clock: Clock;
  /** Told of a store whose server did not answer a run. */
  readonly onAway: (name: string) => void;
}

export interface OpenedStore {
  /** For checks of the store, which ask at any time. */
  readonly objects: ObjectStore;
  /** For runs, which are told at once while the server is silent. */
  readonly forRuns: ObjectStore;
  /** The last probe that went well, on the monotonic clock in milliseconds; undefined: it must be probed. */
  probe: { readonly at: number; readonly capabilities: StoreCapabilities } | undefined;
}

export class OpenStores {
  readonly #setup: OpenStoresSetup;
  readonly #opened = new Map<string, { readonly key: string; readonly store: OpenedStore }>();

  constructor(setup: OpenStoresSetup) {
    this.#setup = setup;
  }

  /** The store's client; a new one after its spec or its Secret changed. */
  open({ metadata, spec: { s3 } }: CheckpointStore, access: Access): OpenedStore {
    const key = fingerprintOf({ uid: metadata.uid, s3, version: access.version });
    const known = this.#opened.get(metadata.name);
    if (known?.key === key) return known.store;
    const { endpoint, region, bucket, forcePathStyle, caBundle } = s3;
    const { open, clock, onAway } = this.#setup;
    const objects = open({ endpoint, region, bucket, forcePathStyle, caBundle }, access.credentials);
    const shared = {
      clock,
      where: `s3://${bucket} at ${endpoint ?? 'AWS'}`,
      trouble: () => objects.trouble(),
    };
    const forChecks = new Patience({ ...shared, quietSeconds: 0 });
    const forRuns = new Patience({ ...shared, quietSeconds, onAway: () => onAway(metadata.name) });
    const store: OpenedStore = {
      objects: askPatiently(objects, forChecks),
      forRuns: askPatiently(objects, forRuns),
      probe: undefined,
    };
    this.#opened.set(metadata.name, { key, store });
    return store;
  }

  forget(name: string): void {
    this.#opened.delete(name);
  }
}
