// An upload with a rate: it takes its time, arrives whole, and stops at once when told.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ObjectStore } from '../../src/ports/objects.ts';
import { makeOpenObjectStore } from '../../src/s3/object-store.ts';
import { fakeCredentials, FakeS3Server } from '../support/fake-s3/fake-s3-server.ts';
import { attempt, never, sample, uploadOf } from '../support/object-samples.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

let server: FakeS3Server;
beforeAll(async () => {
  server = await FakeS3Server.start();
});
afterAll(async () => {
  await server.close();
});

let clock: VirtualClock;
let store: ObjectStore;
beforeEach(() => {
  clock = new VirtualClock();
  const limits = { lanes: 3, partBytes: 100_000, singlePutBytes: 50_000 };
  store = makeOpenObjectStore({ clock, limits })(server.address(), fakeCredentials);
});

const yes = (): boolean => true;
const soon = (): Promise<boolean> => new Promise((resolve) => setTimeout(resolve, 2, false));

/** Lets virtual time pass beside the real requests until the promise has settled. */
async function passUntil<T>(promise: Promise<T>): Promise<T> {
  const settled = promise.then(yes, yes);
  while (!(await Promise.race([settled, soon()]))) await clock.advance(20);
  return promise;
}

const rate = 100_000;

describe.each([
  { name: 'in parts', size: 400_000 },
  { name: 'in one request', size: 45_000 },
])('$name', ({ name, size }) => {
  test('an upload takes as long as its rate says, and arrives whole', async () => {
    const upload = uploadOf(`slow ${name}`, sample(size));
    const started = clock.monotonic();
    await passUntil(store.upload({ ...upload, maxBytesPerSecond: rate }, never));
    const slice = rate / 8;
    expect(clock.monotonic() - started).toBeGreaterThanOrEqual((1000 * (size - slice)) / rate - 250);
    expect(server.objects.get(upload.key)?.bytes.equals(sample(size))).toBe(true);
    expect(clock.sleeping).toBe(0);
  });

  test('an abort ends the waiting, and nothing is visible', async () => {
    const upload = uploadOf(`stopped ${name}`, sample(size));
    const stop = new AbortController();
    const outcome = attempt(store.upload({ ...upload, maxBytesPerSecond: 1000 }, stop.signal));
    await expect.poll(() => clock.sleeping).toBeGreaterThan(0);
    stop.abort(new Error('enough'));
    expect(await passUntil(outcome)).toBe(stop.signal.reason);
    expect(server.objects.has(upload.key)).toBe(false);
  });
});
