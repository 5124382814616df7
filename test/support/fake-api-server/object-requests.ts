// What each request of the fake API server means to the storage core.
import type { ServerResponse } from 'node:http';
import type { ListScope, ObjectName } from '../../../src/ports/cluster.ts';
import { ApiError } from '../object-storage/api-error.ts';
import type { DeletionRequest } from '../object-storage/deletion.ts';
import { isJsonObject, type JsonObject, mergePatch } from '../object-storage/merge-patch.ts';
import type { ObjectStorage, Preconditions } from '../object-storage/object-storage.ts';
import type { SeenRequest } from './faults.ts';
import { ListPages, type Page } from './list-pages.ts';
import { PodLogs } from './pod-logs.ts';
import { parseRoute, type Route } from './routes.ts';
import type { WatchConnections } from './watch-connections.ts';

/** A text body is sent as it is. `streaming`: the response is taken over. */
export type Answer = { readonly code: number; readonly body: unknown } | 'streaming';

type NamedRoute = Route & { readonly name: string };

export class ObjectRequests {
  readonly pages = new ListPages();
  readonly podLogs = new PodLogs();
  readonly #storage: ObjectStorage;
  readonly #watches: WatchConnections;

  constructor(storage: ObjectStorage, watches: WatchConnections) {
    this.#storage = storage;
    this.#watches = watches;
  }

  /** Executes a request; throws {@link ApiError} when it is refused. */
  answer(request: SeenRequest, body: string, response: ServerResponse): Answer {
    const route = parseRoute(request.path);
    if (route === undefined)
      throw new ApiError('NotFound', 'the server could not find the requested resource');
    const { name } = route;
    if (name === undefined) return this.#collection(request, { route, body }, response);
    if (route.subresource === 'log') return this.#log(request, name, response);
    return this.#object(request, { ...route, name }, body);
  }

  #collection(
    request: SeenRequest,
    { route, body }: { readonly route: Route; readonly body: string },
    response: ServerResponse,
  ): Answer {
    if (request.method === 'POST') {
      return { code: 201, body: this.#storage.create(route.table, inNamespace(readJson(body), route)) };
    }
    if (request.method !== 'GET')
      throw new ApiError('MethodNotAllowed', 'the server does not allow this method');
    const scope = readScope(request, route);
    if (!request.isWatch) return { code: 200, body: this.#list(request, route, scope) };
    const { table, apiVersion } = route;
    const { query } = request;
    const resourceVersion = numberOf(query, 'resourceVersion');
    const timeoutSeconds = numberOf(query, 'timeoutSeconds');
    const bookmarks = query.get('allowWatchBookmarks') === 'true';
    this.#watches.serve({ table, apiVersion, scope, resourceVersion, timeoutSeconds, bookmarks }, response);
    return 'streaming';
  }

  #list({ query }: SeenRequest, { table, apiVersion }: Route, scope: ListScope): object {
    const limit = numberOf(query, 'limit') ?? Infinity;
    const token = query.get('continue');
    const page =
      token === null ? this.pages.first(this.#snapshot(table, scope), limit) : this.pages.after(token, limit);
    return renderList(page, apiVersion);
  }

  #snapshot(table: Route['table'], scope: ListScope): Omit<Page, 'next'> {
    const items = this.#storage.list(table, scope);
    return { items, resourceVersion: this.#storage.journal.resourceVersion };
  }

  #object(request: SeenRequest, route: NamedRoute, body: string): Answer {
    const { table } = route;
    const name = nameOf(route);
    switch (request.method) {
      case 'GET': {
        const object = this.#storage.read(table, name);
        if (object !== undefined) return { code: 200, body: object };
        throw new ApiError('NotFound', `${table.plural} "${name.name}" not found`);
      }
      case 'PATCH':
        return { code: 200, body: this.#patch(request, route, readJson(body)) };
      case 'DELETE':
        return { code: 200, body: this.#storage.delete(table, name, readDeletion(body)) };
      default:
        throw new ApiError('MethodNotAllowed', 'the server does not allow this method');
    }
  }

  #log({ query }: SeenRequest, pod: string, response: ServerResponse): Answer {
    const body = this.podLogs.answer(pod, query, response);
    return body === undefined ? 'streaming' : { code: 200, body };
  }

  #patch({ headers, query }: SeenRequest, route: NamedRoute, patch: JsonObject): object {
    const { table, subresource } = route;
    const name = nameOf(route);
    const type = headers['content-type'];
    if (subresource === 'status' && type === 'application/apply-patch+yaml') {
      if (query.get('fieldManager') === null)
        throw new ApiError('BadRequest', 'fieldManager is required for apply patch');
      return this.#storage.putStatus(table, name, { ...preconditions(patch), status: patch['status'] });
    }
    if (subresource === undefined && type === 'application/apply-patch+yaml') {
      const { apiVersion: _version, kind: _kind, metadata: _metadata, ...fields } = patch;
      return this.#storage.claim(table, name, { uid: preconditions(patch).uid, fields });
    }
    if (type !== 'application/merge-patch+json') {
      throw new ApiError('UnsupportedMediaType', `the fake API server does not take ${type} here`);
    }
    if (subresource !== 'status') return this.#storage.patch(table, name, patch);
    const before = this.#storage.read(table, name)?.['status'];
    const status = mergePatch(before, patch['status']);
    return this.#storage.putStatus(table, name, { ...preconditions(patch), status });
  }
}

const nameOf = ({ name, namespace }: NamedRoute): ObjectName =>
  namespace === undefined ? { name } : { name, namespace };

const preconditions = (patch: JsonObject): Preconditions => patch['metadata'] ?? {};

function readJson(body: string): JsonObject {
  const value: unknown = JSON.parse(body);
  if (isJsonObject(value)) return value;
  throw new ApiError('BadRequest', 'the body is not an object');
}

function inNamespace(manifest: JsonObject, { namespace }: Route): JsonObject {
  if (namespace === undefined) return manifest;
  return { ...manifest, metadata: { ...(manifest['metadata'] as object), namespace } };
}

function readScope({ query }: SeenRequest, { namespace }: Route): ListScope {
  const labelSelector = query.get('labelSelector');
  const fieldSelector = query.get('fieldSelector');
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(labelSelector === null ? {} : { labelSelector }),
    ...(fieldSelector === null ? {} : { fieldSelector }),
  };
}

function readDeletion(body: string): DeletionRequest {
  const options = body === '' ? {} : readJson(body);
  const { propagationPolicy, gracePeriodSeconds } = options as {
    propagationPolicy?: DeletionRequest['propagation'];
    gracePeriodSeconds?: number;
  };
  const { uid, resourceVersion } = (options['preconditions'] ?? {}) as Preconditions;
  return { uid, resourceVersion, propagation: propagationPolicy, gracePeriodSeconds };
}

function numberOf(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  return value === null || value === '' ? undefined : Number(value);
}

/** Items of a built-in kind come without kind and apiVersion, as the real API server sends them. */
function renderList({ items, resourceVersion, next }: Page, apiVersion: string): object {
  const bare = items.map(({ kind: _kind, apiVersion: _apiVersion, ...item }) => item);
  const metadata = { resourceVersion: String(resourceVersion), continue: next };
  return { kind: 'List', apiVersion, metadata, items: bare };
}
