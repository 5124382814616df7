// What goes over the wire when an upload goes on: only what the server does not have, and nothing it cannot prove to have.
import { describe, expect, test } from 'vitest';
import type { Upload } from '../../src/ports/objects.ts';
import { attempt, codeOf, never, sample, uploadOf } from '../support/object-samples.ts';
import { type S3Bench, sharedS3Bench } from '../support/s3-bench.ts';

let bench: S3Bench;
sharedS3Bench((started) => {
  bench = started;
});

const large = sample(450_001);
const upload = uploadOf('a', large);

/** An upload under way whose id is remembered, as an agent does. */
function remembered(): Upload {
  const resumption = {
    uploadId: undefined as string | undefined,
    onOpened: async (id: string): Promise<void> => {
      resumption.uploadId = id;
    },
  };
  return { ...upload, resumption };
}

const partsSince = (from: number): number[] =>
  bench.proxy.requests
    .slice(from)
    .flatMap(({ line, bytes }) => (bytes > 0 ? (/partNumber=([0-9]+)/.exec(line)?.[1] ?? []) : []))
    .map(Number)
    .toSorted((a, b) => a - b);

/** Lets the first four parts arrive, never the fifth. */
async function breakOff(broken: Upload): Promise<void> {
  bench.proxy.choose = (line) => {
    if (!/partNumber=5/.test(line)) return undefined;
    return (bench.server.uploads.values().next().value?.parts.size ?? 0) < 4 ? 'slowDown' : 'resetBefore';
  };
  expect(await codeOf(bench.open().upload(broken, never))).toBe('Unavailable');
  bench.proxy.choose = () => undefined;
  expect(bench.server.uploads.size).toBe(1);
}

describe('an upload that goes on', () => {
  test('sends the parts that are missing and no other', async () => {
    const resumable = remembered();
    await breakOff(resumable);
    const from = bench.proxy.requests.length;
    await bench.open().upload(resumable, never);
    expect(partsSince(from)).toEqual([5]);
    expect(Buffer.compare(bench.server.objects.get('a')?.bytes ?? Buffer.alloc(0), large)).toBe(0);
    expect(bench.server.uploads.size).toBe(0);
  });

  test('keeps the size of its parts, whatever a new one would have', async () => {
    const resumable = remembered();
    await breakOff(resumable);
    const from = bench.proxy.requests.length;
    await bench.open({ limits: { partBytes: 250_000 } }).upload(resumable, never);
    expect(partsSince(from)).toEqual([5]);
  });

  test('sends everything where the server keeps no checksum of a part', async () => {
    bench.server.quirks = { wholeChecksum: 'ignored' };
    const resumable = remembered();
    await breakOff(resumable);
    const from = bench.proxy.requests.length;
    await bench.open().upload(resumable, never);
    expect(partsSince(from)).toEqual([1, 2, 3, 4, 5]);
  });

  test('sends again a part of other bytes', async () => {
    const resumable = remembered();
    await breakOff(resumable);
    bench.server.uploads.values().next().value?.parts.set(2, Buffer.alloc(100_000, 'x'));
    const from = bench.proxy.requests.length;
    await bench.open().upload(resumable, never);
    expect(partsSince(from)).toEqual([2, 5]);
    expect(Buffer.compare(bench.server.objects.get('a')?.bytes ?? Buffer.alloc(0), large)).toBe(0);
  });

  test('completed before its answer was lost, with nothing answering afterwards: no byte is sent twice', async () => {
    const resumable = remembered();
    let completed = false;
    bench.proxy.choose = (line) => {
      if (completed) return 'resetBefore';
      completed = /^POST .*uploadId/.test(line);
      return completed ? 'resetAfter' : undefined;
    };
    expect(await codeOf(bench.open().upload(resumable, never))).toBe('Unavailable');
    bench.proxy.choose = () => undefined;
    const from = bench.proxy.requests.length;
    await bench.open().upload(resumable, never);
    expect(partsSince(from)).toEqual([]);
  });
});

