// A store that is away for good: every operation ends by itself, soon, with an error that says where and what to check, and
// after a bounded number of requests. Nothing is pretended.
import { describe, expect, test } from 'vitest';
import type { ObjectStore } from '../../src/ports/objects.ts';
import { fakeCredentials } from '../support/fake-s3/fake-s3-server.ts';
import type { ProxyFault } from '../support/fault-proxy.ts';
import { attempt, collect, never, sample, text, uploadOf } from '../support/object-samples.ts';
import { hastyLimits, type S3Bench, sharedS3Bench } from '../support/s3-bench.ts';

let bench: S3Bench;
sharedS3Bench((started) => {
  bench = started;
});

const tries = hastyLimits.tries ?? 0;
const key = 'voice/run/a';
const etag = '"0123456789abcdef0123456789abcdef"';

const operations: Readonly<Record<string, (store: ObjectStore) => Promise<unknown>>> = {
  list: (store) => collect(store.list(key, never)),
  head: (store) => store.head(key, never),
  get: (store) => store.get(key, never),
  getRange: (store) => store.getRange({ key, etag, offset: 0, length: 10 }, never),
  put: (store) => store.put({ key, bytes: text('x'), condition: 'absent' }, never),
  'upload (small)': (store) => store.upload(uploadOf(key, sample(1000)), never),
  'upload (large)': (store) => store.upload(uploadOf(key, sample(300_000)), never),
  download: (store) => store.download({ key, etag, sizeBytes: 10, write: () => {} }, never),
  delete: (store) => store.delete([key], never),
  probe: (store) => store.probe('voice', never),
};

const outages: readonly ProxyFault[] = ['slowDown', 'serverError', 'silenceBefore', 'resetBefore'];

describe.each(outages)('with %s on every request', (fault) => {
  test.each(Object.entries(operations))('%s gives up', async (_, act) => {
    bench.proxy.choose = () => fault;
    const before = bench.proxy.requests.length;
    const error = await attempt(act(bench.open({ limits: { idleMilliseconds: 100 } })));
    expect(error).toMatchObject({ name: 'ObjectStoreError', code: 'Unavailable' });
    // each try, one look after each at what became of it, and a clean-up
    expect(bench.proxy.requests.length - before).toBeLessThanOrEqual(2 * tries + 2);
    expect([...bench.server.objects.keys()]).toEqual([]);
  });
});

test('a server that is not there is named with what to check, and no credential', async () => {
  const store = bench.open({ endpoint: 'http://user:hunter2@127.0.0.1:9' });
  const error = (await attempt(store.head(key, never))) as Error;
  expect(error).toMatchObject({ code: 'Unavailable' });
  expect(error.message).toBe(
    'cannot look at s3://fake-bucket/voice/run/a at http://127.0.0.1:9: ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:9; ' +
      'check that the endpoint is right, up and reachable from here',
  );
  expect(JSON.stringify(error) + error.message).not.toContain(fakeCredentials.secretAccessKey);
});

test('a name that nobody knows is Unavailable', async () => {
  const store = bench.open({ endpoint: 'http://no-such-host.invalid' });
  expect(await attempt(store.head(key, never))).toMatchObject({ code: 'Unavailable' });
});

test('an abort ends the waiting at once', async () => {
  bench.proxy.choose = () => 'silenceBefore';
  const store = bench.open({ limits: { idleMilliseconds: 60_000, answerMilliseconds: 60_000 } });
  const stop = new AbortController();
  const started = performance.now();
  const outcome = attempt(store.get(key, stop.signal));
  setTimeout(() => stop.abort(new Error('enough')), 50);
  expect(await outcome).toBe(stop.signal.reason);
  expect(performance.now() - started).toBeLessThan(5000);
});
