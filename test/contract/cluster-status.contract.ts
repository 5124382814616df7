// What every Cluster must do when a status is applied: over one version of one object, the whole of it, apart from the spec.
import { expect, test } from 'vitest';
import type { ObjectName } from '../../src/ports/cluster.ts';
import { fullStatus } from '../support/full-status.ts';
import {
  type ClusterUnderTest,
  codeOf,
  never,
  newName,
  type Run,
  run,
  runs,
} from './cluster-calls.contract.ts';

const { resumePoint: _resumePoint, progress: _progress, ...withoutPoint } = fullStatus;
const [condition] = fullStatus.conditions;

export function describeStatus(subject: () => ClusterUnderTest): void {
  const create = (name: ObjectName): Promise<Run> =>
    subject().cluster.create(runs, run(subject().namespace, name.name), never);

  const apply = (name: ObjectName, { uid, resourceVersion }: Run['metadata'], status: object): Promise<Run> =>
    subject().cluster.applyStatus(runs, { name, uid, resourceVersion, status }, never);

  test('a status is applied whole, and the spec and generation stay', async () => {
    const { cluster, namespace } = subject();
    const name = { namespace, name: newName() };
    const given = { ...run(namespace, name.name), status: fullStatus };
    const created = await cluster.create(runs, given, never);
    expect(created.status, 'a status given at creation is dropped').toBeUndefined();
    const applied = await apply(name, created.metadata, fullStatus);
    expect(applied.status).toEqual(fullStatus);
    expect(applied.metadata.generation).toBe(created.metadata.generation);
    expect(applied.spec).toEqual(created.spec);
    expect(await cluster.get(runs, name, never)).toEqual(applied);
  });

  test('what a later apply no longer says is gone: fields, items of lists, conditions', async () => {
    const name = { namespace: subject().namespace, name: newName() };
    const conditions = [condition, { ...condition, type: 'Suspended' }];
    const first = await apply(name, (await create(name)).metadata, { ...fullStatus, conditions });
    expect(first.status?.conditions).toEqual(conditions);
    const less = { ...withoutPoint, conditions: [condition], attempts: [] };
    const applied = await apply(name, first.metadata, less);
    expect({ attempts: [], ...applied.status }).toEqual(less);
  });

  test('the same status again moves no version', async () => {
    const name = { namespace: subject().namespace, name: newName() };
    const first = await apply(name, (await create(name)).metadata, fullStatus);
    expect(await apply(name, first.metadata, fullStatus)).toEqual(first);
  });

  test('over an older version it is Conflict and changes nothing', async () => {
    const { cluster, namespace } = subject();
    const name = { namespace, name: newName() };
    const { metadata } = await create(name);
    const now = await cluster.patch(runs, { name, patch: { metadata: { labels: { moved: 'on' } } } }, never);
    expect(await codeOf(apply(name, metadata, fullStatus))).toBe('Conflict');
    expect(await cluster.get(runs, name, never)).toEqual(now);
  });

  test('over another object of the same name it is Conflict and changes nothing', async () => {
    const { cluster, namespace } = subject();
    const name = { namespace, name: newName() };
    const { metadata } = await create(name);
    await cluster.delete(runs, { name, uid: metadata.uid, propagation: 'Background' }, never);
    const second = await create(name);
    expect(await codeOf(apply(name, metadata, fullStatus))).toBe('Conflict');
    expect(await cluster.get(runs, name, never)).toEqual(second);
  });

  test('to an object that is gone it is NotFound or Conflict, and never creates', async () => {
    const { cluster, namespace } = subject();
    const name = { namespace, name: newName() };
    const { metadata } = await create(name);
    await cluster.delete(runs, { name, uid: metadata.uid, propagation: 'Background' }, never);
    expect(['NotFound', 'Conflict']).toContain(await codeOf(apply(name, metadata, fullStatus)));
    expect(await cluster.get(runs, name, never)).toBeUndefined();
  });
}
