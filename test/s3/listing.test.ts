// A listing is complete or an error: every way a page can lie is found out, and none is taken for the end.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ListPage } from '../support/fake-s3/s3-answer.ts';
import { attempt, codeOf, collect, never, text } from '../support/object-samples.ts';
import { hastyLimits, type S3Bench, startS3Bench } from '../support/s3-bench.ts';

let bench: S3Bench;
beforeAll(async () => {
  bench = await startS3Bench();
  for (const key of ['p/a', 'p/b', 'p/c', 'p/d', 'p/e', 'p/f', 'p/g', 'q/a'])
    await bench.store.put({ key, bytes: text(key), condition: 'any' }, never);
});
afterAll(async () => {
  await bench.close();
});
beforeEach(() => {
  bench.server.quirks = {};
});

interface Lie {
  readonly page: (page: ListPage) => ListPage;
  /** What the error says. */
  readonly says: string;
}

const lies: Readonly<Record<string, Lie>> = {
  'more to come, but no token': {
    page: (page) => ({ ...page, truncated: true, token: undefined }),
    says: 'more to come but no token',
  },
  'no more to come, but a token': {
    page: (page) => ({ ...page, truncated: false, token: 'p/a' }),
    says: 'a last page with a token',
  },
  'a token that leads back to itself': {
    page: (page) => ({ ...page, truncated: true, token: 'p/d' }),
    says: 'leads back to itself',
  },
  'keys out of order': {
    page: (page) => ({ ...page, keys: page.keys.toReversed() }),
    says: 'keys out of order: p/c after p/d',
  },
  'a key twice': {
    page: (page) => ({ ...page, keys: page.keys.map(() => 'p/a') }),
    says: 'keys out of order: p/a after p/a',
  },
  'a key outside the prefix': {
    page: (page) => ({ ...page, keys: [...page.keys, 'q/a'], count: page.count + 1 }),
    says: 'outside the prefix: q/a',
  },
  'fewer keys than it counts': {
    page: (page) => ({ ...page, keys: page.keys.slice(1) }),
    says: 'a page of 3 keys that counts 4',
  },
  'the first page again': {
    page: (page) => ({ ...page, keys: ['p/a', 'p/b'], count: 2 }),
    says: 'keys out of order: p/a after p/b',
  },
  'empty pages without an end': {
    page: (page) => ({ keys: [], truncated: true, token: `${page.token ?? ''}x${Math.random()}`, count: 0 }),
    says: 'empty pages in a row',
  },
};

describe('a page with', () => {
  test.each(Object.entries(lies))('%s ends the listing with an error', async (_, { page, says }) => {
    bench.server.quirks = { page };
    const before = bench.proxy.requests.length;
    expect(await attempt(collect(bench.store.list('p/', never)))).toMatchObject({
      code: 'Corrupted',
      message: expect.stringContaining(says) as string,
    });
    const most = 2 + 21 + (hastyLimits.tries ?? 0);
    expect(bench.proxy.requests.length - before).toBeLessThanOrEqual(most);
  });
});

test('a page cut short anywhere is never taken for a page', async () => {
  const store = bench.open({ limits: { tries: 1 } });
  for (let cutAt = 0; cutAt < 700; cutAt += 13) {
    bench.server.quirks = { cutAt };
    expect(await codeOf(collect(store.list('p/', never))), `cut at ${cutAt}`).toBe('Corrupted');
  }
});

test('a page that lies once is asked for again', async () => {
  let asked = 0;
  bench.server.quirks = {
    page: (page) => {
      asked += 1;
      return asked === 2 ? { ...page, keys: page.keys.slice(1) } : page;
    },
  };
  const pages = await collect(bench.store.list('p/', never));
  expect(pages.flat().map(({ key }) => key)).toEqual(['p/a', 'p/b', 'p/c', 'p/d', 'p/e', 'p/f', 'p/g']);
});

test('an empty page in the middle is passed over', async () => {
  let asked = 0;
  bench.server.quirks = {
    page: (page) => {
      asked += 1;
      return asked === 2 ? { keys: [], truncated: true, token: 'p/d!', count: 0 } : page;
    },
  };
  const pages = await collect(bench.store.list('p/', never));
  expect(pages.flat().map(({ key }) => key)).toEqual(['p/a', 'p/b', 'p/c', 'p/d', 'p/e', 'p/f', 'p/g']);
});

test('a bucket that does not exist is named, with the cure', async () => {
  const nowhere = bench.open({ bucket: 'no-such-bucket' });
  expect(await attempt(collect(nowhere.list('p/', never)))).toMatchObject({
    code: 'NotFound',
    message: expect.stringMatching(
      /list s3:\/\/no-such-bucket\/p\/ at http:\S+ NoSuchBucket.*create the bucket/,
    ),
  });
});
