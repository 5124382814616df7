// Every update that the trainers of a run make, told by themselves over a connection that outlives their pods: nothing that was made is
// missed, however an attempt ends.
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { stage } from './stage.ts';

const program = (host: string, port: number): string => `
import runpy, signal, socket, sys
told = socket.create_connection((${JSON.stringify(host)}, ${port}))
class Both:
    def __init__(self, stream):
        self.stream = stream
        self.line = ""
    def write(self, text):
        self.line += text
        if text.endswith("\\n"):
            # its end comes before both or after both: what is counted here stands in its log
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
            told.sendall(self.line.encode())
            self.stream.write(self.line)
            self.stream.flush()
            self.line = ""
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        return len(text)
    def __getattr__(self, name):
        return getattr(self.stream, name)
sys.stderr = Both(sys.stderr)
sys.path.insert(0, "/trainer")
runpy.run_path("/trainer/train.py", run_name="__main__")`;

export class UpdateRecord implements AsyncDisposable {
  /** The command of a trainer that tells. */
  readonly command: readonly string[];
  readonly #server: Server;
  readonly #told: string[] = [];
  readonly #open = new Set<Socket>();

  private constructor(server: Server, host: string) {
    this.#server = server;
    const { port } = server.address() as AddressInfo;
    this.command = ['python3', '-c', program(host, port)];
  }

  /** Listens where pods can reach it. */
  static async begin(): Promise<UpdateRecord> {
    const server = createServer();
    const host = new URL(stage().bucket.endpoint).hostname;
    server.listen(0, host);
    await once(server, 'listening');
    const record = new UpdateRecord(server, host);
    server.on('connection', (socket) => {
      const at = record.#told.push('') - 1;
      socket.setEncoding('utf8').on('data', (text: string) => (record.#told[at] += text));
      socket.on('error', () => socket.destroy());
      record.#open.add(socket);
      socket.once('close', () => record.#open.delete(socket));
    });
    return record;
  }

  /** The number of each update that was made, once for each time. */
  updates(): readonly number[] {
    return this.#told.flatMap((text) =>
      [...text.matchAll(/update=(\d+)\]/g)].map(([, digits]) => Number(digits)),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    // one whose pod's network went first never says that it ends
    for (const socket of this.#open) socket.destroy();
    await once(this.#server, 'close');
  }
}
