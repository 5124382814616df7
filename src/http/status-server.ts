// Serves a sync agent's status on the pod's IP, in plain HTTP and for display, and hears there that the pod is being ended. It accepts nothing but short requests.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AgentPages, AgentStatusServer } from '../ports/agent-status.ts';
import { syncStatusPort } from '../wire/sync-status.ts';
import { pageFor } from './status-page.ts';

const requestMilliseconds = 5_000;
const maxConnections = 32;

/** A server that is listening. */
export interface Listening extends AsyncDisposable {
  readonly port: number;
}

export interface StatusServer extends AgentStatusServer {
  serve(pages: AgentPages): Promise<Listening>;
}

/** Listens on every address of the pod; port 0 lets the system choose. Rejects when the port is taken. */
export function makeStatusServer(port: number = syncStatusPort): StatusServer {
  return {
    serve: async (pages) => {
      const server = createServer(
        { requestTimeout: requestMilliseconds, headersTimeout: requestMilliseconds, maxHeaderSize: 8192 },
        (request, response) => answer(request, response, pages),
      );
      server.maxConnections = maxConnections;
      await listen(server, port);
      return { port: portOf(server), [Symbol.asyncDispose]: () => stop(server) };
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse, pages: AgentPages): void {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const { code, contentType, body } = pageFor(request.method ?? 'GET', path, pages);
  response.writeHead(code, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    connection: 'close',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the status server has no port');
  return address.port;
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
