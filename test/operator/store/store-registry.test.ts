// What a run is told of stores: which one it may use, or what is the case and what to do; and when to ask again.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StoreLookup } from '../../../src/operator/store/store-lookup.ts';
import { StoreBench } from '../../support/store-bench.ts';

let bench = new StoreBench();

beforeEach(() => {
  bench = new StoreBench();
});
afterEach(async () => bench.end());

const asDefault = { 'reprise.dev/is-default-store': 'true' };
const find = (name: string | undefined, labels: Readonly<Record<string, string>> = {}) =>
  bench.controller.registry.find(name, labels);

/** What the registry tells of while somebody changes something. */
const told = async (change: () => void, within = 0): Promise<readonly string[]> => {
  bench.applyStore('main');
  await bench.pass(1);
  bench.told.length = 0;
  change();
  await bench.pass(within);
  return bench.told;
};

/** Whether the first look is over within two seconds. */
const looked = async (): Promise<boolean> => {
  const states: string[] = [];
  const look = bench.controller.firstLook(15, bench.stop.signal).then(() => states.push('over'));
  await bench.pass(2);
  const isOver = states.length > 0;
  await bench.pass(20);
  await look;
  return isOver;
};

/** What the bucket that a lookup hands out holds under this key. */
async function readThrough(lookup: StoreLookup, key: string): Promise<string | undefined> {
  if (lookup.kind !== 'Ready') throw new Error(lookup.message);
  const document = await lookup.objects.get(key, bench.stop.signal);
  return document === undefined ? undefined : new TextDecoder().decode(document.bytes);
}

describe('find', () => {
  test('hands out the store and its bucket', async () => {
    bench.applyStore('main', {}, asDefault);
    await bench.pass(1);
    const wanted = { kind: 'Ready', name: 'main', store: { spec: { s3: { prefix: 'main' } } } };
    expect(find('main')).toMatchObject(wanted);
    expect(find(undefined)).toMatchObject(wanted);
    bench.bucket().seed('main/mark', 'ours');
    expect(await readThrough(find('main'), 'main/mark')).toBe('ours');
  });

  test.each([
    {
      name: 'a wrong name',
      ask: () => find('man'),
      reason: 'StoreNotFound',
      message:
        'The CheckpointStore that the run uses does not exist: man. Create that CheckpointStore; a run keeps its store, so for another one create another run.',
    },
    {
      name: 'no default',
      ask: () => find(undefined),
      reason: 'NoDefaultStore',
      message:
        'The run names no store and no CheckpointStore is the default. Set spec.store, or annotate a CheckpointStore with reprise.dev/is-default-store: "true".',
    },
    {
      name: 'a namespace that is not allowed',
      ask: () => find('fenced', { team: 'b' }),
      reason: 'NamespaceNotAllowed',
      message:
        "The CheckpointStore does not allow the run's namespace: fenced allows those with the labels team=a. Add the namespace's labels to the store's spec.allowedNamespaces, or label the namespace so.",
    },
    {
      name: 'a store in trouble',
      ask: () => find('broken'),
      reason: 'StoreNotAvailable',
      message:
        'The CheckpointStore is not Available: broken: There is no such bucket: get broken/.reprise-store.json: NotFound by plan. See kubectl describe cks: its condition says why.',
    },
  ])('says what to do about $name', async ({ ask, reason, message }) => {
    bench.bucket('gone').faults.outage = 'NotFound';
    bench.applyStore('main');
    bench.applyStore('fenced', { allowedNamespaces: { matchLabels: { team: 'a' } } });
    bench.applyStore('broken', { s3: { bucket: 'gone', prefix: 'broken' } });
    await bench.pass(1);
    expect(ask()).toEqual({ kind: 'Unready', reason, message });
  });

  test('says which two are the default, also when one of them is in trouble', async () => {
    bench.bucket('gone').faults.outage = 'NotFound';
    bench.applyStore('b', {}, asDefault);
    bench.applyStore('a', { s3: { bucket: 'gone', prefix: 'a' } }, asDefault);
    await bench.pass(1);
    expect(find(undefined)).toMatchObject({ reason: 'AmbiguousStore' });
    expect(find(undefined)).toHaveProperty('message', expect.stringContaining('a, b'));
  });

  test('knows a store that is not understood as one in trouble', async () => {
    bench.applyStore('odd', { s3: { bucket: 'ckpts', prefix: '/odd/' } }, asDefault);
    await bench.pass(1);
    expect(find(undefined)).toMatchObject({ reason: 'StoreNotAvailable' });
    expect(find('odd')).toHaveProperty('message', expect.stringContaining('spec.s3.prefix'));
  });
});

describe('changes are told', () => {
  test('none while nothing changes', async () => {
    expect(await told(() => undefined, 300)).toEqual([]);
  });

  test('when it is first available', async () => {
    bench.applyStore('main');
    await bench.pass(1);
    expect(bench.told).toEqual(['main']);
  });

  test('when it goes away and when it comes back', async () => {
    const { faults } = bench.bucket();
    expect(await told(() => (faults.outage = 'Unavailable'), 61)).toEqual(['main']);
    faults.outage = undefined;
    await bench.pass(62);
    expect(bench.told).toEqual(['main', 'main']);
  });

  test('when other namespaces may use it', async () => {
    const spec = { allowedNamespaces: { matchLabels: { team: 'a' } } };
    expect(await told(() => bench.changeStore('main', { spec }))).toEqual(['main']);
    expect(find('main', {})).toMatchObject({ reason: 'NamespaceNotAllowed' });
  });

  test('when it becomes the default', async () => {
    expect(await told(() => bench.changeStore('main', { metadata: { annotations: asDefault } }))).toEqual([
      'main',
    ]);
    expect(find(undefined)).toMatchObject({ kind: 'Ready' });
  });

  test('when its credentials are others: the bucket is opened anew', async () => {
    bench.applySecret('store-main', { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' });
    const spec = { operatorCredentials: { secretName: 'store-main' } };
    await told(() => bench.changeStore('main', { spec }));
    bench.told.length = 0;
    bench.replaceBucket();
    bench.applySecret('store-main', { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'c' });
    await bench.pass(61);
    expect(bench.told).toEqual(['main']);
    bench.bucket().seed('main/mark', 'the new one');
    expect(await readThrough(find('main'), 'main/mark')).toBe('the new one');
  });

  test('when it is deleted', async () => {
    expect(await told(() => bench.deleteStore('main'))).toEqual(['main']);
    expect(find('main')).toMatchObject({ reason: 'StoreNotFound' });
  });

  test('until the listener is taken back', async () => {
    const heard: string[] = [];
    const stopListening = bench.controller.registry.onChange((name) => heard.push(name));
    stopListening();
    bench.applyStore('main');
    await bench.pass(1);
    expect(heard).toEqual([]);
  });
});

describe('the first look', () => {
  test('is over when every store was looked at, whether it can be used or not', async () => {
    bench.bucket('gone').faults.outage = 'NotFound';
    bench.applyStore('main');
    bench.applyStore('broken', { s3: { bucket: 'gone', prefix: 'broken' } });
    expect(await looked()).toBe(true);
  });

  test('is over at once without stores', async () => {
    expect(await looked()).toBe(true);
  });

  test('waits no longer than it was told for a server that does not answer', async () => {
    bench.bucket('slow').faults.add({ on: 'get', hang: true });
    bench.applyStore('main');
    bench.applyStore('slow', { s3: { bucket: 'slow', prefix: 'slow' } });
    expect(await looked()).toBe(false);
    expect(find('main')).toMatchObject({ kind: 'Ready' });
  });
});
