// The Cluster port over the Kubernetes REST API.
import type { Clock } from '../ports/clock.ts';
import type {
  Cache,
  Cluster,
  Deletion,
  FieldClaim,
  ListScope,
  LogHead,
  LogLine,
  LogQuery,
  LogTail,
  Manifest,
  ObjectName,
  ObjectPatch,
  Resource,
  StatusPatch,
  WatchOptions,
} from '../ports/cluster.ts';
import type { KubeObject } from '../ports/kube-objects.ts';
import type { Log } from '../ports/log.ts';
import { ClusterAccess } from './access.ts';
import { isJson, readObject } from './api-object.ts';
import { noLogYet, unlessAbsent } from './absence.ts';
import type { KubeConfigSource } from './kube-config.ts';
import { isLogGone, logPath, readLog } from './container-log.ts';
import { ObjectCache } from './object-cache.ts';
import { listAll } from './object-list.ts';
import { defaultTimings, Reflector, type WatchTimings } from './reflector.ts';
import { apiVersion, collectionPath, objectPath, type Query, withQuery } from './resource-path.ts';
import { RestClient } from './rest-client.ts';

/** The name under which the API server keeps what the operator wrote. */
const operatorFieldManager = 'reprise';
const applyType = 'application/apply-patch+yaml';
/** A log is for display: a kubelet that does not answer must not hold anybody up. */
const logDeadline = 10_000;
const longestLog = 4 * 1024 * 1024;

export interface ClusterOptions extends KubeConfigSource {
  readonly clock: Clock;
  readonly log: Log;
  readonly random?: () => number;
  readonly watchTimings?: WatchTimings;
  /** The name under which the API server keeps what is written here; default: the operator's. */
  readonly fieldManager?: string;
}

/** A {@link Cluster} with connections to close, and the namespace of its context. */
export type ConnectedCluster = Cluster & AsyncDisposable & { readonly namespace: string };

/**
 * The API server that a kubeconfig (or the pod's service account) names. Makes no request by itself; throws ClusterError
 * (Invalid) when the configuration cannot be read.
 */
export function connectCluster({
  clock,
  log,
  random = Math.random,
  fieldManager = operatorFieldManager,
  ...rest
}: ClusterOptions): ConnectedCluster {
  const access = new ClusterAccess(rest, clock);
  const client = new RestClient({ access, clock, random });
  const timings = rest.watchTimings ?? defaultTimings;
  return new RestCluster({ access, client, clock, log, random, timings, fieldManager });
}

interface Parts {
  readonly access: ClusterAccess;
  readonly client: RestClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly timings: WatchTimings;
  readonly fieldManager: string;
}

