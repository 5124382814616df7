// What every request needs of the configuration: headers and connections. Token and certificate files are read again every few
// seconds; connections are rebuilt only when certificates change. Credentials are kept in memory and never logged.
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Dispatcher } from 'undici';
import type { Clock } from '../ports/clock.ts';
import { ClusterError } from '../ports/cluster.ts';
import { ApiFailure } from './api-status.ts';
import { type ConnectionIdentity, type Connections, makeConnections } from './connections.ts';
import { type KubeConfigSource, loadKubeConfig } from './kube-config.ts';

export interface Access {
  readonly headers: Readonly<Record<string, string>>;
  /** For requests that end by themselves. */
  readonly calls: Dispatcher;
  /** For watches: any number at once. */
  readonly watches: Dispatcher;
}

/** How long what was read is used, in milliseconds. Plugins keep tokens longer by themselves. */
const freshFor = 10_000;

export class ClusterAccess implements AsyncDisposable {
  /** The API server's address, without a slash at its end. */
  readonly server: string;
  /** The namespace of the context; `default` when it names none. */
  readonly namespace: string;
  readonly #source: KubeConfigSource;
  readonly #clock: Clock;
  #config: KubeConfig;
  #connections: Connections | undefined;
  #current: { readonly access: Promise<Access>; readonly readAt: number } | undefined;
  #renewedAt = -Infinity;

  /** Reads the configuration at once: a mistake in it throws here. */
  constructor(source: KubeConfigSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
    this.#config = loadKubeConfig(source);
    this.server = (this.#config.getCurrentCluster()?.server ?? '').replace(/\/+$/, '');
    const context = this.#config.getContextObject(this.#config.getCurrentContext());
    this.namespace = context?.namespace ?? 'default';
  }

  /** Rejects with {@link ClusterError} (Unavailable) when a credential cannot be had. */
  current(): Promise<Access> {
    const now = this.#clock.monotonic();
    if (this.#current === undefined || now - this.#current.readAt > freshFor) {
      this.#current = { access: this.#read(), readAt: now };
    }
    return this.#current.access;
  }

  /** The API server did not know us: everything is read anew, at most every few seconds. */
  renew(): void {
    const now = this.#clock.monotonic();
    if (now - this.#renewedAt < freshFor) return;
    this.#renewedAt = now;
    this.#current = undefined;
    try {
      this.#config = loadKubeConfig(this.#source);
    } catch (cause) {
      // a file that is just being replaced: the old configuration gets another chance
      if (!(cause instanceof ClusterError)) throw cause;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connections?.close();
  }

  async #read(): Promise<Access> {
    try {
      const options: RequestOptions = {};
      await this.#config.applyToHTTPSOptions(options);
      const connections = this.#connect(options);
      const { calls, watches } = connections;
      return { headers: readHeaders(options), calls, watches };
    } catch (cause) {
      this.#current = undefined;
      const message = `cannot get credentials for the API server at ${this.server}: ${reasonOf(cause)}`;
      throw new ApiFailure('Unavailable', message, { unsent: true, cause });
    }
  }

  #connect(options: RequestOptions): Connections {
    const proxyUrl = this.#config.getCurrentCluster()?.proxyUrl;
    const before = this.#connections;
    const now = makeConnections({ tls: readTls(options), proxyUrl }, before);
    if (before !== undefined && before !== now) void before.close();
    this.#connections = now;
    return now;
  }
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

function readHeaders({ headers, auth }: RequestOptions): Record<string, string> {
  const entries = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]);
  const basic =
    auth === undefined || auth === null
      ? {}
      : { authorization: `Basic ${Buffer.from(auth).toString('base64')}` };
  return { ...basic, ...Object.fromEntries(entries) };
}

function readTls(options: RequestOptions): ConnectionIdentity['tls'] {
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options;
  return {
    ca,
    cert,
    key,
    pfx,
    passphrase,
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    ...(servername === undefined ? {} : { servername }),
  };
}
