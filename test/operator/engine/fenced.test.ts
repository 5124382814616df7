// What is fenced reads at any time and changes nothing once the tenure is over.
import { describe, expect, test } from 'vitest';
import { fencedClock } from '../../../src/operator/engine/fenced-clock.ts';
import { fencedCluster } from '../../../src/operator/engine/fenced-cluster.ts';
import { fencedObjects } from '../../../src/operator/engine/fenced-objects.ts';
import { NotLeadingError } from '../../../src/operator/engine/tenure.ts';
import { jobs } from '../../../src/ports/kinds.ts';
import { FakeCluster } from '../../support/fake-cluster.ts';
import { FakeObjectStore } from '../../support/fake-object-store.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const never = new AbortController().signal;

function make() {
  const clock = new VirtualClock();
  let isOver = false;
  const tenure = {
    assertLeading() {
      if (isOver) throw new NotLeadingError('over');
    },
  };
  const [bare, bucket] = [new FakeCluster({ clock }), new FakeObjectStore(clock)];
  return {
    clock,
    bare,
    bucket,
    cluster: fencedCluster(bare, tenure),
    objects: fencedObjects(bucket, tenure),
    fenced: fencedClock(clock, tenure),
    end: () => void (isOver = true),
  };
}

const name = { namespace: 'voice', name: 'zh-1' };
const manifest = { apiVersion: 'batch/v1', kind: 'Job', metadata: name };
const document = (key: string) => ({ key, bytes: new Uint8Array([1]), condition: 'any' as const });

describe('a fenced cluster', () => {
  test('writes while the operator leads', async () => {
    const { cluster } = make();
    const created = await cluster.create(jobs, manifest, never);
    await cluster.patch(jobs, { name, patch: { spec: { suspend: true } } }, never);
    expect(await cluster.get(jobs, name, never)).toMatchObject({ spec: { suspend: true } });
    const { uid } = created.metadata;
    await cluster.delete(jobs, { name, uid, propagation: 'Background' }, never);
    expect(await cluster.list(jobs, {}, never)).toEqual([]);
  });

  test('only reads after that', async () => {
    const { cluster, bare, end } = make();
    const { uid, resourceVersion } = (await cluster.create(jobs, manifest, never)).metadata;
    end();
    const { length } = bare.calls;
    const writes = [
      cluster.create(jobs, manifest, never),
      cluster.patch(jobs, { name, patch: {} }, never),
      cluster.delete(jobs, { name, uid, propagation: 'Background' }, never),
      cluster.applyStatus(jobs, { name, uid, resourceVersion, status: {} }, never),
      cluster.claim(jobs, { name, uid, fieldManager: 'another', fields: {} }, never),
    ];
    for (const write of writes) await expect(write).rejects.toBeInstanceOf(NotLeadingError);
    expect(bare.calls).toHaveLength(length);
    expect(await cluster.get(jobs, name, never)).toMatchObject({ metadata: { uid } });
  });
});

describe('a fenced bucket', () => {
  test('takes and gives while the operator leads', async () => {
    const { objects, bucket } = make();
    await objects.put(document('a'), never);
    await objects.put(document('b'), never);
    expect(await objects.delete(['a'], never)).toEqual([]);
    expect(bucket.keys('')).toEqual(['b']);
  });

  test('only gives after that', async () => {
    const { objects, bucket, end } = make();
    await objects.put(document('a'), never);
    end();
    const upload = { key: 'a', uploadId: '1' };
    const bulk = {
      targets: [{ key: 'a' }],
      beforeBatch: async () => undefined,
      afterBatch: async () => undefined,
    };
    const writes = [
      objects.put(document('c'), never),
      objects.delete(['a'], never),
      objects.abortUpload(upload, never),
      objects.bulkDelete(bulk, never),
      objects.probe('', never),
    ];
    for (const write of writes) await expect(write).rejects.toBeInstanceOf(NotLeadingError);
    expect(bucket.keys('')).toEqual(['a']);
    expect((await objects.get('a', never))?.bytes).toEqual(new Uint8Array([1]));
  });

  test('a tenure that ends while a batch waits for its permission deletes nothing', async () => {
    const { objects, bucket, end } = make();
    await objects.put(document('a'), never);
    const deletion = objects.bulkDelete(
      { targets: [{ key: 'a' }], beforeBatch: async () => end(), afterBatch: async () => undefined },
      never,
    );
    await expect(deletion).rejects.toBeInstanceOf(NotLeadingError);
    expect(bucket.keys('')).toEqual(['a']);
  });
});

test('whoever sleeps by a fenced clock does not go on once the tenure is over', async () => {
  const { clock, fenced, end } = make();
  const woken = fenced.sleep(1000, never);
  await clock.advance(1000);
  await woken;
  const late = fenced.sleep(1000, never).catch((cause: unknown) => cause);
  end();
  await clock.advance(1000);
  expect(await late).toBeInstanceOf(NotLeadingError);
});
