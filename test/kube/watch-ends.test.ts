// Every way a watch can end, one test each: the cache catches up by itself, every change is told once, in order.
import { expect, onTestFinished, test } from 'vitest';
import { ApiError, type ApiErrorReason } from '../support/object-storage/api-error.ts';
import { isList, isWatch } from '../support/fake-api-server/faults.ts';
import { ioUntil, pass, passUntil } from '../support/passing-time.ts';
import { startWatchedKind, type WatchedKind } from '../support/watched-kind.ts';

async function watching(): Promise<WatchedKind> {
  const kind = await startWatchedKind();
  onTestFinished(() => kind[Symbol.asyncDispose]());
  kind.put('a', '1');
  await kind.seen('a', '1');
  await ioUntil(() => kind.server.watches.size === 1);
  return kind;
}

/** After whatever happened: a change made now arrives, within so much virtual time. */
async function expectAlive(kind: WatchedKind, within = 15_000): Promise<void> {
  kind.put('alive', 'yes');
  await passUntil(kind.clock, () => kind.has('alive', 'yes'), within);
  expect(kind.told.at(-1)).toBe('alive ->yes');
}

test('HTTP 410 when the watch begins again: a new list, and its differences are told', async () => {
  const kind = await watching();
  kind.put('b', '1');
  await kind.seen('b', '1');
  kind.server.faults.plan({ kind: 'status', code: 410 }, isWatch);
  kind.server.watches.reset();
  kind.put('a', '2');
  kind.remove('b');
  kind.put('c', '1');
  kind.told.length = 0;
  await passUntil(kind.clock, () => kind.has('c', '1'));
  expect(kind.told).toEqual(['b 1>-', 'a 1>2', 'c ->1']);
  expect(kind.listRequests()).toBe(2);
  await expectAlive(kind);
});

test('410 because the server forgot the version (compaction)', async () => {
  const kind = await watching();
  kind.server.watches.reset();
  kind.put('a', '2');
  kind.server.compact();
  await passUntil(kind.clock, () => kind.has('a', '2'));
  expect(kind.listRequests()).toBe(2);
  await expectAlive(kind);
});

test('410 as an ERROR event in the stream: a new list', async () => {
  const kind = await watching();
  kind.server.watches.error(new ApiError('Expired', 'too old resource version'));
  await passUntil(kind.clock, () => kind.listRequests() === 2);
  await expectAlive(kind);
});

test.each<ApiErrorReason>(['InternalError', 'TooManyRequests'])(
  'an ERROR event other than 410 (%s): the watch goes on from where it was, without a list',
  async (reason) => {
    const kind = await watching();
    kind.server.watches.error(new ApiError(reason, 'storage is (re)initializing'));
    await passUntil(kind.clock, () => kind.watchRequests() === 2);
    expect(kind.listRequests()).toBe(1);
    await expectAlive(kind);
  },
);

test.each([500, 503, 429, 403])('HTTP %s when the watch begins, ten times', async (code) => {
  const kind = await watching();
  kind.server.faults.plan({ kind: 'status', code }, isWatch, 10);
  kind.server.watches.close();
  await passUntil(kind.clock, () => kind.watchRequests() === 12, 60_000);
  await expectAlive(kind);
});

test('Retry-After is waited for', async () => {
  const kind = await watching();
  kind.server.faults.plan({ kind: 'status', code: 429, headers: { 'retry-after': '20' } }, isWatch);
  kind.server.watches.close();
  await passUntil(kind.clock, () => kind.watchRequests() === 2);
  await pass(kind.clock, 19_000);
  expect(kind.watchRequests()).toBe(2);
  await passUntil(kind.clock, () => kind.watchRequests() === 3, 3000);
  await expectAlive(kind);
});

test('the connection is reset', async () => {
  const kind = await watching();
  kind.server.watches.reset();
  await passUntil(kind.clock, () => kind.watchRequests() === 2);
  expect(kind.listRequests(), 'nothing was lost, so nothing is listed').toBe(1);
  await expectAlive(kind);
});

test('the connection is reset in the middle of an event', async () => {
  const kind = await watching();
  kind.server.watches.write('{"type":"ADDED","object":{"metadata":{"na');
  kind.server.watches.reset();
  await passUntil(kind.clock, () => kind.watchRequests() === 2);
  await expectAlive(kind);
  expect(kind.told).toEqual(['a ->1', 'alive ->yes']);
});

test.each([
  { name: 'HTTP 500', fault: { kind: 'status', code: 500 } as const },
  { name: 'HTTP 403', fault: { kind: 'status', code: 403 } as const },
  { name: 'a reset', fault: { kind: 'reset' } as const },
  { name: 'half an answer', fault: { kind: 'truncate' } as const },
  {
    name: "a proxy's page",
    fault: { kind: 'raw', code: 200, contentType: 'text/html', body: '<html>' } as const,
  },
  {
    name: 'a list without items',
    fault: { kind: 'raw', code: 200, contentType: 'application/json', body: '{}' } as const,
  },
])('the first lists fail: $name', async ({ fault }) => {
  const kind = await startWatchedKind((server) => server.faults.plan(fault, isList, 3));
  onTestFinished(() => kind[Symbol.asyncDispose]());
  kind.put('a', '1');
  await passUntil(kind.clock, () => kind.has('a', '1'));
  expect(kind.listRequests()).toBe(4);
  expect(kind.log.messages('warn')).toEqual(['watch interrupted']);
  await expectAlive(kind);
});

test('the list after a 410 fails: what was known stays until there is a complete one', async () => {
  const kind = await watching();
  kind.server.faults.plan({ kind: 'status', code: 500 }, isList, 5);
  kind.server.watches.error(new ApiError('Expired', 'too old resource version'));
  await passUntil(kind.clock, () => kind.listRequests() === 4);
  expect(kind.has('a', '1')).toBe(true);
  expect(kind.told).toEqual(['a ->1']);
  await expectAlive(kind, 30_000);
});

test('the server closes a quiet watch again and again: each time it is open again soon', async () => {
  const kind = await watching();
  for (let closes = 0; closes < 8; closes += 1) {
    await pass(kind.clock, 2000);
    kind.server.watches.close();
    await passUntil(kind.clock, () => kind.watchRequests() === closes + 2, 1000);
    await ioUntil(() => kind.server.watches.size === 1);
  }
  expect(kind.listRequests()).toBe(1);
  await expectAlive(kind, 1000);
});

test('a server that closes every watch at once is not asked in a hot loop', async () => {
  const kind = await watching();
  kind.server.faults.plan(
    { kind: 'raw', code: 200, contentType: 'application/json', body: '' },
    isWatch,
    1e6,
  );
  kind.server.watches.close();
  await pass(kind.clock, 60_000);
  expect(kind.watchRequests()).toBeGreaterThan(10);
  expect(kind.watchRequests()).toBeLessThan(40);
  kind.server.faults.clear();
  await expectAlive(kind);
});

test('a watch that ended as it was asked to goes on from the bookmark, at once and without a list', async () => {
  const kind = await watching();
  kind.server.storage.create(
    { group: '', plural: 'secrets' },
    { metadata: { name: 'other', namespace: 'voice' } },
  );
  await passUntil(kind.clock, () => kind.watchRequests() === 2, 45_000);
  const version = kind.server.requests.at(-1)?.query.get('resourceVersion');
  expect(version).toBe(String(kind.server.storage.journal.resourceVersion));
  expect(kind.listRequests()).toBe(1);
  expect(kind.log.lines).toEqual([]);
  await expectAlive(kind);
});
