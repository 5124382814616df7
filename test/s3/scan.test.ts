// A scan is complete or an error, whatever the server does in the middle of it.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { refuse, type S3Quirks, xml } from '../support/fake-s3/s3-answer.ts';
import { attempt, collect, never, text } from '../support/object-samples.ts';
import { type S3Bench, startS3Bench } from '../support/s3-bench.ts';

const keys = ['a', 'b', 'c', 'd', 'e'].flatMap((run) =>
  Array.from({ length: 6 }, (_, n) => `p/${run}/model_${n}.pt`),
);
const landmarks = ['a', 'b', 'c', 'd', 'e'].map((run) => `p/${run}/`);
const request = { prefix: 'p/', landmarks };

let bench: S3Bench;
beforeAll(async () => {
  bench = await startS3Bench();
  for (const key of [...keys, 'q/a'])
    await bench.store.put({ key, bytes: text(key), condition: 'any' }, never);
});
afterAll(async () => {
  await bench.close();
});
beforeEach(() => {
  bench.server.quirks = {};
  bench.proxy.choose = () => undefined;
});

const scanned = async (): Promise<string[]> =>
  (await collect(bench.open().scan(request, never)))
    .flat()
    .map(({ key }) => key)
    .toSorted();

const isFirst = (query: URLSearchParams): boolean =>
  !query.has('start-after') && !query.has('continuation-token');

/** Lists until the n-th page, then answers so. */
function fromPage(n: number, answer: ReturnType<typeof refuse>): S3Quirks {
  let asked = 0;
  return {
    listing: () => {
      asked += 1;
      return asked < n ? undefined : answer;
    },
  };
}

describe('a server that from the third page on answers', () => {
  test.each([
    { title: '503 SlowDown', answer: refuse('SlowDown'), code: 'Unavailable', says: 'SlowDown' },
    { title: '500', answer: refuse('InternalError'), code: 'Unavailable', says: 'InternalError' },
    {
      title: '200 with an error inside',
      answer: { ...refuse('InternalError'), status: 200 },
      code: 'Unavailable',
      says: 'the fake says InternalError',
    },
    {
      title: '403',
      answer: { ...refuse('AccessDenied'), status: 403 },
      code: 'AccessDenied',
      says: 'rights|may do this',
    },
    { title: 'another document', answer: xml('Welcome', '<A>1</A>'), code: 'Corrupted', says: '<Welcome>' },
    {
      title: 'nothing at all',
      answer: { ...xml('R', ''), body: Buffer.alloc(0) },
      code: 'Corrupted',
      says: 'cut short',
    },
    {
      title: 'an endless page',
      answer: { ...xml('R', ''), body: Buffer.alloc(17 * 1024 * 1024, 'x') },
      code: 'Corrupted',
      says: 'endless',
    },
  ])('$title ends the scan with that error', async ({ answer, code, says }) => {
    bench.server.quirks = fromPage(3, answer);
    expect(await attempt(scanned())).toMatchObject({
      code,
      message: expect.stringMatching(says) as string,
    });
  });
});

describe('is complete with', () => {
  test('pages shorter than asked for', async () => {
    bench.server.quirks = {
      page: (page) => {
        const shown = page.keys.slice(0, 2);
        const cut = shown.length < page.keys.length;
        const token = cut ? shown.at(-1) : page.token;
        return { keys: shown, truncated: cut || page.truncated, token, count: shown.length };
      },
    };
    expect(await scanned()).toEqual(keys);
  });

  test('a server that sends more keys than asked for', async () => {
    const answer = xml(
      'ListBucketResult',
      `<IsTruncated>false</IsTruncated>${keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size><LastModified>2026-11-28T01:29:28Z</LastModified></Contents>`).join('')}`,
    );
    bench.server.quirks = { listing: (query) => (isFirst(query) ? answer : undefined) };
    expect(await scanned()).toEqual(keys);
  });

  test('a storm of SlowDown that passes', async () => {
    const refused = new Map<string, number>();
    bench.server.quirks = {
      listing: (query) => {
        const count = (refused.get(String(query)) ?? 0) + 1;
        refused.set(String(query), count);
        return count > 2 ? undefined : refuse('SlowDown');
      },
    };
    expect(await scanned()).toEqual(keys);
  });

  test('keys that the server encoded, though nobody asked', async () => {
    const entry =
      '<Contents><Key>p/a+b%2Bc%25%C3%A9</Key><Size>1</Size><LastModified>2026-11-28T01:29:28Z</LastModified></Contents>';
    const answer = xml(
      'ListBucketResult',
      `<IsTruncated>false</IsTruncated>${entry}<EncodingType>url</EncodingType>`,
    );
    bench.server.quirks = {
      listing: (query) =>
        isFirst(query) ? answer : xml('ListBucketResult', '<IsTruncated>false</IsTruncated>'),
    };
    expect(await scanned()).toEqual(['p/a b+c%é']);
  });
});

test('a server that does not know StartAfter is found out', async () => {
  bench.server.quirks = { startAfter: 'ignored' };
  expect(await attempt(scanned())).toMatchObject({
    code: 'Corrupted',
    message: expect.stringContaining('keys out of order') as string,
  });
});

test('who stops early leaves no request behind', async () => {
  const before = bench.server.requests.length;
  for await (const page of bench.open().scan(request, never)) {
    expect(page.length).toBeGreaterThan(0);
    break;
  }
  const asked = bench.server.requests.length - before;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(bench.server.requests.length - before).toBe(asked);
});
