// Servers that know less than S3, or say it differently: the adapter does its best with each, and the probe says what that is.
import { beforeEach, describe, expect, test } from 'vitest';
import type { Upload } from '../../src/ports/objects.ts';
import type { S3Quirks } from '../support/fake-s3/s3-answer.ts';
import { codeOf, collect, downloadInto, never, sample, text, uploadOf } from '../support/object-samples.ts';
import { type S3Bench, sharedS3Bench } from '../support/s3-bench.ts';

let bench: S3Bench;
sharedS3Bench((started) => {
  bench = started;
});

const large = sample(450_001);
const put = (value: string, condition: 'absent' | { etag: string }): Promise<string> =>
  bench.store.put({ key: 'a', bytes: text(value), condition }, never);
const content = (): string => bench.server.objects.get('a')?.bytes.toString() ?? '';

describe('a server that answers 501 to conditions', () => {
  beforeEach(() => {
    bench.server.quirks = { conditions: 'unknown' };
  });

  test('put looks first', async () => {
    const etag = await put('one', 'absent');
    expect(await codeOf(put('two', 'absent'))).toBe('PreconditionFailed');
    expect(await codeOf(put('two', { etag: '"wrong"' }))).toBe('PreconditionFailed');
    expect(content()).toBe('one');
    await put('three', { etag });
    expect(content()).toBe('three');
  });

  test('upload looks first', async () => {
    await put('one', 'absent');
    for (const bytes of [large, sample(1000)])
      expect(await codeOf(bench.store.upload(uploadOf('a', bytes), never))).toBe('PreconditionFailed');
    expect(content()).toBe('one');
    await bench.store.upload(uploadOf('b', large), never);
    expect(bench.server.objects.get('b')?.bytes.length).toBe(large.length);
  });
});

test('a conflict (409) is a condition that is not met', async () => {
  bench.server.quirks = { conditions: 'conflict' };
  await put('one', 'absent');
  expect(await codeOf(put('two', 'absent'))).toBe('PreconditionFailed');
  expect(await codeOf(bench.store.upload(uploadOf('a', large), never))).toBe('PreconditionFailed');
  expect(content()).toBe('one');
});

describe.each(['kept', 'unknown', 'ignored'] as const)(
  'the CRC32 of a whole upload is %s',
  (wholeChecksum) => {
    test('and the upload comes back whole', async () => {
      bench.server.quirks = { wholeChecksum };
      const store = bench.open();
      await store.upload(uploadOf('a', large), never);
      await store.upload(uploadOf('b', large), never);
      expect(bench.server.objects.get('b')?.bytes.equals(large)).toBe(true);
      expect(bench.server.objects.get('b')?.checksum !== undefined).toBe(wholeChecksum === 'kept');
    });
  },
);

/** An upload that does not have the announced CRC32. */
const wrong = (bytes: Uint8Array): Upload => ({ ...uploadOf('a', bytes), crc32: 1 });

test("a file that changed on the way is found out without the server's help, and a small one before it is sent", async () => {
  bench.server.quirks = { wholeChecksum: 'ignored' };
  const before = bench.server.requests.length;
  expect(await codeOf(bench.open().upload(wrong(sample(1000)), never))).toBe('Corrupted');
  expect(bench.server.requests.length).toBe(before);
  expect(await codeOf(bench.open().upload(wrong(large), never))).toBe('Corrupted');
  expect(bench.server.objects.size + bench.server.uploads.size).toBe(0);
});

const stayed = async (): Promise<string[]> =>
  (await collect(bench.store.list('', never))).flat().map(({ key }) => key);

describe.each(['whole', 'shifted'] as const)('a server that answers a range with %s', (ranges) => {
  test('is found out; nothing of it is handed over', async () => {
    await bench.store.put({ key: 'a', bytes: large, condition: 'any' }, never);
    const etag = bench.server.objects.get('a')?.etag ?? '';
    bench.server.quirks = { ranges };
    const [download, received] = downloadInto('a', etag, large.length);
    expect(await codeOf(bench.store.download(download, never))).toBe('Corrupted');
    expect(received.handedOver).toBe(0);
    const range = { key: 'a', etag, offset: 10, length: 20 };
    expect(await codeOf(bench.store.getRange(range, never))).toBe('Corrupted');
  });
});

