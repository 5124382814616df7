// The store controller over a fake cluster, fake buckets and a virtual clock.
import { storeNames } from '../../src/api/names.ts';
import { type CheckpointStore, parseStore } from '../../src/api/store.ts';
import { defaultFlags } from '../../src/domain/retention/settings.ts';
import { StoreController } from '../../src/operator/store/store-controller.ts';
import { namespaces, secrets, stores } from '../../src/ports/kinds.ts';
import type { BucketAddress, Credentials } from '../../src/ports/objects.ts';
import { FakeCluster } from './fake-cluster.ts';
import { FakeObjectStore } from './fake-object-store.ts';
import { RecordedLog } from './recorded-log.ts';
import { VirtualClock } from './virtual-clock.ts';

type Fields = Readonly<Record<string, unknown>>;

const operatorNamespace = 'reprise-system';

export class StoreBench {
  readonly clock = new VirtualClock();
  readonly log = new RecordedLog();
  readonly cluster = new FakeCluster({ clock: this.clock, log: this.log });
  /** Clients opened so far, with the credentials they were given. */
  readonly opened: (Credentials | undefined)[] = [];
  /** The names of stores the registry told of, in order. */
  readonly told: string[] = [];
  readonly controller: StoreController;
  readonly stop = new AbortController();
  readonly #buckets = new Map<string, FakeObjectStore>();
  #running: Promise<void> | undefined;

  constructor() {
    this.cluster.storage.create(namespaces, { metadata: { name: 'kube-system' } });
    this.controller = new StoreController({
      cluster: this.cluster,
      stores: this.cluster.watch(stores, {}, this.stop.signal),
      openObjectStore: (address, credentials) => this.#open(address, credentials),
      operatorNamespace,
      operator: defaultFlags,
      clusterUid: 'here',
      clock: this.clock,
      log: this.log,
      chance: () => 0.5,
    });
    this.controller.registry.onChange((name) => this.told.push(name));
  }

  /** The bucket of this name, which every client of it shares. */
  bucket(name = 'ckpts'): FakeObjectStore {
    const known = this.#buckets.get(name) ?? new FakeObjectStore(this.clock);
    this.#buckets.set(name, known);
    return known;
  }

  /** Puts another, empty bucket in the place of this one: clients opened from now on see that. */
  replaceBucket(name = 'ckpts'): void {
    this.#buckets.delete(name);
  }

  /** The JSON document under this key of the bucket `ckpts`. */
  readDocument(key: string): unknown {
    const object = this.bucket().objects.get(key);
    return object === undefined ? undefined : JSON.parse(new TextDecoder().decode(object.bytes));
  }

  #open({ bucket }: BucketAddress, credentials: Credentials | undefined): FakeObjectStore {
    this.opened.push(credentials);
    return this.bucket(bucket);
  }

  applyStore(name: string, spec: Fields = {}, annotations: Readonly<Record<string, string>> = {}): void {
    this.cluster.storage.create(stores, {
      apiVersion: 'reprise.dev/v1alpha1',
      kind: storeNames.kind,
      metadata: { name, annotations },
      spec: {
        s3: { bucket: 'ckpts', prefix: name },
        allowedNamespaces: {},
        agentCredentials: { secretName: 'agents' },
        ...spec,
      },
    });
  }

  changeStore(name: string, patch: Fields): void {
    this.cluster.storage.patch(stores, { name }, patch);
  }

  deleteStore(name: string): void {
    this.cluster.storage.delete(stores, { name }, {});
  }

  /** Makes or replaces a Secret in the operator's namespace; values as people know them. */
  applySecret(name: string, values: Readonly<Record<string, string>>): void {
    const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, btoa(value)]));
    const where = { name, namespace: operatorNamespace };
    if (this.cluster.storage.read(secrets, where) === undefined)
      this.cluster.storage.create(secrets, { metadata: where, data });
    else this.cluster.storage.patch(secrets, where, { data });
  }

  /** Starts the controller, if it was not, and lets time pass. */
  async pass(seconds: number): Promise<void> {
    this.#running ??= this.controller.run(this.stop.signal);
    await this.clock.advance(seconds * 1000);
  }

  store(name: string): CheckpointStore {
    const parsed = parseStore(this.cluster.storage.read(stores, { name }));
    if ('ok' in parsed) return parsed.ok;
    throw new Error(parsed.problems.join('; '));
  }

  /** The condition Available as `kubectl` shows it. */
  available(name: string): { readonly status: string; readonly reason: string; readonly message: string } {
    const condition = this.store(name).status?.conditions.find(({ type }) => type === 'Available');
    const { status = 'none', reason = '', message = '' } = condition ?? {};
    return { status, reason, message };
  }

  async end(): Promise<void> {
    this.stop.abort(new Error('the test is over'));
    await this.clock.advance(10_000); // a pass that hangs is given up by then
    await this.#running?.catch(() => undefined);
  }
}
