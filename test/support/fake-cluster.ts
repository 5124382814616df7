// A Cluster in memory: the storage of the fake API server behind the port, with hooks to fail, delay or lose calls, and the hands
// of everybody else in a cluster (a person, the kubelet, the eviction API). Watches deliver in a microtask, in order.
import { untilAborted } from '../../src/kube/abortable.ts';
import { asClusterError } from '../../src/kube/api-status.ts';
import { ObjectCache } from '../../src/kube/object-cache.ts';
import type { Clock } from '../../src/ports/clock.ts';
import {
  type Cache,
  type Cluster,
  ClusterError,
  type Deletion,
  type FieldClaim,
  type ListScope,
  type LogHead,
  type LogLine,
  type LogQuery,
  type LogTail,
  type Manifest,
  type ObjectName,
  type ObjectPatch,
  type Resource,
  type StatusPatch,
  type WatchOptions,
} from '../../src/ports/cluster.ts';
import { coreEvents } from '../../src/ports/kinds.ts';
import type { KubeObject } from '../../src/ports/kube-objects.ts';
import type { Log } from '../../src/ports/log.ts';
import { ApiError } from './object-storage/api-error.ts';
import type { StoredObject } from './object-storage/journal.ts';
import { ObjectStorage } from './object-storage/object-storage.ts';
import { FakePodLogs } from './fake-pod-logs.ts';
import { FakeWatches } from './fake-watches.ts';
import { RecordedLog } from './recorded-log.ts';

/** A call as the hooks see it. */
export interface ClusterCall {
  readonly verb:
    | 'get'
    | 'list'
    | 'create'
    | 'applyStatus'
    | 'claim'
    | 'patch'
    | 'delete'
    | 'logTail'
    | 'logHead'
    | 'logLines';
  readonly plural: string;
  readonly namespace: string | undefined;
  /** Undefined for lists. */
  readonly name: string | undefined;
}

/** May throw, or wait: before the commit the request is lost or delayed, after it only the answer is. */
export type CallHook = (call: ClusterCall) => void | Promise<void>;

export interface FakeClusterOptions {
  readonly clock: Clock;
  readonly log?: Log;
}

export class FakeCluster implements Cluster {
  readonly storage: ObjectStorage;
  readonly watches: FakeWatches;
  /** Every call that reached the API server, in order. */
  readonly calls: ClusterCall[] = [];
  before: CallHook = () => undefined;
  after: CallHook = () => undefined;
  readonly #podLogs: FakePodLogs;
  readonly #clock: Clock;
  readonly #log: Log;

  constructor({ clock, log = new RecordedLog() }: FakeClusterOptions) {
    this.#clock = clock;
    this.#log = log;
    this.#podLogs = new FakePodLogs(() => clock.now());
    this.storage = new ObjectStorage(() => clock.now());
    this.watches = new FakeWatches(this.storage);
  }