test('an upload whose id nobody could note is given up', async () => {
  const full = new Error('no space left on device');
  const onOpened = (): Promise<void> => Promise.reject(full);
  const forgotten = { ...upload, resumption: { uploadId: undefined, onOpened } };
  expect(await attempt(bench.open().upload(forgotten, never))).toBe(full);
  expect(bench.server.uploads.size).toBe(0);
});

test('a store that does not copy, or tells no CRC32 of what it copied, refuses', async () => {
  await bench.store.upload(upload, never);
  const etag = bench.server.objects.get('a')?.etag ?? '';
  const copy = {
    from: { key: 'a', etag, sizeBytes: large.length },
    key: 'b',
    crc32: upload.crc32,
    metadata: {},
  };
  for (const quirks of [{ copyPart: 'unknown' }, { wholeChecksum: 'ignored' }] as const) {
    bench.server.quirks = quirks;
    expect(await codeOf(bench.open().copy(copy, never))).toBe('Refused');
    expect(bench.server.objects.has('b')).toBe(false);
    expect(bench.server.uploads.size).toBe(0);
  }
});

async function copyWith(limits: object): Promise<string> {
  await bench.store.upload(upload, never);
  bench.server.quirks = { rangeChecksum: 'source' };
  const from = { key: 'a', etag: bench.server.objects.get('a')?.etag ?? '', sizeBytes: large.length };
  const store = bench.open({ limits });
  const code = await codeOf(store.copy({ from, key: 'b', crc32: upload.crc32, metadata: {} }, never));
  const start = bench.proxy.requests.length;
  await codeOf(store.copy({ from, key: 'c', crc32: upload.crc32, metadata: {} }, never));
  // it is asked once, not again
  expect(bench.proxy.requests.slice(start).filter(({ line }) => /partNumber=[2-9]/.test(line))).toEqual([]);
  expect(bench.server.uploads.size).toBe(0);
  return code;
}

describe('a store that tells the CRC32 of the whole for every range it copies', () => {
  test('copies as one part', async () => {
    expect(await copyWith({})).toBe('ok');
    expect(Buffer.compare(bench.server.objects.get('b')?.bytes ?? Buffer.alloc(0), large)).toBe(0);
  });

  test('copies nothing that is too large for one part', async () => {
    expect(await copyWith({ largestPartBytes: 300_000 })).toBe('Refused');
    expect(bench.server.objects.has('b')).toBe(false);
  });
});

test('a copy is proven by its parts where the store keeps no CRC32 of the whole', async () => {
  bench.server.quirks = { wholeChecksum: 'unknown' };
  await bench.store.upload(upload, never);
  const from = { key: 'a', etag: bench.server.objects.get('a')?.etag ?? '', sizeBytes: large.length };
  const wrong = bench.open().copy({ from, key: 'b', crc32: upload.crc32 ^ 1, metadata: {} }, never);
  expect(await codeOf(wrong)).toBe('Corrupted');
  expect(bench.server.objects.has('b')).toBe(false);
  await bench.open().copy({ from, key: 'b', crc32: upload.crc32, metadata: {} }, never);
  expect(Buffer.compare(bench.server.objects.get('b')?.bytes ?? Buffer.alloc(0), large)).toBe(0);
});

test('tries that fail are told while the caller still waits, and forgotten with the first that works', async () => {
  const store = bench.open();
  const seen: (string | undefined)[] = [];
  bench.proxy.choose = () => {
    const trouble = store.trouble();
    seen.push(trouble === undefined ? undefined : `${trouble.code} ${trouble.tries}`);
    return seen.length > 2 ? undefined : 'serverError';
  };
  await store.head('a', never);
  expect(seen).toEqual([undefined, 'Unavailable 1', 'Unavailable 2']);
  expect(store.trouble()).toBeUndefined();
});
