// What every Cluster must do, said once: run over the in-memory fake, the REST adapter against the fake API server, and the REST
// adapter against a real kube-apiserver. Each test makes its own names, so that one server serves them all.
import { expect, test } from 'vitest';
import { type Cluster, ClusterError, type Manifest, type Resource } from '../../src/ports/cluster.ts';
import type { Job, KubeObject } from '../../src/ports/kube-objects.ts';

export interface ClusterUnderTest {
  readonly cluster: Cluster;
  readonly namespace: string;
}

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

export const configMaps: Resource<ConfigMap> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};

export const jobs: Resource<Job> = {
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  namespaced: true,
};

let made = 0;
export const newName = (): string => `subject-${(made += 1)}`;

export const never: AbortSignal = new AbortController().signal;

export function configMap(namespace: string, name: string, labels: Record<string, string> = {}): Manifest {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels }, data: { step: '1' } };
}

export function job(namespace: string, name: string): Manifest {
  const container = { name: 'main', image: 'busybox' };
  const template = { spec: { restartPolicy: 'Never', containers: [container] } };
  const spec = { suspend: true, backoffLimit: 0, template };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name, namespace }, spec };
}

const codeOf = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call;
    return 'no error';
  } catch (cause) {
    return cause instanceof ClusterError ? cause.code : String(cause);
  }
};

/** Creating, reading, listing and patching. */
export function describeReadsAndWrites(subject: () => ClusterUnderTest): void {
  test('what was created is read back, with uid, version and creation time', async () => {
    const { cluster, namespace } = subject();
    const name = newName();
    const created = await cluster.create(configMaps, configMap(namespace, name), never);
    const read = await cluster.get(configMaps, { namespace, name }, never);
    expect(read).toEqual(created);
    expect(read?.data).toEqual({ step: '1' });
    expect(read?.metadata.uid).not.toBe('');
    expect(Date.parse(read?.metadata.creationTimestamp ?? '')).not.toBeNaN();
  });

  test('an object that is not there reads as undefined', async () => {
    const { cluster, namespace } = subject();
    expect(await cluster.get(configMaps, { namespace, name: newName() }, never)).toBeUndefined();
  });

  test('a second object of one name is AlreadyExists and changes nothing', async () => {
    const { cluster, namespace } = subject();
    const name = newName();
    const created = await cluster.create(configMaps, configMap(namespace, name), never);
    const second = cluster.create(configMaps, { ...configMap(namespace, name), data: { step: '2' } }, never);
    await expect(second).rejects.toMatchObject({
      name: 'ClusterError',
      code: 'AlreadyExists',
      message: `configmaps "${name}" already exists`,
    });
    expect(await cluster.get(configMaps, { namespace, name }, never)).toEqual(created);
  });

  test('a list holds what its labels select, and no managedFields', async () => {
    const { cluster, namespace } = subject();
    const label = newName();
    const names = [newName(), newName()].toSorted();
    for (const name of names) {
      await cluster.create(configMaps, configMap(namespace, name, { set: label }), never);
    }
    await cluster.create(configMaps, configMap(namespace, newName(), { set: 'other' }), never);
    const listed = await cluster.list(configMaps, { namespace, labelSelector: `set=${label}` }, never);
    expect(listed.map((item) => item.metadata.name).toSorted()).toEqual(names);
    expect(listed[0]?.metadata).not.toHaveProperty('managedFields');
    expect(await cluster.list(configMaps, { labelSelector: `set=${label}` }, never)).toEqual(listed);
  });

  test('a list of what nobody has is empty', async () => {
    const { cluster, namespace } = subject();
    expect(await cluster.list(configMaps, { namespace, labelSelector: 'set=nobody' }, never)).toEqual([]);
  });

  test('a merge patch changes what it names, removes what it nulls, and leaves the status', async () => {
    const { cluster, namespace } = subject();
    const name = { namespace, name: newName() };
    const labelled = configMap(namespace, name.name, { keep: 'a', drop: 'b' });
    const before = await cluster.create(configMaps, labelled, never);
    const patch = { metadata: { labels: { drop: null, add: 'c' } }, data: { step: '2' } };
    const after = await cluster.patch(configMaps, { name, patch }, never);
    expect(after.metadata.labels).toEqual({ keep: 'a', add: 'c' });
    expect(after.data).toEqual({ step: '2' });
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(after.metadata.resourceVersion).not.toBe(before.metadata.resourceVersion);
  });

  test('a patch guarded by an old resourceVersion is Conflict, of a missing object NotFound', async () => {
    const { cluster, namespace } = subject();
    const name = { namespace, name: newName() };
    const before = await cluster.create(configMaps, configMap(namespace, name.name), never);
    await cluster.patch(configMaps, { name, patch: { data: { step: '2' } } }, never);
    const { resourceVersion } = before.metadata;
    const guarded = { metadata: { resourceVersion }, data: { step: '3' } };
    expect(await codeOf(cluster.patch(configMaps, { name, patch: guarded }, never))).toBe('Conflict');
    const missing = { namespace, name: newName() };
    expect(await codeOf(cluster.patch(configMaps, { name: missing, patch: guarded }, never))).toBe(
      'NotFound',
    );
  });

  test('a change of the spec moves the generation, one of metadata does not', async () => {
    const { cluster, namespace } = subject();
    const name = { namespace, name: newName() };
    const created = await cluster.create(jobs, job(namespace, name.name), never);
    const labelled = await cluster.patch(jobs, { name, patch: { metadata: { labels: { a: 'b' } } } }, never);
    expect(labelled.metadata.generation).toBe(created.metadata.generation);
    const patch = { spec: { ttlSecondsAfterFinished: 60 } };
    const changed = await cluster.patch(jobs, { name, patch }, never);
    expect(changed.metadata.generation).toBe((created.metadata.generation ?? 0) + 1);
    expect(changed.spec?.ttlSecondsAfterFinished).toBe(60);
  });

  test('an aborted call rejects with the reason of its signal', async () => {
    const { cluster, namespace } = subject();
    const signal = AbortSignal.abort(new Error('shutting down'));
    await expect(cluster.get(configMaps, { namespace, name: 'any' }, signal)).rejects.toThrow(
      'shutting down',
    );
    await expect(cluster.list(configMaps, { namespace }, signal)).rejects.toThrow('shutting down');
  });

  test('the log of a pod that is not there is undefined', async () => {
    const { cluster, namespace } = subject();
    const tail = { namespace, name: newName(), container: 'main', lines: 10 };
    expect(await cluster.logTail(tail, never)).toBeUndefined();
  });
}