  async get<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    return this.#call({ verb: 'get', ...target(resource, name) }, signal, () => {
      const object = this.storage.read(resource, name);
      return object === undefined ? undefined : typed(resource, object);
    });
  }

  async list<T extends KubeObject>(
    resource: Resource<T>,
    scope: ListScope,
    signal: AbortSignal,
  ): Promise<readonly T[]> {
    const call = {
      verb: 'list',
      plural: resource.plural,
      namespace: scope.namespace,
      name: undefined,
    } as const;
    return this.#call(call, signal, () => this.storage.list(resource, scope) as unknown as readonly T[]);
  }

  async create<T extends KubeObject>(
    resource: Resource<T>,
    manifest: Manifest,
    signal: AbortSignal,
  ): Promise<T> {
    return this.#call({ verb: 'create', ...target(resource, manifest.metadata) }, signal, () =>
      typed(resource, this.storage.create(resource, manifest)),
    );
  }

  async applyStatus<T extends KubeObject>(
    resource: Resource<T>,
    patch: StatusPatch,
    signal: AbortSignal,
  ): Promise<T> {
    return this.#call({ verb: 'applyStatus', ...target(resource, patch.name) }, signal, () =>
      typed(resource, this.storage.putStatus(resource, patch.name, patch)),
    );
  }

  async claim<T extends KubeObject>(
    resource: Resource<T>,
    { name, uid, fields }: FieldClaim,
    signal: AbortSignal,
  ): Promise<T> {
    return this.#call({ verb: 'claim', ...target(resource, name) }, signal, () =>
      typed(resource, this.storage.claim(resource, name, { uid, fields })),
    );
  }

  async patch<T extends KubeObject>(
    resource: Resource<T>,
    { name, patch }: ObjectPatch,
    signal: AbortSignal,
  ): Promise<T> {
    return this.#call({ verb: 'patch', ...target(resource, name) }, signal, () =>
      typed(resource, this.storage.patch(resource, name, { ...patch })),
    );
  }

  async delete<T extends KubeObject>(
    resource: Resource<T>,
    deletion: Deletion,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#call({ verb: 'delete', ...target(resource, deletion.name) }, signal, () => {
      const { name } = deletion;
      if (this.storage.read(resource, name) !== undefined) this.storage.delete(resource, name, deletion);
    });
  }

  watch<T extends KubeObject>(
    resource: Resource<T>,
    options: WatchOptions<T>,
    signal: AbortSignal,
  ): Cache<T> {
    const cache = new ObjectCache<T>({
      indexLabels: options.indexLabels ?? [],
      clock: this.#clock,
      log: this.#log,
    });
    this.watches.open(
      { cache: cache as unknown as ObjectCache<StoredObject>, resource, scope: options },
      signal,
    );
    return cache;
  }

  async logTail(tail: LogTail, signal: AbortSignal): Promise<string | undefined> {
    const call = { verb: 'logTail', ...target(pods, tail) } as const;
    return this.#call(call, signal, () => this.#podLogs.tail(tail));
  }

  async logHead(head: LogHead, signal: AbortSignal): Promise<string | undefined> {
    const call = { verb: 'logHead', ...target(pods, head) } as const;
    return this.#call(call, signal, () => this.#podLogs.head(head));
  }

  async logLines(query: LogQuery, signal: AbortSignal): Promise<AsyncIterable<LogLine> | undefined> {
    const call = { verb: 'logLines', ...target(pods, query) } as const;
    return this.#call(call, signal, () => this.#podLogs.lines(query, signal));
  }

  /** The Events that an operator has told, in the order of their names. */
  get told(): readonly { readonly reason: string; readonly message: string }[] {
    return this.storage.list(coreEvents, {}) as unknown as readonly { reason: string; message: string }[];
  }

  /** Sets what a container has logged so far: lines that are new are written now. Undefined takes the log away. */
  setPodLog(pod: ObjectName, container: string, text: string | undefined): void {
    this.#podLogs.set(pod, container, text);
  }

  /** The container has ended: who follows its log comes to its end. */
  endPodLog(pod: ObjectName, container: string): void {
    this.#podLogs.end(pod, container);
  }

  async #call<R>(call: ClusterCall, signal: AbortSignal, commit: () => R): Promise<R> {
    signal.throwIfAborted();
    await untilAborted(Promise.resolve(this.before(call)), signal);
    this.calls.push(call);
    const result = answer(commit);
    await untilAborted(Promise.resolve(this.after(call)), signal);
    return result;
  }
}

const pods = { plural: 'pods' };

const target = ({ plural }: { plural: string }, { namespace, name }: ObjectName) => ({
  plural,
  namespace,
  name,
});

const typed = <T extends KubeObject>(_resource: Resource<T>, object: StoredObject): T =>
  object as unknown as T;

function answer<R>(commit: () => R): R {
  try {
    return commit();
  } catch (cause) {
    if (cause instanceof ApiError) throw asClusterError(cause.code, cause.toStatus());
    throw cause;
  }
}

/** What a hook throws to answer a call with an error. */
export const refusal = (code: ClusterError['code'], message: string = code): ClusterError =>
  new ClusterError(code, message);
