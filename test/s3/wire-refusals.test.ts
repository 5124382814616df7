// Answers to a ranged GET that are not the range: refused at their head, told in S3's own words, and never handed over.
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { attempt, codeOf, never } from '../support/object-samples.ts';
import { answer, answerWith, bodyOf, wireBytes, wireStarter } from '../support/wire-bench.ts';
import { rangeHead, refusal, type WireScript } from '../support/wire-server.ts';

const start = wireStarter();
const { length: size } = wireBytes;

const more: WireScript = (request, socket) => {
  answer(request, socket);
  socket.write('HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\n\r\nwrong');
};

const closing: WireScript = (request, socket) => {
  socket.write(rangeHead(request, size, { Connection: 'close' }));
  socket.end(bodyOf(request));
};

describe('what is not the range that was asked for', () => {
  const cases: readonly { readonly name: string; readonly script: WireScript; readonly tries: number }[] = [
    { name: 'another range', script: answerWith({ 'Content-Range': `bytes 1-100000/${size}` }), tries: 4 },
    { name: 'no range at all', script: answerWith({ 'Content-Range': undefined }), tries: 4 },
    {
      name: 'an object of another size',
      script: answerWith({ 'Content-Range': 'bytes 0-99999/7000000' }),
      tries: 1,
    },
    { name: 'a body of another length', script: answerWith({ 'Content-Length': '100001' }), tries: 4 },
    { name: 'a length that is no number', script: answerWith({ 'Content-Length': '1e5' }), tries: 4 },
    { name: 'no HTTP', script: (_, socket) => void socket.write('220 mail.example ESMTP\r\n\r\n'), tries: 4 },
    { name: 'a head without an end', script: (_, socket) => void socket.write('x'.repeat(40_000)), tries: 4 },
  ];

  test.each(cases)('$name is refused, nothing of it is handed over', async ({ script, tries }) => {
    const { server: peer, store, download, received } = await start(script);
    expect(await codeOf(store.download(download, never))).toBe('Corrupted');
    expect(received.handedOver).toBe(0);
    expect(peer.requests).toHaveLength(tries);
  });

  test('bytes behind the range are not handed over, nor taken for the next answer', async () => {
    const { store, download, received } = await start(more);
    expect(await store.download(download, never)).toBe(crc32(wireBytes));
    expect(received.handedOver).toBe(size);
  });
});

test('a connection the server closes after each answer is replaced', async () => {
  const { server: peer, store, download } = await start(closing);
  expect(await store.download(download, never)).toBe(crc32(wireBytes));
  expect(peer.connections).toBe(4);
  expect(peer.requests).toHaveLength(4);
});

describe('a refusal', () => {
  test.each([
    { status: 404, code: 'NoSuchKey', want: 'NotFound', tries: 1 },
    { status: 412, code: 'PreconditionFailed', want: 'PreconditionFailed', tries: 1 },
    { status: 403, code: 'AccessDenied', want: 'AccessDenied', tries: 1 },
    { status: 416, code: 'InvalidRange', want: 'Corrupted', tries: 1 },
    { status: 503, code: 'SlowDown', want: 'Unavailable', tries: 4 },
    { status: 500, code: 'InternalError', want: 'Unavailable', tries: 4 },
  ])('$status $code is $want', async ({ status, code, want, tries }) => {
    const {
      server: peer,
      store,
      download,
      received,
    } = await start((_, socket) => {
      socket.write(refusal(status, code));
    });
    const error = await attempt(store.download(download, never));
    expect(error).toMatchObject({
      code: want,
      message: expect.stringContaining(`${code} (HTTP ${status})`) as string,
    });
    expect(received.handedOver).toBe(0);
    expect(peer.requests).toHaveLength(tries);
  });

  test('that passes is followed by the range', async () => {
    const { store, download, received } = await start((request, socket) =>
      request.index === 1 ? void socket.write(refusal(503, 'SlowDown')) : answer(request, socket),
    );
    expect(await store.download(download, never)).toBe(crc32(wireBytes));
    expect(received.handedOver).toBe(size);
  });
});

test('a certificate of an unknown authority is Untrusted', async () => {
  const { server: peer, store, download } = await start(answer, { secure: true, trusted: false });
  expect(await codeOf(store.download(download, never))).toBe('Untrusted');
  expect(peer.requests).toHaveLength(0);
});
