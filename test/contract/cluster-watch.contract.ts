// What every Cluster must do when a kind is watched: the cache catches up with every change, tells each in order, and stays by itself.
import { expect, test } from 'vitest';
import type { CacheChange } from '../../src/ports/cluster.ts';
import { type ClusterUnderTest, configMap, configMaps, never, newName } from './cluster-calls.contract.ts';

/** Waits in real time until the condition holds; the test's own time-out ends it. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const steps = (
  changes: readonly CacheChange<{ readonly data?: Readonly<Record<string, string>> }>[],
): string[] =>
  changes.map(({ before, after }) => `${before?.data?.['step'] ?? '-'}>${after?.data?.['step'] ?? '-'}`);

export function describeWatch(subject: () => ClusterUnderTest): void {
  test('what was there, what came, what changed and what went: each told once, in order', async () => {
    const { cluster, namespace } = subject();
    const set = newName();
    const name = { namespace, name: newName() };
    const first = await cluster.create(configMaps, configMap(namespace, newName(), { set }), never);
    const stop = new AbortController();
    const options = { namespace, labelSelector: `set=${set}`, indexLabels: ['set'] };
    const cache = cluster.watch(configMaps, options, stop.signal);
    const changes: CacheChange<typeof first>[] = [];
    cache.onChange((change) => changes.push(change));
    await cache.synced(never);
    expect([...cache.values()]).toEqual([first]);
    const { metadata } = await cluster.create(configMaps, configMap(namespace, name.name, { set }), never);
    await until(() => changes.length === 2);
    const key = `${namespace}/${name.name}`;
    expect(cache.get(key)?.metadata.uid).toBe(metadata.uid);
    expect(cache.labelled('set', set)).toHaveLength(2);
    const patched = await cluster.patch(configMaps, { name, patch: { data: { step: '2' } } }, never);
    await until(() => changes.length === 3);
    expect(cache.get(key)).toEqual(patched);
    await cluster.delete(configMaps, { name, uid: metadata.uid, propagation: 'Background' }, never);
    await until(() => changes.length === 4);
    expect(steps(changes)).toEqual(['->1', '->1', '1>2', '2>-']);
    expect(cache.get(key)).toBeUndefined();
    expect(cache.labelled('set', set)).toEqual([first]);
    stop.abort();
  });

  test('an object that leaves the selector is told as gone', async () => {
    const { cluster, namespace } = subject();
    const set = newName();
    const name = { namespace, name: newName() };
    await cluster.create(configMaps, configMap(namespace, name.name, { set }), never);
    const stop = new AbortController();
    const cache = cluster.watch(configMaps, { namespace, labelSelector: `set=${set}` }, stop.signal);
    await cache.synced(never);
    await cluster.patch(configMaps, { name, patch: { metadata: { labels: { set: null } } } }, never);
    await until(() => [...cache.values()].length === 0);
    expect(cache.get(`${namespace}/${name.name}`)).toBeUndefined();
    stop.abort();
  });

  test('a listener that throws stops neither the watch nor the other listeners', async () => {
    const { cluster, namespace } = subject();
    const set = newName();
    const stop = new AbortController();
    const cache = cluster.watch(configMaps, { namespace, labelSelector: `set=${set}` }, stop.signal);
    const heard: string[] = [];
    cache.onChange(() => {
      throw new Error('a listener with a bug');
    });
    cache.onChange(({ key }) => heard.push(key));
    await cluster.create(configMaps, configMap(namespace, newName(), { set }), never);
    await until(() => heard.length === 1);
    await cluster.create(configMaps, configMap(namespace, newName(), { set }), never);
    await until(() => heard.length === 2);
    expect([...cache.values()]).toHaveLength(2);
    stop.abort();
  });

  test('an aborted watch tells nothing more, and waiting for it rejects with the reason', async () => {
    const { cluster, namespace } = subject();
    const set = newName();
    const stop = new AbortController();
    const cache = cluster.watch(configMaps, { namespace, labelSelector: `set=${set}` }, stop.signal);
    const other = cluster.watch(configMaps, { namespace, labelSelector: `set=${set}` }, never);
    await cache.synced(never);
    stop.abort(new Error('stopped'));
    await cluster.create(configMaps, configMap(namespace, newName(), { set }), never);
    await until(() => [...other.values()].length === 1);
    expect([...cache.values()]).toEqual([]);
    await expect(cache.synced(stop.signal)).rejects.toThrow('stopped');
  });
}
