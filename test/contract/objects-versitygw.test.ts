// The adapter before a real S3 server.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ObjectStore } from '../../src/ports/objects.ts';
import { makeOpenObjectStore } from '../../src/s3/object-store.ts';
import { never } from '../support/object-samples.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { describeWith } from '../support/requirement.ts';
import { missingVersitygw, startVersitygw, type Versitygw } from '../support/versitygw.ts';
import { describeObjectStore } from './objects.contract.ts';

const MiB = 1024 * 1024;
const open = makeOpenObjectStore({
  clock: systemClock,
  limits: { pageKeys: 7, partBytes: 5 * MiB, rangeBytes: 5 * MiB, copyPartBytes: 5 * MiB },
});

describeWith(missingVersitygw, 'versitygw', () => {
  let server: Versitygw;
  let groups = 0;
  beforeAll(async () => {
    server = await startVersitygw();
  });
  afterAll(async () => {
    await server.close();
  });
  const openStore = (): ObjectStore => open(server.address, server.operator);

  describeObjectStore('the adapter before versitygw', () => {
    groups += 1;
    const prefix = `group-${groups}/run/`;
    return Promise.resolve({ store: openStore(), prefix, manyPartsBytes: 11 * MiB + 3, manyKeys: 20 });
  });

  test('the probe sees what versitygw does, and leaves nothing behind', async () => {
    const store = openStore();
    expect(await store.probe('probed', never)).toEqual({
      conditionalPut: true,
      conditionalDelete: true,
      // versitygw 1.8.0 deletes whatever ETag the batch names
      conditionalBatchDelete: false,
      fullObjectCrc32: true,
      copyPart: true,
      versioning: false,
    });
    for await (const page of store.list('probed/', never)) expect(page).toEqual([]);
  });
});
