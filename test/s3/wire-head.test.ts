// Heads, framings and requests of the wire, and answers cut into any pieces.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Reception, UnframedBodyError } from '../../src/s3/reception.ts';
import { BadAnswerError } from '../../src/s3/trouble.ts';
import { formatRequest, framingOf, joinChunks, parseHead } from '../../src/s3/wire-head.ts';

describe('a head', () => {
  test('gives status, headers in lower case, repeated ones joined', () => {
    const head = parseHead('HTTP/1.1 206 Partial Content\r\nETag: "a"\r\nX-Id: 1\r\nx-id:2 ');
    expect(head).toEqual({ status: 206, headers: { etag: '"a"', 'x-id': '1, 2' }, keepAlive: true });
  });

  test.each([
    ['HTTP/1.0 200 OK', false],
    ['HTTP/1.1 200 OK\r\nConnection: Close', false],
    ['HTTP/1.1 200 OK\r\nConnection: keep-alive', true],
    ['HTTP/1.1 200', true],
  ])('%j: the connection goes on: %s', (text, keepAlive) => {
    expect(parseHead(text).keepAlive).toBe(keepAlive);
  });

  test.each([
    '',
    'HTTP/2 200 OK',
    'HTTP/1.1 100 Continue',
    'HTTP/1.1 2000 OK',
    'SSH-2.0-x',
    'HTTP/1.1 200 OK\r\n: x',
  ])('%j is none', (text) => {
    expect(() => parseHead(text)).toThrow(BadAnswerError);
  });

  test.each([
    ['Content-Length: 12', { is: 'length', bytes: 12 }],
    ['Content-Length: 12\r\nTransfer-Encoding: chunked', { is: 'chunks' }],
    ['X: y', { is: 'end' }],
  ])('%j frames the body', (line, want) => {
    expect(framingOf(parseHead(`HTTP/1.1 200 OK\r\n${line}`))).toEqual(want);
  });

  test.each(['-1', '1e3', '12, 12', '', '99999999999999999999'])('Content-Length %j is refused', (length) => {
    expect(() => framingOf(parseHead(`HTTP/1.1 200 OK\r\nContent-Length: ${length}`))).toThrow(
      BadAnswerError,
    );
  });
});

const binary = fc.uint8Array({ maxLength: 300 });
const chunk = (bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)};x=y\r\n`), bytes, Buffer.from('\r\n')]);

const joins = (pieces: readonly Uint8Array[]): void => {
  const body = Buffer.concat([...pieces.map(chunk), Buffer.from('0\r\n\r\n')]);
  expect(joinChunks(body)).toEqual(Buffer.concat(pieces));
  expect(joinChunks(body.subarray(0, body.length - 5))).toBeUndefined();
};

test('chunks join to what was cut, and only once all are there', () => {
  const bodies = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 6 });
  fc.assert(fc.property(bodies, joins));
});

test('a chunk without a size is refused', () => {
  expect(() => joinChunks(Buffer.from('hello\r\n'))).toThrow(BadAnswerError);
});

/** Shows the answer to a reception in pieces, each only once it wants more, as a socket would. */
function receive(answer: Buffer, cuts: readonly number[], withSink: boolean) {
  const got: Buffer[] = [];
  const sink = withSink ? (piece: Uint8Array): void => void got.push(Buffer.from(piece)) : undefined;
  const reception = new Reception(() => sink);
  let waiting: Buffer = Buffer.alloc(0);
  const ends = [...new Set([...cuts.map((cut) => cut % answer.length), answer.length])].toSorted(
    (a, b) => a - b,
  );
  let from = 0;
  for (const end of ends) {
    waiting = Buffer.concat([waiting, answer.subarray(from, end)]);
    from = end;
    if (waiting.length > 0 && reception.take(waiting)) waiting = Buffer.alloc(0);
  }
  return { reception, sunk: Buffer.concat(got) };
}

const isTheSame = (body: Uint8Array, cuts: readonly number[], withSink: boolean): void => {
  const answer = Buffer.concat([
    Buffer.from(`HTTP/1.1 206 X\r\nContent-Length: ${body.length}\r\n\r\n`),
    body,
  ]);
  const { reception, sunk } = receive(answer, cuts, withSink);
  expect(reception.answer?.status).toBe(206);
  expect(withSink ? sunk : reception.answer?.body).toEqual(Buffer.from(body));
  expect(reception.surplus).toBe(false);
};

test('an answer cut anywhere is the same answer', () => {
  fc.assert(fc.property(binary, fc.array(fc.nat(400), { maxLength: 8 }), fc.boolean(), isTheSame));
});

test('a document too long to be one is refused', () => {
  const head = 'HTTP/1.1 503 X\r\nContent-Length: 999999\r\n\r\n';
  expect(() => new Reception(() => undefined).take(Buffer.from(head))).toThrow(BadAnswerError);
  const endless = new Reception(() => undefined);
  endless.take(Buffer.from('HTTP/1.1 503 X\r\n\r\n'));
  expect(() => endless.take(Buffer.alloc(300_000))).toThrow(BadAnswerError);
});

test('a document without a length is whole when the connection ends; a range never is', () => {
  const document = new Reception(() => undefined);
  document.take(Buffer.from('HTTP/1.1 503 X\r\n\r\nslow'));
  expect(document.end()).toBe(true);
  expect(document.answer?.body.toString()).toBe('slow');
  expect(() => new Reception(() => () => {}).take(Buffer.from('HTTP/1.1 206 X\r\n\r\n'))).toThrow(
    UnframedBodyError,
  );
});

describe('a request', () => {
  const signed = {
    method: 'GET',
    protocol: 'https:',
    hostname: '[::1]',
    path: '/b/a%20b',
    query: { 'x-id': 'GetObject', "odd'": ['1', '2'] },
    headers: { host: '[::1]', range: 'bytes=0-9' },
  };
  test('goes out as it was signed', () => {
    const lines = [
      'GET /b/a%20b?odd%27=1&odd%27=2&x-id=GetObject HTTP/1.1',
      'host: [::1]',
      'range: bytes=0-9',
      '',
      '',
    ];
    expect(formatRequest(signed)).toEqual({ secure: true, host: '::1', port: 443, head: lines.join('\r\n') });
    expect(formatRequest({ ...signed, protocol: 'http:', port: 9000 })).toMatchObject({
      secure: false,
      port: 9000,
    });
  });
  test.each([
    { headers: { 'if-match': 'a\r\nX: y' } },
    { path: '/b/a b\n' },
    { headers: { 'if-match': '"\u{1f600}"' } },
  ])('never holds a line more than it should: %j', (change) => {
    expect(() => formatRequest({ ...signed, ...change })).toThrow(TypeError);
  });
});
