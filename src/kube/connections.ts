// Sockets to the API server: a small pool for calls and one for watches. HTTP/1.1 only: a lost h2 connection would take every watch
// with it, and undici notices its death too late. One pool per TLS identity, never one per request.
import type { ConnectionOptions } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import { Agent, type Dispatcher, ProxyAgent, Socks5ProxyAgent } from 'undici';

/** What tells one kind of connection from another. */
export interface ConnectionIdentity {
  readonly tls: Pick<
    ConnectionOptions,
    'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'rejectUnauthorized' | 'servername'
  >;
  /** The kubeconfig's proxy-url: http, https or socks5. */
  readonly proxyUrl: string | undefined;
}

export interface Connections {
  readonly identity: ConnectionIdentity;
  readonly calls: Dispatcher;
  readonly watches: Dispatcher;
  close(): Promise<void>;
}

/** Milliseconds; the deadlines of the REST client are shorter, these catch what those cannot see. */
const limits = { connect: 10_000, headers: 60_000, body: 60_000, idle: 30_000 };
const callConnections = 8;

interface PoolSize {
  readonly bodyTimeout: number;
  readonly connections: number | null;
}

function makeDispatcher({ tls, proxyUrl }: ConnectionIdentity, size: PoolSize): Dispatcher {
  const pool = {
    ...size,
    allowH2: false,
    pipelining: 1,
    headersTimeout: limits.headers,
    keepAliveTimeout: limits.idle,
    keepAliveMaxTimeout: limits.idle,
  };
  const socket = { timeout: limits.connect, keepAlive: true, keepAliveInitialDelay: limits.idle };
  const requestTls = { ...tls, ...socket };
  if (proxyUrl === undefined) return new Agent({ ...pool, connect: requestTls });
  if (proxyUrl.startsWith('socks')) return new Socks5ProxyAgent(proxyUrl, { ...pool, requestTls });
  return new ProxyAgent({ ...pool, uri: proxyUrl, requestTls });
}

/** Connections for this TLS identity: those given when it is still theirs, else new ones. */
export function makeConnections(identity: ConnectionIdentity, current: Connections | undefined): Connections {
  if (current !== undefined && isDeepStrictEqual(current.identity, identity)) return current;
  const calls = makeDispatcher(identity, { bodyTimeout: limits.body, connections: callConnections });
  const watches = makeDispatcher(identity, { bodyTimeout: 0, connections: null });
  const close = async (): Promise<void> => {
    await Promise.all([calls.close(), watches.close()]);
  };
  return { identity, calls, watches, close };
}
