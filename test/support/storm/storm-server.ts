// A real S3 server as the bucket of a storm. Its clock cannot be moved: time passes by making every object older. What is refused or
// lost is so on the way to it.
import { readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { ListedObject } from '../../../src/domain/bucket/inventory.ts';
import { systemClock } from '../../../src/ops/clock.ts';
import { type ObjectStore, ObjectStoreError } from '../../../src/ports/objects.ts';
import { makeOpenObjectStore } from '../../../src/s3/object-store.ts';
import { never } from '../object-samples.ts';
import type { Versitygw } from '../versitygw.ts';
import { VirtualClock } from '../virtual-clock.ts';
import type { SeededObject, StormPlace, StormSite } from './storm-place.ts';
import type { TrueObject } from './told-bucket.ts';

/** Its wall clock is the server's; what waits, waits for the test. */
class ServerTimeClock extends VirtualClock {
  override now(): number {
    return Date.now();
  }
}

/** The server's bucket, emptied. */
export async function serverSite(server: Versitygw): Promise<StormSite> {
  const folder = join(server.dataDirectory, server.address.bucket);
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
  const open = makeOpenObjectStore({ clock: systemClock, limits: { pageKeys: 7 } });
  const objects = open(server.address, server.operator);
  const capabilities = await objects.probe('prod', never);
  const bucket = new ServerBucket(objects, folder);
  return { clock: new ServerTimeClock(), place: bucket.place(capabilities), training: undefined };
}

class ServerBucket {
  readonly #objects: ObjectStore;
  readonly #folder: string;
  /** By key and ETag. */
  readonly #texts = new Map<string, string>();
  readonly #troubles: { readonly on: string; readonly when: string }[] = [];
  #keeps: (key: string) => boolean = () => false;
  #skewSeconds = 0;
  #pending = 0;

  constructor(objects: ObjectStore, folder: string) {
    this.#objects = objects;
    this.#folder = folder;
  }

  place(capabilities: StormPlace['capabilities']): StormPlace {
    return {
      objects: this.#troubled(),
      capabilities,
      truth: async (prefix) => this.#busy(this.#truth(prefix)),
      put: async (object) => this.#busy(this.#put(object)),
      remove: async (key) => rmSync(join(this.#folder, key), { force: true }),
      now: () => Date.now() + this.#skewSeconds * 1000,
      keep: (keeps) => {
        this.#keeps = keeps;
      },
      skew: (seconds) => {
        this.#skewSeconds = seconds;
      },
      trouble: (on, when) => void this.#troubles.push({ on, when }),
      passed: (seconds) => age(this.#folder, seconds),
      isBusy: () => this.#pending > 0,
    };
  }

  async #busy<T>(task: Promise<T>): Promise<T> {
    this.#pending += 1;
    try {
      return await task;
    } finally {
      this.#pending -= 1;
    }
  }

  async #truth(prefix: string): Promise<readonly TrueObject[]> {
    const listed: TrueObject[] = [];
    for await (const page of this.#objects.list(prefix, never))
      for (const { key, sizeBytes, savedAt, etag } of page)
        listed.push({ key, sizeBytes, savedAt, text: await this.#text(key, etag) });
    return listed;
  }

  async #text(key: string, etag: string): Promise<string> {
    if (!key.endsWith('.json')) return '';
    const name = `${key}@${etag}`;
    const found = this.#texts.get(name) ?? (await this.#objects.get(key, never))?.bytes;
    const text = typeof found === 'string' ? found : new TextDecoder().decode(found);
    this.#texts.set(name, text);
    return text;
  }

  async #put({ key, text, age: seconds = 0 }: SeededObject): Promise<void> {
    await this.#objects.put({ key, bytes: new TextEncoder().encode(text), condition: 'any' }, never);
    const at = Date.now() / 1000 - seconds;
    utimesSync(join(this.#folder, key), at, at);
  }

  /** The adapter, with what was planned going wrong. */
  #troubled(): ObjectStore {
    const objects = this.#objects;
    return {
      ...objects,
      list: (prefix, signal) => this.#list(prefix, signal),
      get: async (key, signal) => this.#call('get', async () => objects.get(key, signal)),
      put: async (document, signal) => this.#call('put', async () => objects.put(document, signal)),
      head: async (key, signal) => this.#busy(objects.head(key, signal)),
      scan: (request, signal) => this.#scan(request, signal),
      listUploads: async (prefix, signal) => this.#busy(objects.listUploads(prefix, signal)),
      bulkDelete: async (deletion, signal) => this.#busy(objects.bulkDelete(deletion, signal)),
      delete: async (keys, signal) => {
        const sent = keys.filter((key) => !this.#keeps(key));
        const refused = keys.filter((key) => this.#keeps(key));
        const failures = await this.#call('delete', async () => objects.delete(sent, signal));
        const kept = refused.map((key) => ({ key, code: 'AccessDenied', message: `the store keeps ${key}` }));
        return [...failures, ...kept];
      },
      time: () => {
        const time = objects.time();
        return time === undefined ? undefined : time + this.#skewSeconds * 1000;
      },
    };
  }

  async *#list(
    ...[prefix, signal]: Parameters<ObjectStore['list']>
  ): AsyncGenerator<readonly ListedObject[]> {
    const when = this.#strike('list');
    if (when === 'before') throw lost('list');
    for (const page of await this.#busy(collect(this.#objects.list(prefix, signal)))) {
      yield page;
      if (when === 'midway') throw lost('list');
    }
    if (when === 'after') throw lost('list');
  }

  async *#scan(
    ...[request, signal]: Parameters<ObjectStore['scan']>
  ): AsyncGenerator<readonly ListedObject[]> {
    yield* await this.#busy(collect(this.#objects.scan(request, signal)));
  }

  async #call<T>(name: string, task: () => Promise<T>): Promise<T> {
    const when = this.#strike(name);
    if (when === 'before') throw lost(name);
    const answer = await this.#busy(task());
    if (when !== undefined) throw lost(name);
    return answer;
  }

  #strike(name: string): string | undefined {
    const at = this.#troubles.findIndex(({ on }) => on === name);
    return at < 0 ? undefined : this.#troubles.splice(at, 1)[0]?.when;
  }
}

const lost = (name: string): ObjectStoreError =>
  new ObjectStoreError('Unavailable', `${name} failed by plan`);

async function collect<T>(pages: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(page);
  return all;
}

/** Makes every file so many seconds older. */
function age(folder: string, seconds: number): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const at = statSync(path).mtimeMs / 1000 - seconds;
    utimesSync(path, at, at);
  }
}