class RestCluster implements ConnectedCluster {
  readonly #parts: Parts;
  readonly #client: RestClient;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#client = parts.client;
  }

  get namespace(): string {
    return this.#parts.access.namespace;
  }

  async get<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    const path = objectPath(resource, name);
    const found = await unlessAbsent(this.#client.json({ method: 'GET', path, repeatable: true }, signal));
    return found === undefined ? undefined : readObject(resource, found);
  }

  async list<T extends KubeObject>(
    resource: Resource<T>,
    scope: ListScope,
    signal: AbortSignal,
  ): Promise<readonly T[]> {
    const { items } = await listAll(this.#client, { resource, scope, retries: true }, signal);
    return items.map((item) => readObject(resource, item));
  }

  async create<T extends KubeObject>(
    resource: Resource<T>,
    manifest: Manifest,
    signal: AbortSignal,
  ): Promise<T> {
    const { fieldManager } = this.#parts;
    const path = withQuery(collectionPath(resource, manifest.metadata.namespace), { fieldManager });
    const request = { method: 'POST', path, body: manifest, repeatable: false } as const;
    return readObject(resource, await this.#client.json(request, signal));
  }

  async applyStatus<T extends KubeObject>(
    resource: Resource<T>,
    { name, uid, resourceVersion, status }: StatusPatch,
    signal: AbortSignal,
  ): Promise<T> {
    const body = {
      apiVersion: apiVersion(resource),
      kind: resource.kind,
      metadata: { ...name, uid, resourceVersion },
      status,
    };
    const { fieldManager } = this.#parts;
    const path = withQuery(`${objectPath(resource, name)}/status`, { fieldManager, force: true });
    const request = { method: 'PATCH', path, body, contentType: applyType, repeatable: false } as const;
    return readObject(resource, await this.#client.json(request, signal));
  }

  async claim<T extends KubeObject>(
    resource: Resource<T>,
    { name, uid, fieldManager, fields }: FieldClaim,
    signal: AbortSignal,
  ): Promise<T> {
    const metadata = { ...name, uid };
    const body = { apiVersion: apiVersion(resource), kind: resource.kind, metadata, ...fields };
    const path = withQuery(objectPath(resource, name), { fieldManager, force: true });
    const request = { method: 'PATCH', path, body, contentType: applyType, repeatable: true } as const;
    return readObject(resource, await this.#client.json(request, signal));
  }

  async patch<T extends KubeObject>(
    resource: Resource<T>,
    { name, patch }: ObjectPatch,
    signal: AbortSignal,
  ): Promise<T> {
    const { fieldManager } = this.#parts;
    const path = withQuery(objectPath(resource, name), { fieldManager });
    const contentType = 'application/merge-patch+json';
    const repeatable = !isGuarded(patch);
    const request = { method: 'PATCH', path, body: patch, contentType, repeatable } as const;
    return readObject(resource, await this.#client.json(request, signal));
  }

  async delete<T extends KubeObject>(
    resource: Resource<T>,
    { name, uid, propagation, gracePeriodSeconds }: Deletion,
    signal: AbortSignal,
  ): Promise<void> {
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      preconditions: { uid },
      propagationPolicy: propagation,
      gracePeriodSeconds,
    };
    const path = objectPath(resource, name);
    await unlessAbsent(this.#client.json({ method: 'DELETE', path, body, repeatable: true }, signal));
  }

  watch<T extends KubeObject>(
    resource: Resource<T>,
    options: WatchOptions<T>,
    signal: AbortSignal,
  ): Cache<T> {
    const { client, clock, random, timings } = this.#parts;
    const log = this.#parts.log.child({ resource: resource.plural });
    const { indexLabels = [], keep, ...scope } = options;
    const cache = new ObjectCache<T>({ indexLabels, clock, log });
    const reflector = new Reflector<T>({ resource, scope, keep, cache, client, clock, log, random, timings });
    void reflector.run(signal);
    return cache;
  }

  async logTail({ lines, ...container }: LogTail, signal: AbortSignal): Promise<string | undefined> {
    return this.#log(container, { tailLines: lines, limitBytes: longestLog }, signal);
  }

  async logHead({ bytes, ...container }: LogHead, signal: AbortSignal): Promise<string | undefined> {
    return this.#log(container, { timestamps: true, limitBytes: bytes }, signal);
  }

  async logLines(query: LogQuery, signal: AbortSignal): Promise<AsyncIterable<LogLine> | undefined> {
    return readLog(this.#client, query, signal);
  }

  async #log(
    { container, ...pod }: Omit<LogHead, 'bytes'>,
    wanted: Query,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const path = withQuery(logPath(pod), { container, ...wanted });
    const request = { method: 'GET', path, repeatable: true, retries: false, within: logDeadline } as const;
    const text = await unlessAbsent(this.#client.text(request, signal), noLogYet);
    return text === undefined || isLogGone(text) ? undefined : text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.access[Symbol.asyncDispose]();
  }
}

/** A patch that names a version: sent twice, it would be refused for its own first success. */
const isGuarded = (patch: object): boolean =>
  'metadata' in patch && isJson(patch.metadata) && patch.metadata['resourceVersion'] !== undefined;
