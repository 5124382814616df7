// Lets test files (processes of their own) stop and start the cluster's servers, whose owner is the process of global-setup.ts: one POST
// to a Unix socket for each step.
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { readRunning, type Server } from '../../../dev/process/server.ts';
import { describeError } from '../../../dev/progress/polling.ts';

const steps = ['start', 'stop', 'kill'] as const;

type Step = (typeof steps)[number];

const isStep = (word: string | undefined): word is Step => steps.some((step) => step === word);

async function takeStep(servers: readonly Server[], path: string): Promise<void> {
  const [, name, step] = path.split('/');
  const server = servers.find((known) => known.name === name);
  if (server === undefined || !isStep(step)) throw new Error(`no such step: ${path}`);
  await server[step]();
}

/** Serves `/<server's name>/<start|stop|kill>` on the socket. */
export async function serveControl(socket: string, servers: readonly Server[]): Promise<AsyncDisposable> {
  const control = createServer((question, answer) => {
    takeStep(servers, question.url ?? '').then(
      () => answer.end(),
      (cause) => answer.writeHead(500).end(describeError(cause)),
    );
  });
  control.listen(socket);
  await once(control, 'listening');
  return {
    async [Symbol.asyncDispose]() {
      control.closeAllConnections();
      control.close();
      await once(control, 'close');
    },
  };
}

async function post(socketPath: string, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const call = request({ socketPath, path, method: 'POST', agent: false }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    response.on('error', reject);
    response.on('end', () => (response.statusCode === 200 ? resolve() : reject(new Error(text))));
  });
  call.on('error', reject);
  call.end();
  return promise;
}

/** A server of the cluster, from a test's process. */
export interface RemoteServer {
  /** Starts it and waits until it is ready; nothing when it already runs. */
  start(): Promise<void>;
  /** SIGTERM, and waits for the end. */
  stop(): Promise<void>;
  /** SIGKILL, sent by this very process without any delay, and waits for the end. */
  kill(): Promise<void>;
  /** @throws when it does not run */
  pid(): number;
}

/** The handle of the server of this name. */
export function remoteServer(
  { directory, controlSocket }: { readonly directory: string; readonly controlSocket: string },
  name: string,
): RemoteServer {
  const pid = (): number => {
    const record = readRunning(directory, name);
    if (record === undefined) throw new Error(`${name} does not run`);
    return record.pid;
  };
  return {
    pid,
    start: () => post(controlSocket, `/${name}/start`),
    stop: () => post(controlSocket, `/${name}/stop`),
    async kill() {
      process.kill(pid(), 'SIGKILL');
      await post(controlSocket, `/${name}/kill`);
    },
  };
}
