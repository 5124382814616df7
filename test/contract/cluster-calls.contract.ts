// What every Cluster must do, said once: run over the in-memory fake, the REST adapter against the fake API server, and the REST
// adapter against a real kube-apiserver. Each test makes its own names, so that one server serves them all.
import { expect, test } from 'vitest';
import type { RunStatus } from '../../src/domain/run/status.ts';
import { type Cluster, ClusterError, type Manifest, type Resource } from '../../src/ports/cluster.ts';
import { events, runs as runsKind } from '../../src/ports/kinds.ts';
import type { KubeObject } from '../../src/ports/kube-objects.ts';

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

/** A kind with a generation and a status that nobody but the test writes. */
export interface Run extends KubeObject {
  readonly spec?: { readonly suspend?: boolean; readonly trainer?: object };
  readonly status?: Partial<RunStatus>;
}

export const runs: Resource<Run> = runsKind;

let made = 0;
export const newName = (): string => `subject-${(made += 1)}`;

export const never: AbortSignal = new AbortController().signal;

export function configMap(namespace: string, name: string, labels: Record<string, string> = {}): Manifest {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels }, data: { step: '1' } };
}

export function run(namespace: string, name: string): Manifest {
  const spec = { trainer: { image: 'registry.example/f5-tts:1', checkpointDir: '/workspace/ckpts/run' } };
  return { apiVersion: 'reprise.dev/v1alpha1', kind: 'TTSTrainingRun', metadata: { name, namespace }, spec };
}

/** An Event about the ConfigMap with this UID. */
function event(
  namespace: string,
  { uid, reason }: { readonly uid: string; readonly reason: string },
): Manifest {
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: newName(), namespace },
    regarding: { apiVersion: 'v1', kind: 'ConfigMap', name: 'subject', namespace, uid },
    type: 'Warning',
    reason,
    action: 'Test',
    note: 'told by a test',
    reportingController: 'reprise.dev/test',
    reportingInstance: 'test',
    eventTime: '2026-11-22T12:00:00.000000Z',
  };
}

/** How a call failed: its code, or what it threw instead of a ClusterError. */
export const codeOf = async (call: Promise<unknown>): Promise<string> => {
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

  test('a list holds what its fields select', async () => {
    const { cluster, namespace } = subject();
    const [uid, other] = [newName(), newName()];
    const wanted = await cluster.create(events, event(namespace, { uid, reason: 'FailedCreate' }), never);
    await cluster.create(events, event(namespace, { uid, reason: 'SuccessfulCreate' }), never);
    await cluster.create(events, event(namespace, { uid: other, reason: 'FailedCreate' }), never);
    const fieldSelector = `regarding.uid=${uid},reason=FailedCreate`;
    expect(await cluster.list(events, { namespace, fieldSelector }, never)).toEqual([wanted]);
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
    const created = await cluster.create(runs, run(namespace, name.name), never);
    const labelled = await cluster.patch(runs, { name, patch: { metadata: { labels: { a: 'b' } } } }, never);
    expect(labelled.metadata.generation).toBe(created.metadata.generation);
    const patch = { spec: { suspend: true } };
    const changed = await cluster.patch(runs, { name, patch }, never);
    expect(changed.metadata.generation).toBe((created.metadata.generation ?? 0) + 1);
    expect(changed.spec?.suspend).toBe(true);
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
    expect(await cluster.logLines({ ...tail, follow: true }, never)).toBeUndefined();
  });
}
