// The status client against the status server, and against everything else that may sit on that port.
import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { makeStatusReader } from '../../src/http/status-client.ts';
import { makeStatusServer } from '../../src/http/status-server.ts';
import type { AgentPages } from '../../src/ports/agent-status.ts';
import { podEndingPath, type SyncStatus, syncStatus } from '../../src/wire/sync-status.ts';

const status: SyncStatus = {
  version: 1,
  attempt: { number: 3, pod: '9f31c2aa' },
  observedAt: 1_764_000_000_000,
  lastUpdateSeen: 57_210,
  lastUpdateSaved: 55_000,
  plannedUpdates: 120_000,
  uploads: 4,
  uploading: { file: 'model_last.pt', sentBytes: 10, sizeBytes: 100 },
  flushing: false,
  problems: [{ code: 'StoreUnavailable', message: 'The store has not answered for 20 s.' }],
};
let endings = 0;
const pages: AgentPages = {
  current: () => status,
  podEndingPath: podEndingPath('a-run-uid'),
  onPodEnding: () => (endings += 1),
};
const never = new AbortController().signal;

const get = async (port: number, path: string, method = 'GET'): Promise<{ code: number; body: string }> => {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method });
  return { code: answer.status, body: await answer.text() };
};

describe('client and server', () => {
  test('the client reads what the server was told', async () => {
    await using server = await makeStatusServer(0).serve(pages);
    expect(await makeStatusReader({ port: server.port }).read('127.0.0.1', never)).toEqual(status);
  });

  test('a server that has ended is undefined', async () => {
    const server = await makeStatusServer(0).serve(pages);
    await server[Symbol.asyncDispose]();
    expect(await makeStatusReader({ port: server.port }).read('127.0.0.1', never)).toBeUndefined();
  });

  test('a taken port is an error at once', async () => {
    await using server = await makeStatusServer(0).serve(pages);
    await expect(makeStatusServer(server.port).serve(pages)).rejects.toThrow(/EADDRINUSE/);
  });

  test('an aborted read is undefined', async () => {
    await using server = await makeStatusServer(0).serve(pages);
    expect(
      await makeStatusReader({ port: server.port }).read('127.0.0.1', AbortSignal.abort()),
    ).toBeUndefined();
  });
});

describe('the pages', () => {
  test('metrics carry what is known and leave out what is not', async () => {
    await using server = await makeStatusServer(0).serve({
      ...pages,
      current: () => ({ ...status, lastUpdateSaved: null }),
    });
    const { body } = await get(server.port, '/metrics');
    expect(body).toContain('reprise_sync_update_seen{attempt="0003-9f31c2aa"} 57210\n');
    expect(body).toContain('reprise_sync_uploading_bytes{attempt="0003-9f31c2aa"} 10\n');
    expect(body).not.toContain('update_saved');
  });

  test.each([
    { path: '/healthz', method: 'GET', want: 200 },
    { path: '/status?verbose=1', method: 'GET', want: 200 },
    { path: '/status', method: 'HEAD', want: 200 },
    { path: '/status', method: 'POST', want: 405 },
    { path: '/', method: 'GET', want: 404 },
    { path: '/status/../secret', method: 'GET', want: 404 },
  ])('$method $path is $want', async ({ path, method, want }) => {
    await using server = await makeStatusServer(0).serve(pages);
    expect((await get(server.port, path, method)).code).toBe(want);
  });
});

describe('that the pod is being ended', () => {
  test.each([
    { path: '/pod-ending/a-run-uid', method: 'GET', code: 200, heard: 1 },
    { path: '/pod-ending/a-run-uid', method: 'POST', code: 405, heard: 0 },
    { path: '/pod-ending/a-run-uid', method: 'HEAD', code: 404, heard: 0 },
    { path: '/pod-ending/another', method: 'GET', code: 404, heard: 0 },
    { path: '/pod-ending', method: 'GET', code: 404, heard: 0 },
    { path: '/status', method: 'GET', code: 200, heard: 0 },
  ])('$method $path is heard $heard times', async ({ path, method, code, heard }) => {
    await using server = await makeStatusServer(0).serve(pages);
    endings = 0;
    expect((await get(server.port, path, method)).code).toBe(code);
    expect(endings).toBe(heard);
  });
});

describe('a port with something else on it', () => {
  let server: Server;
  const listen = (listener: RequestListener): Promise<number> =>
    new Promise((resolve) => {
      server = createServer(listener).listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(address !== null && typeof address === 'object' ? address.port : 0);
      });
    });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  test.each<{ name: string; listener: RequestListener }>([
    { name: 'not JSON', listener: (_, response) => response.end('hello') },
    {
      name: 'a newer layout',
      listener: (_, response) => response.end(JSON.stringify({ ...status, version: 2 })),
    },
    {
      name: 'another status code',
      listener: (_, response) => response.writeHead(500).end(syncStatus.format(status)),
    },
    { name: 'a redirect', listener: (_, response) => response.writeHead(302, { location: '/' }).end() },
    { name: 'silence', listener: () => undefined },
    { name: 'half an answer', listener: (_, response) => response.writeHead(200).write('{') },
    { name: 'a body without end', listener: (_, response) => response.end('x'.repeat(10_000_000)) },
    {
      name: 'a status within a body too long',
      listener: (_, response) => response.end(syncStatus.format(status) + ' '.repeat(100_000)),
    },
    { name: 'a closed connection', listener: (request) => request.socket.destroy() },
  ])('$name reads as undefined', async ({ listener }) => {
    const port = await listen(listener);
    expect(
      await makeStatusReader({ port, timeoutMilliseconds: 200 }).read('127.0.0.1', never),
    ).toBeUndefined();
  });
});