const able = {
  conditionalPut: true,
  conditionalDelete: true,
  conditionalBatchDelete: true,
  fullObjectCrc32: true,
  copyPart: true,
  versioning: false,
};
const none = { conditionalPut: false, conditionalDelete: false, conditionalBatchDelete: false };

const servers: readonly { name: string; quirks: S3Quirks; want: object }[] = [
  { name: 'a server that does all', quirks: {}, want: able },
  { name: 'one that answers 409', quirks: { conditions: 'conflict' }, want: able },
  { name: 'one that ignores conditions', quirks: { conditions: 'ignored' }, want: { ...able, ...none } },
  {
    name: 'one that refuses conditions',
    quirks: { conditions: 'unknown' },
    want: { ...able, conditionalPut: false, conditionalDelete: false },
  },
  {
    name: 'one that refuses the CRC32 of a whole',
    quirks: { wholeChecksum: 'unknown' },
    want: { ...able, fullObjectCrc32: false },
  },
  {
    name: 'one that ignores the CRC32 of a whole',
    quirks: { wholeChecksum: 'ignored' },
    want: { ...able, fullObjectCrc32: false },
  },
  { name: 'one that cannot copy parts', quirks: { copyPart: 'unknown' }, want: { ...able, copyPart: false } },
];

describe('the probe', () => {
  test.each(servers)('of $name tells it, and leaves nothing behind', async ({ quirks, want }) => {
    bench.server.quirks = quirks;
    expect(await bench.open().probe('team', never)).toEqual(want);
    expect([...bench.server.objects.keys()]).toEqual([]);
    expect(bench.server.uploads.size).toBe(0);
  });

  test('works below the given prefix only, also in a whole bucket', async () => {
    const lines = bench.proxy.requests.length;
    await bench.store.probe('', never);
    await bench.store.probe('team', never);
    const paths = bench.proxy.requests.slice(lines).map(({ line }) => line.split(/[ ?]/)[1] ?? '');
    for (const path of paths)
      expect(path).toMatch(/^\/fake-bucket\/?$|^\/fake-bucket\/(team\/)?\.reprise-probe\//);
  });

  test('never calls a server that is away unable', async () => {
    let count = 0;
    bench.proxy.choose = () => {
      count += 1;
      return count > 6 ? 'serverError' : undefined;
    };
    expect(await codeOf(bench.open().probe('team', never))).toBe('Unavailable');
    bench.proxy.choose = () => undefined;
  });
});

describe('delete', () => {
  const keys = ['a', 'b', 'c'];
  beforeEach(async () => {
    for (const key of keys) await bench.store.put({ key, bytes: text(key), condition: 'any' }, never);
  });
  test('tells each key that stayed, with the code', async () => {
    bench.server.quirks = { keeps: (key) => (key === 'b' ? 'AccessDenied' : undefined) };
    expect(await bench.store.delete(keys, never)).toEqual([
      { key: 'b', code: 'AccessDenied', message: 'the fake keeps it' },
    ]);
    expect(await stayed()).toEqual(['b']);
  });

  test('takes a key the answer does not mention for one that stayed', async () => {
    bench.server.quirks = { keeps: (key) => (key === 'b' ? '' : undefined) };
    expect(await bench.store.delete(keys, never)).toMatchObject([{ key: 'b', code: 'Unconfirmed' }]);
    expect(await stayed()).toEqual(['b']);
  });

  test('asks again for a key that failed in passing', async () => {
    let refusals = 0;
    bench.server.quirks = {
      keeps: (key) => {
        if (key !== 'b' || refusals === 2) return undefined;
        refusals += 1;
        return 'InternalError';
      },
    };
    expect(await bench.store.delete(keys, never)).toEqual([]);
    expect(await stayed()).toEqual([]);
  });

  test('counts NoSuchKey as deleted', async () => {
    bench.server.quirks = { keeps: (key) => (key === 'b' ? 'NoSuchKey' : undefined) };
    expect(await bench.store.delete(['b'], never)).toEqual([]);
  });
});
