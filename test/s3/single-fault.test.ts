// One fault in the middle of each operation: it still does exactly what it promises, with a bounded number of further requests.
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { ObjectStore } from '../../src/ports/objects.ts';
import { proxyFaults, type ProxyFault } from '../support/fault-proxy.ts';
import { collect, downloadInto, never, sample, text, uploadOf } from '../support/object-samples.ts';
import { impatience, type S3Bench, sharedS3Bench } from '../support/s3-bench.ts';

let bench: S3Bench;
/** What the operation under test uses. */
let store: ObjectStore;
sharedS3Bench((started) => {
  bench = started;
});

const small = sample(3000, 3);
const large = sample(450_001, 4);

/** The object at `a`, put there past the proxy's faults. */
async function seed(bytes: Uint8Array): Promise<string> {
  await bench.store.put({ key: 'a', bytes, condition: 'any' }, never);
  return bench.server.objects.get('a')?.etag ?? '';
}
const stored = (): Uint8Array => bench.server.objects.get('a')?.bytes ?? new Uint8Array(0);
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

interface Operation {
  /** The request that is spoilt. */
  readonly line: RegExp;
  /** Prepares the bucket and returns what to do; it asserts the outcome. */
  readonly prepare: () => Promise<() => Promise<void>>;
  /** Faults that nobody could notice here. */
  readonly blind?: readonly ProxyFault[];
}

const uploadLarge: Operation['prepare'] = () =>
  Promise.resolve(async () => {
    await store.upload(uploadOf('a', large), never);
    expect(same(stored(), large)).toBe(true);
    expect(bench.server.uploads.size).toBeLessThanOrEqual(1);
  });

const operations: Readonly<Record<string, Operation>> = {
  head: {
    line: /^HEAD/,
    prepare: async () => {
      const etag = await seed(small);
      return async () => {
        expect(await store.head('a', never)).toMatchObject({ sizeBytes: small.length, etag });
      };
    },
  },
  get: {
    line: /^GET .*\/a/,
    prepare: async () => {
      const etag = await seed(small);
      return async () => {
        const document = await store.get('a', never);
        expect(document?.etag).toBe(etag);
        expect(same(document?.bytes ?? new Uint8Array(0), small)).toBe(true);
      };
    },
  },
  getRange: {
    line: /^GET .*\/a/,
    // a server tells no checksum of a range; whoever reads one checks what it read
    blind: ['flippedAnswer'],
    prepare: async () => {
      const etag = await seed(small);
      return async () => {
        const bytes = await store.getRange({ key: 'a', etag, offset: 1000, length: 500 }, never);
        expect(same(bytes, small.subarray(1000, 1500))).toBe(true);
      };
    },
  },
  list: {
    line: /list-type=2.*continuation-token|continuation-token.*list-type=2/,
    blind: ['flippedAnswer'],
    prepare: async () => {
      const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
      for (const key of keys) await bench.store.put({ key, bytes: text(key), condition: 'any' }, never);
      return async () => {
        const pages = await collect(store.list('', never));
        expect(pages.flat().map((object) => object.key)).toEqual(keys);
      };
    },
  },
  'put where nothing is': {
    line: /^PUT/,
    prepare: () =>
      Promise.resolve(async () => {
        const etag = await store.put({ key: 'a', bytes: small, condition: 'absent' }, never);
        expect(same(stored(), small)).toBe(true);
        expect(etag).toBe(bench.server.objects.get('a')?.etag);
      }),
  },
  'put over an ETag': {
    line: /^PUT/,
    prepare: async () => {
      const etag = await seed(text('before'));
      return async () => {
        const after = await store.put({ key: 'a', bytes: small, condition: { etag } }, never);
        expect(same(stored(), small)).toBe(true);
        expect(after).toBe(bench.server.objects.get('a')?.etag);
      };
    },
  },
  'upload in one request': {
    line: /^PUT/,
    prepare: () =>
      Promise.resolve(async () => {
        await store.upload(uploadOf('a', small), never);
        expect(same(stored(), small)).toBe(true);
      }),
  },
  'upload, at its start': { line: /^POST .*uploads/, prepare: uploadLarge, blind: ['flippedAnswer'] },
  'upload, in a part': { line: /^PUT .*partNumber=2/, prepare: uploadLarge },
  'upload, at its end': { line: /^POST .*uploadId/, prepare: uploadLarge },
  download: {
    line: /^GET .*\/a/,
    blind: ['flippedAnswer'],
    prepare: async () => {
      const etag = await seed(large);
      return async () => {
        const [download, received] = downloadInto('a', etag, large.length);
        expect(await store.download(download, never)).toBe(crc32(large));
        expect(same(received.bytes, large)).toBe(true);
        expect(received.handedOver).toBe(large.length);
      };
    },
  },
  delete: {
    line: /^POST .*delete/,
    blind: ['flippedAnswer'],
    prepare: async () => {
      await seed(small);
      return async () => {
        expect(await store.delete(['a', 'b'], never)).toEqual([]);
        expect([...bench.server.objects.keys()]).toEqual([]);
      };
    },
  },
};

describe.each(Object.entries(operations))('%s', (_, operation) => {
  const faults = proxyFaults.filter((fault) => operation.blind?.includes(fault) !== true);

  test.each(faults)('%s', async (fault) => {
    const silent = fault.startsWith('silence');
    store = silent ? bench.open({ limits: impatience }) : bench.store;
    const act = await operation.prepare();
    const before = bench.proxy.requests.length;
    bench.proxy.spoil(fault, operation.line);
    await act();
    const spoilt = bench.proxy.requests.slice(before);
    expect(spoilt.filter((request) => request.fault !== undefined)).toHaveLength(1);
    const whole = spoilt.length;
    bench.proxy.choose = () => undefined;
    bench.server.objects.clear();
    const again = await operation.prepare();
    const calm = bench.proxy.requests.length;
    await again();
    // one more try, and one look at what became of the first; impatience may cost more
    if (silent) return;
    expect(whole).toBeLessThanOrEqual(bench.proxy.requests.length - calm + 2);
  });
});

test('a byte changed in a download is told by the checksum it returns', async () => {
  const etag = await seed(large);
  bench.proxy.spoil('flippedAnswer', /^GET/);
  const [download, received] = downloadInto('a', etag, large.length);
  const checksum = await bench.store.download(download, never);
  expect(checksum).toBe(crc32(received.bytes));
  expect(checksum).not.toBe(crc32(large));
});
