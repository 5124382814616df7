// The sweep and the deletions of the operator over a real S3 server: what they count is what is there, what they delete is gone for good.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/ops/clock.ts';
import { StoreRegistry } from '../../src/operator/store/store-registry.ts';
import { deleteLogged } from '../../src/operator/sweep/logged-deletion.ts';
import { makeRunDeletion } from '../../src/operator/sweep/run-deletion.ts';
import { scanStore } from '../../src/operator/sweep/store-scan.ts';
import { usageOf } from '../../src/domain/store/usage.ts';
import type { ListedObject } from '../../src/domain/bucket/inventory.ts';
import type { ObjectStore, StoreCapabilities } from '../../src/ports/objects.ts';
import { makeOpenObjectStore } from '../../src/s3/object-store.ts';
import { runDocument } from '../../src/wire/run-document.ts';
import { sampleStore } from '../support/attempt-orders.ts';
import { FakeCluster } from '../support/fake-cluster.ts';
import { never } from '../support/object-samples.ts';
import { sweepMemory } from '../support/sweep-memory.ts';
import { RecordedLog } from '../support/recorded-log.ts';
import { describeWith } from '../support/requirement.ts';
import { missingVersitygw, startVersitygw, type Versitygw } from '../support/versitygw.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describeWith(missingVersitygw, 'versitygw', () => {
  let server: Versitygw;
  let objects: ObjectStore;
  let capabilities: StoreCapabilities;
  beforeAll(async () => {
    server = await startVersitygw();
    const open = makeOpenObjectStore({ clock: systemClock, limits: { pageKeys: 7 } });
    objects = open(server.address, server.operator);
    capabilities = await objects.probe('prod', never);
  });
  afterAll(async () => {
    await server.close();
  });

  const opened = () => ({ kind: 'Open', store: sampleStore(), objects, capabilities }) as const;

  async function seedRun(run: string, attempts = 3): Promise<void> {
    const document = runDocument.format({
      version: 1,
      clusterUid: 'cluster-uid',
      namespace: 'voice',
      name: run,
      runUid: 'former',
      labels: {},
      highestAttempt: attempts,
      phase: 'Running',
      deletion: { runUid: 'former', upToAttempt: attempts, begun: false },
    });
    await objects.put(
      { key: `prod/voice/${run}/run.json`, bytes: bytes(document), condition: 'absent' },
      never,
    );
    for (let attempt = 1; attempt <= attempts; attempt += 1)
      for (const name of ['attempt.json', 'last/model_20.pt', 'steps/model_10.pt', 'end.json'])
        await objects.put(
          {
            key: `prod/voice/${run}/attempts/000${attempt}-aaaaaaaa/${name}`,
            bytes: bytes(name),
            condition: 'any',
          },
          never,
        );
  }

  async function listed(prefix: string): Promise<readonly ListedObject[]> {
    const all: ListedObject[] = [];
    for await (const page of objects.list(prefix, never)) all.push(...page);
    return all;
  }

  test('counts what a listing by hand counts', async () => {
    await seedRun('counted');
    await objects.put({ key: 'prod/voice/counted/notes.txt', bytes: bytes('mine'), condition: 'any' }, never);
    const { tally } = await scanStore(
      opened(),
      { landmarks: ['prod/voice/counted/'], keeping: { isKept: () => false, most: 0 } },
      never,
    );
    const all = await listed('prod/');
    expect(usageOf(tally, new Set(['voice/counted']))).toMatchObject({
      objects: all.length,
      bytes: all.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      unknownObjects: 1,
      unfinishedUploads: 0,
    });
  });

  test('what a run with deletionPolicy Delete left goes, and nothing beside it', async () => {
    await seedRun('zh');
    await seedRun('zh-2');
    const registry = new StoreRegistry();
    registry.note('main', opened());
    const cluster = new FakeCluster({ clock: systemClock });
    const deletion = makeRunDeletion({
      ...sweepMemory(cluster, never),
      cluster,
      registry,
      clusterUid: 'cluster-uid',
      clock: systemClock,
      log: new RecordedLog(),
      graceSeconds: 0,
      mayDelete: async () => undefined,
    });
    expect(await deletion('main/voice/zh', never)).toMatchObject({ kind: 'settled' });
    expect(await listed('prod/voice/zh/')).toEqual([]);
    expect(await listed('prod/voice/zh-2/')).toHaveLength(13);
  });

  test('what retention removes is gone, and stands in the log', async () => {
    await seedRun('logged', 1);
    const prefix = 'prod/voice/logged/';
    const doomed = (await listed(prefix)).filter(({ key }) => key.endsWith('model_10.pt'));
    const deletions = doomed.map((one) => ({ ...one, reasons: ['MaxAge'] }));
    const place = { objects, prefix, versioning: capabilities.versioning };
    expect(await deleteLogged({ place, deletions, now: Date.UTC(2026, 10, 22) }, never)).toEqual([]);
    const left = (await listed(prefix)).map(({ key }) => key.slice(prefix.length));
    expect(left).not.toContain('attempts/0001-aaaaaaaa/steps/model_10.pt');
    expect(left).toContain('deletions/2026-11-22.json');
    const log = await objects.get(`${prefix}deletions/2026-11-22.json`, never);
    expect(JSON.parse(new TextDecoder().decode(log?.bytes))).toMatchObject({
      deletions: [{ key: 'attempts/0001-aaaaaaaa/steps/model_10.pt', reasons: ['MaxAge'] }],
    });
  });
});
