// The adapter before a real S3 server with a proxy between them that spoils requests by chance.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ObjectStore } from '../../src/ports/objects.ts';
import { makeOpenObjectStore } from '../../src/s3/object-store.ts';
import { runs } from '../support/counts.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { runStorm } from '../support/object-storm.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { describeWith } from '../support/requirement.ts';
import { hastyLimits } from '../support/s3-bench.ts';
import { missingVersitygw, startVersitygw, type Versitygw } from '../support/versitygw.ts';

const MiB = 1024 * 1024;
// S3 takes no part below 5 MiB but the last; a busy machine needs longer for them than for the fake's
const limits = {
  ...hastyLimits,
  idleMilliseconds: 1500,
  answerMilliseconds: 5000,
  partBytes: 5 * MiB,
  rangeBytes: 5 * MiB,
  singlePutBytes: MiB,
  progressBytes: MiB,
};
const open = makeOpenObjectStore({ clock: systemClock, limits });

describeWith(missingVersitygw, 'versitygw behind faults', () => {
  let server: Versitygw;
  let proxy: FaultProxy;
  beforeAll(async () => {
    server = await startVersitygw();
    proxy = await FaultProxy.start(server.endpoint);
  });
  afterAll(async () => {
    await proxy.close();
    await server.close();
  });

  test('every seed tells the truth, at no more than one and a half times the bytes', async () => {
    const truth = open(server.address, server.operator);
    const store = (): ObjectStore => open({ ...server.address, endpoint: proxy.endpoint }, server.operator);
    let stormy = 0;
    let calm = 0;
    for (let seed = 1; seed <= runs(2, 100); seed += 1) {
      const storm = { store: store(), truth, proxy, prefix: `seed-${seed}/run/`, largeBytes: 41 * MiB + 7 };
      stormy += (await runStorm(storm, seed, 0.12)).bytes;
      calm += (await runStorm(storm, seed, 0)).bytes;
      for await (const page of truth.list(storm.prefix, new AbortController().signal))
        expect(page).toEqual([]);
    }
    expect(stormy).toBeLessThanOrEqual(1.5 * calm);
  }, 1_200_000);
});
