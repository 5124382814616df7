// A download over the wire from a server that stops, stalls or breaks off: each byte is handed over once and at its place, and nothing
// after the end.
import { crc32 } from 'node:zlib';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { attempt, codeOf, never } from '../support/object-samples.ts';
import { answer, bodyOf, wireBytes, wireStarter } from '../support/wire-bench.ts';
import { type RangeRequest, rangeHead, type WireScript } from '../support/wire-server.ts';

const start = wireStarter();
const { length: size } = wireBytes;

/** Answers every request but those of `spoil`, which gets a head and half a body out of the way first. */
const spoilt =
  (
    spoil: (socket: Socket, request: RangeRequest) => void,
    which: (index: number) => boolean = (index) => index === 1,
  ): WireScript =>
  (request, socket) => {
    if (!which(request.index)) return answer(request, socket);
    const half = bodyOf(request).subarray(0, Math.floor(bodyOf(request).length / 2));
    socket.write(rangeHead(request, size));
    socket.write(half, () => spoil(socket, request));
  };

const bothWays = [{ secure: false }, { secure: true }];

describe.each(bothWays)('with TLS: $secure', (setting) => {
  test('every byte arrives once, over one connection, which is closed afterwards', async () => {
    const { server: peer, store, download, received } = await start(answer, setting);
    expect(await store.download(download, never)).toBe(crc32(wireBytes));
    expect(Buffer.compare(received.bytes, wireBytes)).toBe(0);
    expect(received.handedOver).toBe(size);
    expect(peer.connections).toBe(1);
    await expect.poll(() => peer.open).toBe(0);
  });

  test.each([
    {
      name: 'a reset',
      spoil: (socket: Socket) => (setting.secure ? socket.destroy() : socket.resetAndDestroy()),
    },
    { name: 'an early end', spoil: (socket: Socket) => socket.end() },
    { name: 'silence', spoil: () => undefined },
  ])('$name in the middle of a part costs no byte a second time', async ({ spoil }) => {
    const delayed = (socket: Socket): void => void setTimeout(() => spoil(socket), 30);
    const {
      server: peer,
      store,
      download,
      received,
    } = await start(spoilt(delayed), {
      ...setting,
      limits: { idleMilliseconds: 1000 },
    });
    expect(await store.download(download, never)).toBe(crc32(wireBytes));
    expect(Buffer.compare(received.bytes, wireBytes)).toBe(0);
    expect(received.handedOver).toBe(size);
    expect(peer.requests[2]).toMatchObject({ first: 150_000, last: 199_999 });
    expect(peer.requests).toHaveLength(5);
  });

  test('an answer in pieces of a few bytes arrives whole', async () => {
    const inPieces: WireScript = (request, socket) => {
      const whole = Buffer.concat([Buffer.from(rangeHead(request, size)), bodyOf(request)]);
      const send = (at: number): void => {
        const end = at < 600 ? at + 7 : at + 9_001;
        socket.write(whole.subarray(at, end), () => {
          if (end < whole.length) send(end);
        });
      };
      send(0);
    };
    const { store, download, received } = await start(inPieces, setting);
    expect(await store.download(download, never)).toBe(crc32(wireBytes));
    expect(received.handedOver).toBe(size);
  });
});

test('a server that trickles is given up at the deadline, not kept for ever', async () => {
  const timers: NodeJS.Timeout[] = [];
  const trickle: WireScript = (request, socket) => {
    socket.write(rangeHead(request, size));
    timers.push(setInterval(() => socket.write(bodyOf(request).subarray(0, 1)), 20));
  };
  const limits = { answerMilliseconds: 200, slowestBytesPerSecond: 1_000_000, tries: 2 };
  const { server: peer, store, download } = await start(trickle, { limits });
  expect(await codeOf(store.download(download, never))).toBe('Unavailable');
  for (const timer of timers) clearInterval(timer);
  expect(peer.requests).toHaveLength(2);
});

test('a sink that blocks longer than silence is allowed is not taken for silence', async () => {
  const {
    server: peer,
    store,
    download,
    received,
  } = await start(answer, {
    limits: { rangeBytes: size, idleMilliseconds: 300 },
  });
  let isFirst = true;
  const write = (offset: number, chunk: Uint8Array): void => {
    const until = performance.now() + (isFirst ? 700 : 0);
    isFirst = false;
    while (performance.now() < until);
    download.write(offset, chunk);
  };
  expect(await store.download({ ...download, write }, never)).toBe(crc32(wireBytes));
  expect(received.handedOver).toBe(size);
  expect(peer.requests).toHaveLength(1);
});

test('a chunked range is read through the SDK, and no wire is tried again', async () => {
  const chunked: WireScript = (request, socket) => {
    const body = bodyOf(request);
    const framing = { 'Content-Length': undefined, 'Transfer-Encoding': 'chunked' };
    socket.write(rangeHead(request, size, framing));
    socket.write(`${body.length.toString(16)}\r\n`);
    socket.write(body);
    socket.write('\r\n0\r\n\r\n');
  };
  const { server: peer, store, download, received } = await start(chunked);
  expect(await store.download(download, never)).toBe(crc32(wireBytes));
  expect(Buffer.compare(received.bytes, wireBytes)).toBe(0);
  expect(received.handedOver).toBe(size);
  expect(peer.requests).toHaveLength(5);
});

test('a sink that fails ends the download with its error; it is called no more, and nothing is asked again', async () => {
  const { server: peer, store, download } = await start(answer, { limits: { lanes: 3 } });
  const full = new Error('no space left on device');
  let calls = 0;
  const write = (): void => {
    calls += 1;
    throw full;
  };
  expect(await attempt(store.download({ ...download, write }, never))).toBe(full);
  await expect.poll(() => peer.open).toBe(0);
  expect(calls).toBe(1);
  expect(peer.requests.length).toBeLessThanOrEqual(3);
});

test.each(bothWays)(
  'an abort closes every connection and hands over nothing more (TLS: $secure)',
  async (setting) => {
    const {
      server: peer,
      store,
      download,
      received,
    } = await start(
      spoilt(
        () => undefined,
        () => true,
      ),
      { ...setting, limits: { lanes: 3, idleMilliseconds: 60_000, answerMilliseconds: 60_000 } },
    );
    const stop = new AbortController();
    const outcome = attempt(store.download(download, stop.signal));
    await expect.poll(() => peer.requests.length).toBe(3);
    stop.abort(new Error('out of time'));
    const before = received.handedOver;
    expect(await outcome).toBe(stop.signal.reason);
    await expect.poll(() => peer.open).toBe(0);
    expect(received.handedOver).toBe(before);
  },
);
