// The open watches of the fake API server, and everything a test may do to them: bookmarks, errors, garbage, closing, silence.
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../../src/ports/clock.ts';
import type { ListScope } from '../../../src/ports/cluster.ts';
import type { ApiError } from '../object-storage/api-error.ts';
import type { StorageEvent } from '../object-storage/journal.ts';
import { parseLabelSelector } from '../object-storage/label-selector.ts';
import { type Table, tableName } from '../object-storage/object-rows.ts';
import type { ObjectStorage } from '../object-storage/object-storage.ts';

export interface WatchRequest {
  readonly table: Table;
  readonly apiVersion: string;
  readonly scope: ListScope;
  /** Undefined or 0: begin with everything there is. */
  readonly resourceVersion: number | undefined;
  readonly timeoutSeconds: number | undefined;
  readonly bookmarks: boolean;
}

interface OpenWatch {
  readonly request: WatchRequest;
  readonly response: ServerResponse;
  /** Nothing is sent any more, not even an end: a peer that is gone. */
  frozen: boolean;
}

type EventType = StorageEvent['type'] | 'BOOKMARK' | 'ERROR';
const line = (type: EventType, object: unknown): string => `${JSON.stringify({ type, object })}\n`;

export class WatchConnections {
  readonly #open = new Set<OpenWatch>();
  readonly #storage: ObjectStorage;
  readonly #clock: Clock;
  constructor(storage: ObjectStorage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  /** How many watches are open now. */
  get size(): number {
    return this.#open.size;
  }

  /** Answers a watch until it ends. Throws Expired before anything is sent when its version is too old. */
  serve(request: WatchRequest, response: ServerResponse): void {
    const { table, resourceVersion } = request;
    const replay =
      resourceVersion === undefined ? [] : this.#storage.journal.since(tableName(table), resourceVersion);
    response.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' });
    response.flushHeaders();
    const watch: OpenWatch = { request, response, frozen: false };
    this.#open.add(watch);
    if (resourceVersion === undefined) {
      for (const object of this.#storage.list(table, request.scope)) response.write(line('ADDED', object));
    }
    for (const event of replay) this.#send(watch, event);
    const subscription = this.#storage.journal.subscribe((event) => {
      if (event.table === tableName(table)) this.#send(watch, event);
    });
    const done = new AbortController();
    response.once('close', () => {
      subscription[Symbol.dispose]();
      this.#open.delete(watch);
      done.abort();
    });
    void this.#endAfterTimeout(watch, done.signal);
  }

  /** Sends every open watch a bookmark of now. */
  bookmark(): void {
    for (const watch of this.#open) this.#bookmark(watch);
  }

  /** Writes something into every open watch as it is. */
  write(text: string | Uint8Array): void {
    for (const { response } of this.#open) response.write(text);
  }

  /** Sends an ERROR event, as the API server does when a watch cannot go on. */
  error(error: ApiError): void {
    this.write(line('ERROR', error.toStatus()));
  }

  /** Makes every open watch half-open: the connection stays, and nothing comes over it any more. */
  freeze(): void {
    for (const watch of this.#open) watch.frozen = true;
  }

  /** Ends every open watch in good order. */
  close(): void {
    for (const { response } of this.#open) response.end();
  }

  /** Kills the connection of every open watch. */
  reset(): void {
    for (const { response } of this.#open) response.socket?.resetAndDestroy();
  }

  async #endAfterTimeout(watch: OpenWatch, signal: AbortSignal): Promise<void> {
    const { timeoutSeconds, bookmarks } = watch.request;
    if (timeoutSeconds === undefined) return;
    try {
      await this.#clock.sleep(timeoutSeconds * 1000, signal);
    } catch {
      return;
    }
    if (watch.frozen) return;
    if (bookmarks) this.#bookmark(watch);
    watch.response.end();
  }

  #bookmark({ request, response }: OpenWatch): void {
    const resourceVersion = String(this.#storage.journal.resourceVersion);
    const kind = request.table.plural;
    response.write(line('BOOKMARK', { kind, apiVersion: request.apiVersion, metadata: { resourceVersion } }));
  }

  #send({ request, response, frozen }: OpenWatch, { type, object, before }: StorageEvent): void {
    if (frozen) return;
    const { namespace, labelSelector } = request.scope;
    const matches = parseLabelSelector(labelSelector);
    const within = (one: typeof before): boolean =>
      one !== undefined &&
      (namespace === undefined || one.metadata.namespace === namespace) &&
      matches(one.metadata.labels);
    const was = within(before);
    const is = type !== 'DELETED' && within(object);
    if (is) response.write(line(was ? 'MODIFIED' : 'ADDED', object));
    else if (was) response.write(line('DELETED', object));
  }
}
