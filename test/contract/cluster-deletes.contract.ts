// What every Cluster must do when objects are deleted: only the very object meant, finalizers first, absent is success.
import { expect, test } from 'vitest';
import type { Deletion } from '../../src/ports/cluster.ts';
import {
  type ClusterUnderTest,
  configMap,
  configMaps,
  never,
  newName,
  run,
  runs,
} from './cluster-calls.contract.ts';

export function describeDeletes(subject: () => ClusterUnderTest): void {
  test('a deleted object is gone, and deleting it again is success', async () => {
    const { cluster, namespace } = subject();
    const name = { namespace, name: newName() };
    const { metadata } = await cluster.create(configMaps, configMap(namespace, name.name), never);
    const deletion: Deletion = { name, uid: metadata.uid, propagation: 'Background' };
    await cluster.delete(configMaps, deletion, never);
    expect(await cluster.get(configMaps, name, never)).toBeUndefined();
    await cluster.delete(configMaps, deletion, never);
  });

  test('another object of the same name is left alone: Conflict', async () => {
    const { cluster, namespace } = subject();
    const name = { namespace, name: newName() };
    const first = await cluster.create(configMaps, configMap(namespace, name.name), never);
    const deletion: Deletion = { name, uid: first.metadata.uid, propagation: 'Background' };
    await cluster.delete(configMaps, deletion, never);
    const second = await cluster.create(configMaps, configMap(namespace, name.name), never);
    await expect(cluster.delete(configMaps, deletion, never)).rejects.toMatchObject({ code: 'Conflict' });
    expect(await cluster.get(configMaps, name, never)).toEqual(second);
  });

  test('a finalizer keeps a deleted object until it is removed', async () => {
    const { cluster, namespace } = subject();
    const name = { namespace, name: newName() };
    const manifest = run(namespace, name.name);
    const finalizers = ['reprise.dev/test'];
    const kept = { ...manifest, metadata: { ...manifest.metadata, finalizers } };
    const { metadata } = await cluster.create(runs, kept, never);
    await cluster.delete(runs, { name, uid: metadata.uid, propagation: 'Background' }, never);
    const marked = await cluster.get(runs, name, never);
    expect(marked?.metadata.deletionTimestamp).toBeDefined();
    expect(marked?.metadata.finalizers).toEqual(finalizers);
    const adding = { metadata: { finalizers: [...finalizers, 'reprise.dev/late'] } };
    const added = cluster.patch(runs, { name, patch: adding }, never);
    await expect(added).rejects.toMatchObject({ code: 'Invalid' });
    await cluster.patch(runs, { name, patch: { metadata: { finalizers: null } } }, never);
    expect(await cluster.get(runs, name, never)).toBeUndefined();
  });
}
