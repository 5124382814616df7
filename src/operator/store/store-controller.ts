// Wires the store controller: which changes ask for a look at a store, and how others wait for the first one.
import { fingerprintOf } from '../../domain/fingerprint.ts';
import type { OperatorFlags } from '../../domain/retention/settings.ts';
import type { StoreUsage, SweptUsage } from '../../domain/store/usage.ts';
import type { Seconds } from '../../domain/units.ts';
import { isDefaultStore } from '../../observation/store-facts.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CacheChange, Cache, Cluster } from '../../ports/cluster.ts';
import type { KubeObject } from '../../ports/kube-objects.ts';
import type { Log } from '../../ports/log.ts';
import type { LoopMetrics } from '../../ports/loop-metrics.ts';
import type { OpenObjectStore } from '../../ports/objects.ts';
import { Loop } from '../engine/loop.ts';
import { OpenStores } from './open-stores.ts';
import { makeStoreReconcile } from './reconcile.ts';
import { StoreRegistry } from './store-registry.ts';

export interface StoreControllerSetup {
  readonly cluster: Cluster;
  readonly stores: Cache<KubeObject>;
  readonly openObjectStore: OpenObjectStore;
  readonly operatorNamespace: string;
  /** What holds of retention without any policy. */
  readonly operator: OperatorFlags;
  readonly clusterUid: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly chance: () => number;
  readonly metrics?: LoopMetrics;
}

/** A store whose server does not answer holds a worker until the adapter gives up. */
const workers = 4;

export class StoreController {
  readonly registry = new StoreRegistry();
  readonly #setup: StoreControllerSetup;
  readonly #loop: Loop;
  readonly #usages = new Map<string, SweptUsage>();

  constructor(setup: StoreControllerSetup) {
    const { openObjectStore: open, ...rest } = setup;
    const onAway = (name: string): void => this.#loop.addAfter(name, 1);
    const opened = new OpenStores({ open, clock: setup.clock, onAway });
    const world = { ...rest, registry: this.registry, opened, usages: this.#usages };
    this.#setup = setup;
    this.#loop = new Loop({ ...rest, name: 'store', workers, reconcile: makeStoreReconcile(world) });
  }

  /** Tells in the store's status what a sweep counted. */
  noteUsage(name: string, usage: StoreUsage): void {
    const isSame = fingerprintOf(this.#usages.get(name)?.usage) === fingerprintOf(usage);
    this.#usages.set(name, { usage, sweptAt: this.#setup.clock.now() });
    if (!isSame) this.#loop.add(name);
  }

  /** Looks at every store now, and again on changes and from time to time, until a signal is aborted: see {@link Loop.run}. */
  async run(signal: AbortSignal, atOnce?: AbortSignal): Promise<void> {
    const { stores } = this.#setup;
    const either = AbortSignal.any([signal, ...(atOnce === undefined ? [] : [atOnce])]);
    const stopListening = stores.onChange((change) => this.#changed(change));
    await stores.synced(either);
    this.#addAll();
    await this.#loop.run(signal, atOnce);
    stopListening();
  }

  /** Resolves when every store that exists now was looked at once, at the latest after `seconds`. */
  async firstLook(seconds: Seconds, signal: AbortSignal): Promise<void> {
    const { stores, clock } = this.#setup;
    await stores.synced(signal);
    const names = [...stores.values()].map(({ metadata }) => metadata.name);
    const isOver = (): boolean =>
      names.every((name) => this.registry.isKnown(name) || stores.get(name) === undefined);
    const over = new AbortController();
    const stopListening = this.registry.onChange(() => {
      if (isOver()) over.abort();
    });
    if (isOver()) over.abort();
    await clock.sleep(seconds * 1000, AbortSignal.any([over.signal, signal])).catch(() => undefined);
    stopListening();
    signal.throwIfAborted();
  }

  // A change of status is our own; looking again for it would never end while the message changes.
  #changed({ key, before, after }: CacheChange<KubeObject>): void {
    // Who lies in whose prefix, and whose claim is left over, can change with every store that comes or goes.
    if (before === undefined || after === undefined) this.#addAll();
    else if (!isSameWish(before, after)) this.#loop.add(key);
    if (after === undefined) this.#loop.add(key);
  }

  #addAll(): void {
    for (const { metadata } of this.#setup.stores.values()) this.#loop.add(metadata.name);
  }
}

const isSameWish = (a: KubeObject, b: KubeObject): boolean =>
  a.metadata.uid === b.metadata.uid &&
  a.metadata.generation === b.metadata.generation &&
  a.metadata.deletionTimestamp === b.metadata.deletionTimestamp &&
  isDefaultStore(a) === isDefaultStore(b);
