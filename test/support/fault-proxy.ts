// An HTTP proxy before an S3 server that spoils chosen requests: refuses, stays silent, cuts off, shortens or changes bytes, before
// or after the server acted. It passes everything else on as it is, signatures and all.
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as sendRequest,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { refuse } from './fake-s3/s3-answer.ts';

export const proxyFaults = [
  'slowDown', // 503, not passed on
  'serverError', // 500, not passed on
  'gatewayPage', // 502 with HTML, after the server acted
  'silenceBefore', // no answer, not passed on
  'silenceAfter', // no answer, although the server acted
  'resetBefore',
  'resetInRequest', // cut off half-way through the request's body
  'resetAfter',
  'resetInAnswer', // cut off half-way through the answer's body
  'shortAnswer', // half the body, announced as all of it
  'flippedAnswer', // one byte of the body changed
  'flippedRequest',
  'wrongChecksum', // the right answer with another CRC32 in it, where it has one
] as const;

/** Those that are over at the next request, and the refusal that lasts: 403, not passed on. */
export type ProxyFault = (typeof proxyFaults)[number] | 'accessDenied';

export interface ProxiedRequest {
  /** `PUT /bucket/key?query`. */
  readonly line: string;
  readonly fault: ProxyFault | undefined;
  readonly bytes: number;
}

/** The fault of a request; undefined passes it on. */
export type ChooseFault = (line: string) => ProxyFault | undefined;

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const neverPassedOn: ReadonlySet<string> = new Set([
  'slowDown',
  'serverError',
  'accessDenied',
  'silenceBefore',
  'resetBefore',
]);

export class FaultProxy {
  /** Every request so far. */
  readonly requests: ProxiedRequest[] = [];
  choose: ChooseFault = () => undefined;
  readonly #target: URL;
  readonly #server: Server;

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer((incoming, outgoing) => {
      this.#serve(incoming, outgoing).catch(() => outgoing.destroy());
    });
  }

  /** `host`: the address of this machine that it listens on. */
  static async start(target: string, host = '127.0.0.1'): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, host, resolve));
    return proxy;
  }

  get endpoint(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `http://${address}:${port}`;
  }

  /** Spoils the next `times` requests whose line matches. */
  spoil(fault: ProxyFault, line: RegExp, times = 1): void {
    let left = times;
    this.choose = (candidate) => {
      if (left === 0 || !line.test(candidate)) return undefined;
      left -= 1;
      return fault;
    };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const line = `${incoming.method} ${incoming.url}`;
    const fault = this.choose(line);
    const announced = Number(incoming.headers['content-length'] ?? 0);
    if (fault === 'resetInRequest' && announced > 1) {
      this.requests.push({ line, fault, bytes: await cutOff(incoming, announced / 2) });
      return;
    }
    const body = Buffer.concat(await incoming.toArray());
    this.requests.push({ line, fault, bytes: body.length });
    if (fault !== undefined && neverPassedOn.has(fault)) return refuseUnseen(fault, outgoing);
    const answer = await this.#forward(incoming, fault === 'flippedRequest' ? flip(body) : body);
    send(answer, fault, outgoing);
  }

  #forward(incoming: IncomingMessage, body: Buffer): Promise<Answer> {
    const { method = '', url: path = '', headers } = incoming;
    const { hostname, port } = this.#target;
    return new Promise((resolve, reject) => {
      const outgoing = sendRequest({ hostname, port, method, path, headers, agent: false }, (answer) => {
        answer.toArray().then(
          (chunks) =>
            resolve({
              status: answer.statusCode ?? 0,
              headers: answer.headers,
              body: Buffer.concat(chunks),
            }),
          reject,
        );
      });
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  }
}

async function cutOff(incoming: IncomingMessage, after: number): Promise<number> {
  let bytes = 0;
  for await (const chunk of incoming) {
    bytes += (chunk as Buffer).length;
    if (bytes >= after) break;
  }
  incoming.destroy();
  return bytes;
}

const refusals: Partial<Record<ProxyFault, string>> = { slowDown: 'SlowDown', accessDenied: 'AccessDenied' };

function refuseUnseen(fault: ProxyFault, outgoing: ServerResponse): void {
  if (fault === 'silenceBefore') return;
  if (fault === 'resetBefore') {
    outgoing.destroy();
    return;
  }
  const { status, headers, body } = refuse(refusals[fault] ?? 'InternalError');
  outgoing.writeHead(status, { ...headers, 'content-length': body.length });
  outgoing.end(body);
}

function send(answer: Answer, fault: ProxyFault | undefined, outgoing: ServerResponse): void {
  const { status, headers, body } = answer;
  const { connection: _, ...kept } = headers;
  const half = Math.floor(body.length / 2);
  switch (fault) {
    case 'silenceAfter':
      return;
    case 'resetAfter':
      outgoing.destroy();
      return;
    case 'resetInAnswer':
      outgoing.writeHead(status, kept);
      outgoing.write(body.subarray(0, half), () => outgoing.destroy());
      return;
    case 'gatewayPage':
      outgoing.writeHead(502, { 'content-type': 'text/html' }).end('<html>Bad Gateway<br></html>');
      return;
    case 'shortAnswer':
      outgoing.writeHead(status, body.length === 0 ? kept : { ...kept, 'content-length': half });
      outgoing.end(body.subarray(0, half));
      return;
    case 'wrongChecksum':
      outgoing.writeHead(status, withOtherChecksum(kept));
      outgoing.end(otherChecksumIn(body));
      return;
    default:
      outgoing.writeHead(status, kept);
      outgoing.end(fault === 'flippedAnswer' ? flip(body) : body);
  }
}

const checksumHeader = 'x-amz-checksum-crc32';
const otherChecksum = 'AAAAAA==';

const withOtherChecksum = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  headers[checksumHeader] === undefined ? headers : { ...headers, [checksumHeader]: otherChecksum };

/** The same number of bytes, so that the announced length stays true. */
function otherChecksumIn(body: Buffer): Buffer {
  const element = /(<ChecksumCRC32>)[A-Za-z0-9+/]{6}==/g;
  if (body.indexOf('<ChecksumCRC32>') === -1) return body;
  return Buffer.from(body.toString('latin1').replace(element, `$1${otherChecksum}`), 'latin1');
}

function flip(body: Buffer): Buffer {
  const flipped = Buffer.from(body);
  const at = Math.floor(flipped.length / 3);
  const byte = flipped[at];
  if (byte !== undefined) flipped[at] = byte ^ 0x20;
  return flipped;
}

/** Faults by chance: the same seed gives the same sequence of choices. `strikes` says which fault may hit which request. */
export function seededFaults(
  seed: number,
  odds: number,
  strikes: (fault: ProxyFault, line: string) => boolean,
): ChooseFault {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
  return (line) => {
    if (next() >= odds) return undefined;
    const fault = proxyFaults[Math.floor(next() * proxyFaults.length)];
    return fault !== undefined && strikes(fault, line) ? fault : undefined;
  };
}
