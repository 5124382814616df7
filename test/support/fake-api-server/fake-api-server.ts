// An HTTP API server over the storage core: as much of Kubernetes' REST API as the adapter and the operator use, with faults on demand.
// Objects come and go only through its requests and through `storage`; it never acts by itself.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Clock } from '../../../src/ports/clock.ts';
import { ApiError } from '../object-storage/api-error.ts';
import { ObjectStorage } from '../object-storage/object-storage.ts';
import { type Fault, Faults, type SeenRequest } from './faults.ts';
import { ObjectRequests } from './object-requests.ts';
import type { PodLogs } from './pod-logs.ts';
import { parseRoute } from './routes.ts';
import { WatchConnections } from './watch-connections.ts';

export class FakeApiServer implements AsyncDisposable {
  readonly storage: ObjectStorage;
  readonly watches: WatchConnections;
  readonly faults = new Faults();
  /** Every request that arrived, in order. */
  readonly requests: SeenRequest[] = [];
  /** Bearer tokens that are let in; undefined = everybody is. */
  tokens: ReadonlySet<string> | undefined;
  /** How many connections were ever opened. */
  connections = 0;
  readonly #objects: ObjectRequests;
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(clock: Clock) {
    this.#clock = clock;
    this.storage = new ObjectStorage(() => clock.now());
    this.watches = new WatchConnections(this.storage, clock);
    this.#objects = new ObjectRequests(this.storage, this.watches);
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.on('connection', (socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(clock: Clock): Promise<FakeApiServer> {
    const server = new FakeApiServer(clock);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  /** The text of a kubeconfig for this server. */
  kubeconfig(user: Readonly<Record<string, unknown>> = {}): string {
    // `insecure-skip-tls-verify` is what lets client-node speak plain HTTP
    const cluster = { server: this.url, 'insecure-skip-tls-verify': true };
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'fake', cluster }],
      users: [{ name: 'tester', user }],
      contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'tester' } }],
      'current-context': 'fake',
    });
  }

  /** Sets what `pods/log` answers. */
  setPodLog(pod: string, container: string, text: string): void {
    this.#objects.podLogs.set(pod, container, text);
  }

  get podLogs(): PodLogs {
    return this.#objects.podLogs;
  }

  /** Forgets old versions: older watches and continue tokens get 410. */
  compact(): void {
    this.storage.journal.compact();
    this.#objects.pages.expire();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = describeRequest(incoming);
    const body = await readBody(incoming);
    this.requests.push(request);
    const fault = this.faults.take(request);
    if (fault !== undefined && (await this.#befall(fault, response))) return;
    this.#answer({ request, body, fault }, response);
  }

  /** Does what comes before the request is looked at; true when nothing comes after. */
  async #befall(fault: Fault, response: ServerResponse): Promise<boolean> {
    switch (fault.kind) {
      case 'status':
        response.setHeaders(new Map(Object.entries(fault.headers ?? {})));
        sendJson(response, fault.code, injected(fault.code));
        return true;
      case 'raw':
        response.writeHead(fault.code, { 'content-type': fault.contentType }).end(fault.body);
        return true;
      case 'reset':
        response.socket?.resetAndDestroy();
        return true;
      case 'stall':
        return true;
      case 'delay':
        await this.#clock.sleep(fault.milliseconds, new AbortController().signal);
        return false;
      default:
        return false; // afterwards
    }
  }

  #answer(
    { request, body, fault }: { request: SeenRequest; body: string; fault: Fault | undefined },
    response: ServerResponse,
  ): void {
    try {
      this.#authenticate(request);
      const answer = this.#objects.answer(request, body, response);
      if (answer === 'streaming') return;
      if (fault?.kind === 'loseAnswer') response.socket?.resetAndDestroy();
      else if (fault?.kind === 'truncate') sendHalf(response, answer.body);
      else if (typeof answer.body === 'string') response.end(answer.body);
      else sendJson(response, answer.code, answer.body);
    } catch (cause) {
      const error = cause instanceof ApiError ? cause : new ApiError('InternalError', String(cause));
      sendJson(response, error.code, error.toStatus());
    }
  }

  #authenticate({ headers }: SeenRequest): void {
    const token = headers.authorization?.replace(/^Bearer /, '') ?? '';
    if (this.tokens !== undefined && !this.tokens.has(token))
      throw new ApiError('Unauthorized', 'Unauthorized');
  }
}

function describeRequest({ url, method = 'GET', headers }: IncomingMessage): SeenRequest {
  const { pathname: path, searchParams: query } = new URL(url ?? '/', 'http://fake');
  const isWatch = query.get('watch') === 'true';
  const isList = method === 'GET' && !isWatch && parseRoute(path)?.name === undefined;
  return { method, path, query, headers, isWatch, isList };
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function sendJson(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Announces the whole answer, sends half of it, and dies. */
function sendHalf(response: ServerResponse, body: unknown): void {
  const text = Buffer.from(JSON.stringify(body));
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length });
  response.write(text.subarray(0, text.length / 2), () => response.socket?.destroy());
}

const injected = (code: number): object => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  message: `injected ${code}`,
  code,
});
