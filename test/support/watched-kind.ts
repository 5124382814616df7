// One kind watched by the REST adapter before a fake API server, in virtual time: the stage of the watch tests.
import type { Cache, Resource } from '../../src/ports/cluster.ts';
import type { KubeObject } from '../../src/ports/kube-objects.ts';
import type { FakeApiServer } from './fake-api-server/fake-api-server.ts';
import { ioUntil } from './passing-time.ts';
import type { RecordedLog } from './recorded-log.ts';
import { startRestSubject } from './rest-cluster.ts';
import { VirtualClock } from './virtual-clock.ts';

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

const configMaps: Resource<ConfigMap> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};

export interface WatchedKind extends AsyncDisposable {
  readonly clock: VirtualClock;
  readonly server: FakeApiServer;
  readonly cache: Cache<ConfigMap>;
  readonly log: RecordedLog;
  /** Every change told, as `name before>after` by data.step. */
  readonly told: string[];
  put(name: string, data: string): void;
  remove(name: string): void;
  /** Resolves when the cache has this object in this state; no time passes. */
  seen(name: string, data: string | undefined): Promise<void>;
  /** Whether the cache has this object in this state. */
  has(name: string, data: string | undefined): boolean;
  watchRequests(): number;
  listRequests(): number;
}

const named = (name: string) => ({ name, namespace: 'voice' });

/** Starts watching, before anything exists; `prepare` runs before the first request. */
export async function startWatchedKind(
  prepare: (server: FakeApiServer) => void = () => undefined,
): Promise<WatchedKind> {
  const clock = new VirtualClock();
  const { server, cluster, log, ...subject } = await startRestSubject(clock);
  prepare(server);
  const stop = new AbortController();
  const cache = cluster.watch(configMaps, {}, stop.signal);
  const told: string[] = [];
  cache.onChange(({ key, before, after }) =>
    told.push(
      `${key.replace('voice/', '')} ${before?.data?.['step'] ?? '-'}>${after?.data?.['step'] ?? '-'}`,
    ),
  );
  const has = (name: string, data: string | undefined): boolean =>
    cache.get(`voice/${name}`)?.data?.['step'] === data;
  return {
    clock,
    server,
    cache,
    log,
    told,
    has,
    put(name, step) {
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: named(name), data: { step } };
      if (server.storage.read(configMaps, named(name)) === undefined)
        server.storage.create(configMaps, object);
      else server.storage.patch(configMaps, named(name), { data: { step } });
    },
    remove: (name) => void server.storage.delete(configMaps, named(name), {}),
    seen: (name, data) => ioUntil(() => has(name, data)),
    watchRequests: () => server.requests.filter(({ isWatch }) => isWatch).length,
    listRequests: () => server.requests.filter(({ isList }) => isList).length,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await subject[Symbol.asyncDispose]();
    },
  };
}
