// Dead peers and bad content: what ends no connection by itself is noticed all the same, and one bad thing never hides another.
import { expect, onTestFinished, test } from 'vitest';
import { isList, isWatch } from '../support/fake-api-server/faults.ts';
import { ioUntil, pass, passUntil } from '../support/passing-time.ts';
import { startWatchedKind, type WatchedKind } from '../support/watched-kind.ts';

/** A dead peer is noticed within this: the longest watch and its grace, and the way back. */
const noticed = 52_000;

async function watching(): Promise<WatchedKind> {
  const kind = await startWatchedKind();
  onTestFinished(() => kind[Symbol.asyncDispose]());
  kind.put('a', '1');
  await kind.seen('a', '1');
  await ioUntil(() => kind.server.watches.size === 1);
  return kind;
}

test('a half-open connection (nothing comes, nothing ends) is noticed', async () => {
  const kind = await watching();
  kind.server.watches.freeze();
  kind.put('a', '2');
  await passUntil(kind.clock, () => kind.has('a', '2'), noticed);
  expect(kind.told).toEqual(['a ->1', 'a 1>2']);
  expect(kind.listRequests()).toBe(1);
});

test('a server that takes the request and never answers is noticed', async () => {
  const kind = await watching();
  kind.server.faults.plan({ kind: 'stall' }, isWatch);
  kind.server.watches.reset();
  kind.put('a', '2');
  await passUntil(kind.clock, () => kind.has('a', '2'), noticed + 5000);
  expect(kind.watchRequests()).toBe(3);
});

test('a first list that is never answered is given up and asked again', async () => {
  const kind = await startWatchedKind((server) => server.faults.plan({ kind: 'stall' }, isList));
  onTestFinished(() => kind[Symbol.asyncDispose]());
  kind.put('a', '1');
  await passUntil(kind.clock, () => kind.has('a', '1'), 35_000);
  expect(kind.listRequests()).toBe(2);
});

test('what is asked for: pages, then a watch from there with bookmarks and an end', async () => {
  const kind = await watching();
  const [list, watch] = kind.server.requests.map(({ query }) => Object.fromEntries(query));
  expect(list).toEqual({ limit: '500' });
  expect(watch).toMatchObject({ watch: 'true', allowWatchBookmarks: 'true', timeoutSeconds: '35' });
  expect(Number(watch?.['resourceVersion'])).toBeGreaterThan(0);
});

test('silence grows while nothing is heard and ends with the next word', async () => {
  const kind = await watching();
  const before = kind.cache.silence();
  await pass(kind.clock, 20_000);
  expect(kind.cache.silence()).toBeGreaterThanOrEqual(before + 20_000);
  kind.server.watches.bookmark();
  await ioUntil(() => kind.cache.silence() === 0);
  expect(kind.cache.silence()).toBe(0);
});

test('a quiet but living watch is not taken for dead', async () => {
  const kind = await watching();
  await pass(kind.clock, 300_000);
  expect(kind.cache.silence()).toBeLessThan(50_000);
  expect(kind.watchRequests()).toBeLessThan(12);
  expect(kind.listRequests()).toBe(1);
  expect(kind.log.lines).toEqual([]);
});

test('a handler that throws, in the first list and later, hides nothing from anybody', async () => {
  const kind = await startWatchedKind();
  onTestFinished(() => kind[Symbol.asyncDispose]());
  kind.cache.onChange(() => {
    throw new Error('a listener with a bug');
  });
  const heard: string[] = [];
  kind.cache.onChange(({ key }) => heard.push(key));
  kind.put('a', '1');
  kind.put('b', '1');
  await kind.seen('b', '1');
  kind.put('c', '1');
  await kind.seen('c', '1');
  expect(heard).toEqual(['voice/a', 'voice/b', 'voice/c']);
  expect(kind.watchRequests()).toBe(1);
});

test.each(['garbage\n', '{"type":"NEWS","object":{}}\n', '42\n', '\n'])(
  'a line that is no event (%j): listed anew, nothing lost',
  async (line) => {
    const kind = await watching();
    kind.server.watches.write(line);
    await passUntil(kind.clock, () => kind.listRequests() === 2);
    kind.put('b', '1');
    await passUntil(kind.clock, () => kind.has('b', '1'));
    expect(kind.told).toEqual(['a ->1', 'b ->1']);
  },
);

test('an object that cannot be read is skipped and named; those beside it arrive', async () => {
  const kind = await watching();
  kind.server.watches.write('{"type":"ADDED","object":{"metadata":{"name":"odd"}}}\n');
  kind.put('b', '1');
  await kind.seen('b', '1');
  expect(kind.watchRequests()).toBe(1);
  const [line] = kind.log.lines.filter(({ level }) => level === 'error');
  expect(String(line?.fields['err'])).toContain('configmaps "odd" without metadata.uid');
});

test('characters split between chunks arrive whole', async () => {
  const kind = await watching();
  const object = {
    metadata: { name: 'b', namespace: 'voice', uid: 'u', resourceVersion: '999' },
    data: { step: '小艺 😀' },
  };
  for (const byte of Buffer.from(`${JSON.stringify({ type: 'ADDED', object })}\n`)) {
    kind.server.watches.write(Buffer.of(byte));
    if (byte > 127) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await kind.seen('b', '小艺 😀');
  expect(kind.told.at(-1)).toBe('b ->小艺 😀');
});

test('many events arrive in their order', async () => {
  const kind = await watching();
  kind.told.length = 0;
  const steps = Array.from({ length: 500 }, (_, step) => String(step + 2));
  for (const step of steps) kind.put('a', step);
  await kind.seen('a', '501');
  expect(kind.told).toEqual(steps.map((step) => `a ${Number(step) - 1}>${step}`));
});

test('an aborted watch asks nothing more and leaves nothing behind', async () => {
  const kind = await startWatchedKind();
  kind.put('a', '1');
  await kind.seen('a', '1');
  await ioUntil(() => kind.server.watches.size === 1);
  await kind[Symbol.asyncDispose]();
  expect(kind.clock.sleeping).toBe(0);
  const requests = kind.server.requests.length;
  await pass(kind.clock, 60_000);
  expect(kind.server.requests).toHaveLength(requests);
});