/** Status apply: guarded, apart from the spec. */
export function describeStatus(subject: () => ClusterUnderTest): void {
  const conditions = [
    { type: 'Suspended', status: 'True', reason: 'Asked', lastTransitionTime: '2026-11-22T12:00:00Z' },
  ];

  test('a status is applied, and the spec and generation stay', async () => {
    const { cluster, namespace } = subject();
    const name = { namespace, name: newName() };
    const created = await cluster.create(
      jobs,
      { ...job(namespace, name.name), status: { active: 7 } },
      never,
    );
    expect(created.status?.active, 'a status given at creation is dropped').toBeUndefined();
    const { uid, resourceVersion } = created.metadata;
    const applied = await cluster.applyStatus(
      jobs,
      { name, uid, resourceVersion, status: { conditions } },
      never,
    );
    expect(applied.status?.conditions).toMatchObject(conditions);
    expect(applied.metadata.generation).toBe(created.metadata.generation);
    expect(applied.spec).toEqual(created.spec);
    expect(await cluster.get(jobs, name, never)).toEqual(applied);
  });

  test('what a later apply no longer says is gone', async () => {
    const { cluster, namespace } = subject();
    const name = { namespace, name: newName() };
    const { metadata } = await cluster.create(jobs, job(namespace, name.name), never);
    const { uid, resourceVersion } = metadata;
    const first = await cluster.applyStatus(
      jobs,
      { name, uid, resourceVersion, status: { conditions } },
      never,
    );
    const version = first.metadata.resourceVersion;
    const second = { name, uid, resourceVersion: version, status: { conditions: [] } };
    const applied = await cluster.applyStatus(jobs, second, never);
    expect(applied.status?.conditions ?? []).toEqual([]);
  });

  test('over another version, another uid, or no object: Conflict, Conflict, NotFound', async () => {
    const { cluster, namespace } = subject();
    const name = { namespace, name: newName() };
    const { metadata } = await cluster.create(jobs, job(namespace, name.name), never);
    const { uid, resourceVersion } = metadata;
    await cluster.patch(jobs, { name, patch: { metadata: { labels: { moved: 'on' } } } }, never);
    const status = { conditions };
    const stale = cluster.applyStatus(jobs, { name, uid, resourceVersion, status }, never);
    expect(await codeOf(stale)).toBe('Conflict');
    const now = await cluster.get(jobs, name, never);
    const other = {
      name,
      uid: '00000000-0000-4000-8000-000000000000',
      resourceVersion: now?.metadata.resourceVersion ?? '',
      status,
    };
    expect(await codeOf(cluster.applyStatus(jobs, other, never))).toBe('Conflict');
    expect(await cluster.get(jobs, name, never)).toEqual(now);
    const missing = { name: { namespace, name: newName() }, uid, resourceVersion, status };
    expect(['NotFound', 'Conflict']).toContain(await codeOf(cluster.applyStatus(jobs, missing, never)));
    expect(await cluster.get(jobs, missing.name, never), 'an apply never creates').toBeUndefined();
  });
}
