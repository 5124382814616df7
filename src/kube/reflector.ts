// Keeps a cache true for as long as its signal lives: list, watch from there, and again after every way a watch can end.
// It ends only when aborted. Nothing it meets (errors, garbage, silence, objects it cannot read) stops it or reaches the caller.
import type { Clock } from '../ports/clock.ts';
import type { ListScope, Resource } from '../ports/cluster.ts';
import type { KubeObject } from '../ports/kube-objects.ts';
import type { Log } from '../ports/log.ts';
import { isJson, readObject } from './api-object.ts';
import { ApiFailure, asClusterError, readStatus } from './api-status.ts';
import { backoffDelay } from './backoff.ts';
import { startDeadline } from './deadline.ts';
import type { ObjectCache } from './object-cache.ts';
import { listAll } from './object-list.ts';
import { collectionPath, withQuery } from './resource-path.ts';
import type { RestClient } from './rest-client.ts';
import { parseWatchEvent, splitLines, UnreadableWatchError, type WatchEvent } from './watch-events.ts';

/**
 * Milliseconds. A watch asks the server to end it after `shortest` to `longest`; the server sends a bookmark before that, so
 * one that has not ended `grace` later has lost its peer. A dead connection is thus seen within longest + grace.
 */
export interface WatchTimings {
  readonly shortest: number;
  readonly longest: number;
  readonly grace: number;
}

export const defaultTimings: WatchTimings = { shortest: 30_000, longest: 40_000, grace: 10_000 };

const backoff = { base: 250, cap: 5000 };
/** A watch that lived this long, or told anything, was a good one: the count of failures starts again. */
const goodAfter = 1000;
/** Failures of one kind are logged at first, then at most this often. */
const logEvery = 60_000;

export interface ReflectorOptions<T extends KubeObject> {
  readonly resource: Resource<T>;
  readonly scope: ListScope;
  /** What of an object is kept; undefined: all. */
  readonly keep: ((object: T) => T) | undefined;
  readonly cache: ObjectCache<T>;
  readonly client: RestClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly timings: WatchTimings;
}

export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  /** Where the next watch goes on; undefined = list first. */
  #version: string | undefined;
  #failures = 0;
  #lastLogged = -Infinity;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
  }

  /** Resolves when the signal is aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    while (!signal.aborted) {
      try {
        const retryAfter = await this.#pass(signal);
        if (retryAfter === undefined) continue;
        const delay = backoffDelay(backoff, { failures: this.#failures, retryAfter }, random);
        await clock.sleep(delay, signal);
      } catch (cause) {
        if (!signal.aborted) this.#report(cause);
      }
    }
  }

  /** One list or watch. Undefined: go on at once; else wait, at least so many milliseconds. */
  async #pass(signal: AbortSignal): Promise<number | undefined> {
    const started = this.#options.clock.monotonic();
    try {
      if (this.#version === undefined) {
        await this.#list(signal);
        return undefined;
      }
      await this.#watch(this.#version, signal);
      const lived = this.#options.clock.monotonic() - started;
      if (lived >= goodAfter) {
        this.#failures = 0;
        return undefined;
      }
      this.#failures += 1;
      return 0;
    } catch (cause) {
      if (signal.aborted) return undefined;
      this.#failures += 1;
      if (isGone(cause) || cause instanceof UnreadableWatchError) this.#version = undefined;
      this.#report(cause);
      return (cause instanceof ApiFailure ? cause.retryAfter : undefined) ?? 0;
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { client, resource, scope, cache } = this.#options;
    const { items, resourceVersion } = await listAll(client, { resource, scope, retries: false }, signal);
    cache.replace(items.flatMap((item) => this.#read(item) ?? []));
    this.#version = resourceVersion;
  }

  async #watch(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const { client, clock, resource, scope, cache, random, timings } = this.#options;
    const lifetime = timings.shortest + random() * (timings.longest - timings.shortest);
    const timeoutSeconds = Math.ceil(lifetime / 1000);
    const path = withQuery(collectionPath(resource, scope.namespace), {
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion,
      timeoutSeconds,
      labelSelector: scope.labelSelector,
    });
    using deadline = startDeadline(clock, timeoutSeconds * 1000 + timings.grace, signal);
    const body = await client.stream({ path, isQuiet: true }, deadline.signal);
    cache.heard();
    for await (const line of splitLines(body)) {
      if (signal.aborted) return;
      cache.heard();
      this.#take(parseWatchEvent(line));
    }
  }

  #take(event: WatchEvent): void {
    if (event.type === 'ERROR') throw readErrorEvent(event.object);
    const version = readVersion(event.object);
    if (event.type !== 'BOOKMARK') this.#apply(event);
    if (version !== undefined) this.#version = version;
    this.#failures = 0;
  }

  #apply({ type, object }: WatchEvent): void {
    const read = this.#read(object);
    if (read === undefined) return;
    if (type === 'DELETED') this.#options.cache.remove(read);
    else this.#options.cache.put(read);
  }

  /** An object, or undefined when it cannot be read: the others must not wait for it. */
  #read(value: unknown): T | undefined {
    try {
      const { resource, keep } = this.#options;
      const object = readObject(resource, value);
      return keep === undefined ? object : keep(object);
    } catch (cause) {
      this.#options.log.error({ err: cause }, 'skipped an object that cannot be read');
      return undefined;
    }
  }

  #report(cause: unknown): void {
    const { clock, log } = this.#options;
    const now = clock.monotonic();
    const fields = { err: cause, failures: this.#failures };
    if (now - this.#lastLogged < logEvery) {
      log.debug(fields, 'watch interrupted');
      return;
    }
    this.#lastLogged = now;
    log.warn(fields, 'watch interrupted');
  }
}

const isGone = (cause: unknown): boolean => cause instanceof ApiFailure && cause.httpStatus === 410;

function readVersion(object: unknown): string | undefined {
  const metadata = isJson(object) ? object['metadata'] : undefined;
  const version = isJson(metadata) ? metadata['resourceVersion'] : undefined;
  return typeof version === 'string' && version !== '' ? version : undefined;
}

/** The Status of an ERROR event as the failure it is; 410 means: list again. */
function readErrorEvent(object: unknown): ApiFailure {
  const code = isJson(object) && typeof object['code'] === 'number' ? object['code'] : 500;
  const status = readStatus(object);
  const gone = status.reason === 'Expired' || status.reason === 'Gone';
  return asClusterError(gone ? 410 : code, status);
}
