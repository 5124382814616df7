// The API server as an administrator sees it, by path: quick enough for polling, and watches that miss nothing. It shares no code with
// the operator's own adapter, so that the one can witness for the other.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import { parse } from 'yaml';

/** The API server refused. */
class ApiRefusal extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(`the API server answered ${status}: ${text.slice(0, 500)}`);
    this.name = 'ApiRefusal';
    this.status = status;
  }
}

export interface Change {
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: object;
}

/** One line of a watch. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: T;
  /** performance.now() of its arrival */
  readonly at: number;
}

interface Kubeconfig {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string };
  }[];
  readonly users: readonly {
    readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string };
  }[];
}

const plain = (base64: string | undefined): string => Buffer.from(base64 ?? '', 'base64').toString();

export class ApiClient {
  readonly #server: string;
  readonly #agent: Agent;

  constructor(kubeconfig: string) {
    const { clusters, users } = parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig;
    const cluster = clusters[0]?.cluster;
    const user = users[0]?.user;
    this.#server = cluster?.server ?? '';
    this.#agent = new Agent({
      bodyTimeout: 0,
      connect: {
        ca: plain(cluster?.['certificate-authority-data']),
        cert: plain(user?.['client-certificate-data']),
        key: plain(user?.['client-key-data']),
      },
    });
  }

  /** The object at a path; undefined when there is none. */
  async find<T>(path: string, signal?: AbortSignal): Promise<T | undefined> {
    const { statusCode, body } = await this.#request('GET', path, signal === undefined ? {} : { signal });
    const text = await body.text();
    if (statusCode === 404) return undefined;
    if (statusCode !== 200) throw new ApiRefusal(statusCode, text);
    return JSON.parse(text) as T;
  }

  /** The items of a list. */
  async list<T>(path: string, signal?: AbortSignal): Promise<readonly T[]> {
    return (await this.find<{ readonly items: readonly T[] }>(path, signal))?.items ?? [];
  }

  /** PATCH is a merge patch. @throws ApiRefusal */
  async change({ method, path, body }: Change): Promise<void> {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': type } };
    const answer = await this.#request(method, path, sent);
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new ApiRefusal(answer.statusCode, text);
  }

  /** Tells everything that happens in a list from now on, what is there first; resolves when the watch stands, rejects `broken` later. */
  async watch<T>(path: string, tell: (event: WatchEvent<T>) => void): Promise<AsyncDisposable> {
    const stop = new AbortController();
    const { statusCode, body } = await this.#request('GET', `${path}?watch=true`, { signal: stop.signal });
    if (statusCode !== 200) throw new ApiRefusal(statusCode, await body.text());
    const reading = readLines(body, (line) => {
      tell({ ...(JSON.parse(line) as Omit<WatchEvent<T>, 'at'>), at: performance.now() });
    }).catch((cause: unknown) => {
      if (!stop.signal.aborted) throw cause;
    });
    return {
      async [Symbol.asyncDispose]() {
        stop.abort();
        await reading;
      },
    };
  }

  async #request(
    method: 'GET' | Change['method'],
    path: string,
    options: object,
  ): Promise<Awaited<ReturnType<typeof request>>> {
    return request(`${this.#server}${path}`, { method, dispatcher: this.#agent, ...options });
  }
}

async function readLines(body: AsyncIterable<Uint8Array>, tell: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(tell);
  }
  throw new Error('the watch ended');
}
