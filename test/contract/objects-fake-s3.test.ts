// The adapter over real HTTP before a server in memory: the same suite, on a machine without a real S3 server too.
import { afterAll, beforeAll } from 'vitest';
import { makeOpenObjectStore } from '../../src/s3/object-store.ts';
import { fakeCredentials, FakeS3Server } from '../support/fake-s3/fake-s3-server.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { describeObjectStore } from './objects.contract.ts';

const limits = { pageKeys: 7, partBytes: 200_000, rangeBytes: 200_000, singlePutBytes: 100_000 };
const open = makeOpenObjectStore({ clock: systemClock, limits });

let server: FakeS3Server;
let groups = 0;
beforeAll(async () => {
  server = await FakeS3Server.start();
});
afterAll(async () => {
  await server.close();
});

describeObjectStore('the adapter before a fake S3 server', () => {
  groups += 1;
  const store = open(server.address(), fakeCredentials);
  return Promise.resolve({ store, prefix: `group-${groups}/`, manyPartsBytes: 1_000_003, manyKeys: 20 });
});
