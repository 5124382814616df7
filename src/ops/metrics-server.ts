// The operator's /metrics and /healthz in plain HTTP, for Prometheus and the kubelet. Read only; it knows no secrets.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Metrics } from './metrics.ts';

const requestMilliseconds = 10_000;

export interface MetricsServerOptions {
  /** 0 lets the system choose. */
  readonly port: number;
  readonly metrics: Pick<Metrics, 'contentType' | 'text'>;
  /** Why the program should be restarted; undefined while it is well. */
  readonly illness: () => string | undefined;
}

export interface MetricsServer extends AsyncDisposable {
  readonly port: number;
}

interface Page {
  readonly code: number;
  readonly contentType: string;
  readonly body: string;
}

/** Listens on every address. Rejects when the port is taken. */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const limits = {
    requestTimeout: requestMilliseconds,
    headersTimeout: requestMilliseconds,
    maxHeaderSize: 8192,
  };
  const server = createServer(limits, (request, response) => void answer(request, response, options));
  server.listen(options.port);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return { port, [Symbol.asyncDispose]: () => stop(server) };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: MetricsServerOptions,
): Promise<void> {
  const { code, contentType, body } = await pageFor(request, options).catch(broken);
  response.writeHead(code, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function pageFor({ method, url }: IncomingMessage, options: MetricsServerOptions): Promise<Page> {
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'only GET\n');
  switch ((url ?? '/').split('?', 1)[0]) {
    case '/metrics':
      return { code: 200, contentType: options.metrics.contentType, body: await options.metrics.text() };
    case '/healthz': {
      const illness = options.illness();
      return illness === undefined ? text(200, 'ok\n') : text(503, `${illness}\n`);
    }
    default:
      return text(404, 'there are /metrics and /healthz\n');
  }
}

const text = (code: number, body: string): Page => ({ code, contentType: 'text/plain; charset=utf-8', body });

const broken = (cause: unknown): Page => text(500, `${String(cause)}\n`);

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
