// The adapter before a fake S3 server, with a proxy between them that can spoil requests; small parts and short delays.
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { makeOpenObjectStore } from '../../src/s3/object-store.ts';
import type { Limits } from '../../src/s3/limits.ts';
import type { ObjectStore } from '../../src/ports/objects.ts';
import { fakeCredentials, FakeS3Server } from './fake-s3/fake-s3-server.ts';
import { FaultProxy } from './fault-proxy.ts';
import { systemClock } from '../../src/ops/clock.ts';

export const hastyLimits: Partial<Limits> = {
  connectMilliseconds: 2000,
  idleMilliseconds: 5000,
  answerMilliseconds: 10_000,
  tries: 4,
  firstDelayMilliseconds: 5,
  longestDelayMilliseconds: 50,
  longestWaitMilliseconds: 100,
  throttledDelayMilliseconds: 20,
  lanes: 3,
  partBytes: 100_000,
  rangeBytes: 100_000,
  singlePutBytes: 50_000,
  copyPartBytes: 200_000,
  pageKeys: 4,
  progressBytes: 20_000,
  cleanUpMilliseconds: 1000,
};

/** For tests with silent servers: soon noticed, but on a busy machine also where there is none. */
export const impatience: Partial<Limits> = { idleMilliseconds: 400 };

export interface S3Bench {
  readonly server: FakeS3Server;
  readonly proxy: FaultProxy;
  readonly store: ObjectStore;
  /** Another store, which has learnt nothing yet. */
  readonly open: (change?: StoreChange) => ObjectStore;
  readonly close: () => Promise<void>;
}

export interface StoreChange {
  readonly bucket?: string;
  readonly endpoint?: string;
  readonly limits?: Partial<Limits>;
}

/** For a test file: one bench for all its tests, told once it runs; empty and unspoilt before each. */
export function sharedS3Bench(started: (bench: S3Bench) => void): void {
  let bench: S3Bench;
  beforeAll(async () => {
    bench = await startS3Bench();
    started(bench);
  });
  afterAll(async () => {
    await bench.close();
  });
  beforeEach(() => {
    bench.proxy.choose = () => undefined;
    bench.server.objects.clear();
    bench.server.uploads.clear();
    bench.server.quirks = {};
  });
}

export async function startS3Bench(): Promise<S3Bench> {
  const server = await FakeS3Server.start();
  const proxy = await FaultProxy.start(server.endpoint);
  const open = ({ limits, ...address }: StoreChange = {}): ObjectStore =>
    makeOpenObjectStore({ clock: systemClock, limits: { ...hastyLimits, ...limits } })(
      { ...server.address(proxy.endpoint), ...address },
      fakeCredentials,
    );
  const close = async (): Promise<void> => {
    await proxy.close();
    await server.close();
  };
  return { server, proxy, store: open(), open, close };
}
