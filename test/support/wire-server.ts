// A server that answers ranged GETs of one object byte by byte as a test says, over plain TCP or TLS: what no HTTP library would let
// it send. It keeps what was asked for, and how many connections there were.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { KeyPair } from '../../dev/control-plane/certificate.ts';
import type { BucketAddress } from '../../src/ports/objects.ts';

/** One ranged GET. */
export interface RangeRequest {
  readonly first: number;
  readonly last: number;
  /** From 0, over all connections. */
  readonly index: number;
}

/** Answers one request, or does not. */
export type WireScript = (request: RangeRequest, socket: Socket) => void;

export const wireEtag = '"wire"';

/** The head of a whole and right answer; `change` replaces or (undefined) leaves out headers. */
export function rangeHead(
  { first, last }: RangeRequest,
  total: number,
  change: Readonly<Record<string, string | undefined>> = {},
): string {
  const headers: Readonly<Record<string, string | undefined>> = {
    Date: new Date().toUTCString(),
    ETag: wireEtag,
    'Content-Range': `bytes ${first}-${last}/${total}`,
    'Content-Length': String(last - first + 1),
    ...change,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}\r\n`],
  );
  return `HTTP/1.1 206 Partial Content\r\n${lines.join('')}\r\n`;
}

/** A refusal with S3's error document, chunked as many servers send it. */
export function refusal(status: number, code: string): string {
  const document = `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>scripted</Message></Error>`;
  const half = Math.floor(document.length / 2);
  const chunks = [document.slice(0, half), document.slice(half), ''];
  const body = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('');
  return `HTTP/1.1 ${status} Scripted\r\nContent-Type: application/xml\r\nTransfer-Encoding: chunked\r\n\r\n${body}`;
}

export class WireServer {
  readonly requests: RangeRequest[] = [];
  connections = 0;
  readonly #server: Server;
  readonly #scheme: string;
  readonly #sockets = new Set<Socket>();

  private constructor(script: WireScript, tls: KeyPair | undefined) {
    const serve = (socket: Socket): void => this.#serve(socket, script);
    this.#scheme = tls === undefined ? 'http' : 'https';
    this.#server =
      tls === undefined
        ? createServer(serve)
        : createTlsServer({ cert: tls.certificate, key: tls.key }, serve);
  }

  static async start(script: WireScript, tls?: KeyPair): Promise<WireServer> {
    const server = new WireServer(script, tls);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get address(): BucketAddress {
    const { port } = this.#server.address() as AddressInfo;
    const endpoint = `${this.#scheme}://127.0.0.1:${port}`;
    return { endpoint, region: 'us-east-1', bucket: 'wire', forcePathStyle: true, caBundle: undefined };
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#sockets.size;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket, script: WireScript): void {
    this.connections += 1;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined); // the client's end of it is what is tested
    let asked = '';
    socket.on('data', (bytes: Buffer) => {
      asked += bytes.toString('latin1');
      if (!asked.endsWith('\r\n\r\n')) return;
      const [, first, last] = /^range: bytes=([0-9]+)-([0-9]+)\r$/im.exec(asked) ?? [];
      asked = '';
      const request = { first: Number(first), last: Number(last), index: this.requests.length };
      this.requests.push(request);
      script(request, socket);
    });
  }
}
