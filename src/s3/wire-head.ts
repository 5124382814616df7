// The head of an HTTP answer, the framing of its body, and the form of a request without a body: pure, bytes in, facts out. It
// trusts nothing a server or a proxy sends.
import { record, text } from './record.ts';
import { BadAnswerError } from './trouble.ts';

export interface AnswerHead {
  readonly status: number;
  /** Names in lower case; a repeated header's values joined. */
  readonly headers: Readonly<Record<string, string>>;
  /** The connection may be used again after the body. */
  readonly keepAlive: boolean;
}

/** How long a body is: so many bytes, as its chunks say, or until the connection ends. */
export type Framing = { readonly is: 'length'; readonly bytes: number } | { readonly is: 'chunks' | 'end' };

/** Where a request goes, and all there is to send. */
export interface WireRequest {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  readonly head: string;
}

/** Parses all up to the empty line. @throws BadAnswerError for anything that is not an HTTP/1 answer */
export function parseHead(head: string): AnswerHead {
  const [first = '', ...lines] = head.split('\r\n');
  const [, minor, code] = /^HTTP\/1\.([01]) ([2-5][0-9]{2})(?: |$)/.exec(first) ?? [];
  if (code === undefined) throw new BadAnswerError('not an HTTP/1 answer');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon <= 0) throw new BadAnswerError('a header without a name');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  const connection = headers.get('connection')?.toLowerCase() ?? '';
  const keepAlive = minor === '1' && !/\bclose\b/.test(connection);
  return { status: Number(code), headers: Object.fromEntries(headers), keepAlive };
}

/** How the body after this head is framed (RFC 9112, 6.3). @throws BadAnswerError for a length that is none */
export function framingOf({ headers }: AnswerHead): Framing {
  if (headers['transfer-encoding'] !== undefined) return { is: 'chunks' };
  const length = headers['content-length'];
  if (length === undefined) return { is: 'end' };
  if (!/^[0-9]{1,15}$/.test(length)) throw new BadAnswerError('a Content-Length that is not a number');
  return { is: 'length', bytes: Number(length) };
}

/** The bytes inside a chunked body; undefined while its last chunk has not arrived. @throws BadAnswerError */
export function joinChunks(body: Buffer): Buffer | undefined {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const line = body.indexOf('\r\n', at);
    if (line < 0) return undefined;
    const [, size] = /^([0-9a-fA-F]{1,8})(?:;|$)/.exec(body.toString('latin1', at, line)) ?? [];
    if (size === undefined) throw new BadAnswerError('a chunk without a size');
    const length = Number.parseInt(size, 16);
    if (length === 0) return Buffer.concat(chunks);
    const start = line + 2;
    if (start + length + 2 > body.length) return undefined;
    chunks.push(body.subarray(start, start + length));
    at = start + length + 2;
  }
}

/** The request the SDK has made and signed, as it goes out. @throws when a part of it could pass for more than one line */
export function formatRequest(signed: unknown): WireRequest {
  const request = record(signed);
  const secure = text(request['protocol']) === 'https:';
  const { port } = request;
  const query = formatQuery(record(request['query']));
  const target = `${text(request['path'])}${query === '' ? '' : `?${query}`}`;
  const headers = Object.entries(record(request['headers'])).map(
    ([name, value]) => `${name}: ${text(value)}`,
  );
  const lines = [`${text(request['method'])} ${target} HTTP/1.1`, ...headers];
  // oxlint-disable-next-line no-control-regex -- these are what must not be in there
  if (lines.some((line) => /[\u0000-\u001f\u007f\u0100-\uffff]/.test(line)))
    throw new TypeError('a request header holds a character that HTTP does not allow');
  return {
    secure,
    host: text(request['hostname']).replace(/^\[(.*)\]$/, '$1'),
    port: typeof port === 'number' ? port : secure ? 443 : 80,
    head: `${lines.join('\r\n')}\r\n\r\n`,
  };
}

const escape = (part: string): string =>
  encodeURIComponent(part).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** As the SDK signs it: every reserved character escaped, a missing value empty. */
const formatQuery = (query: Readonly<Record<string, unknown>>): string =>
  Object.keys(query)
    .toSorted()
    .flatMap((name) => {
      const value = query[name];
      const values: readonly unknown[] = Array.isArray(value) ? value : [value];
      return values.map((one) => `${escape(name)}=${escape(text(one))}`);
    })
    .join('&');
