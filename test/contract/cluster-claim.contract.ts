// What every Cluster must do when somebody claims fields: they stand beside what others wrote, in one object that is there.
import { expect, test } from 'vitest';
import type { ObjectName } from '../../src/ports/cluster.ts';
import {
  type ClusterUnderTest,
  codeOf,
  never,
  newName,
  type Run,
  run,
  runs,
} from './cluster-calls.contract.ts';

export function describeClaims(subject: () => ClusterUnderTest): void {
  const create = async (pins: readonly object[] = []): Promise<Run & { readonly name: ObjectName }> => {
    const { cluster, namespace } = subject();
    const name = { namespace, name: newName() };
    const manifest = run(namespace, name.name);
    const spec = { ...(manifest['spec'] as object), ...(pins.length === 0 ? {} : { pins }) };
    return { ...(await cluster.create(runs, { ...manifest, spec }, never)), name };
  };

  const claim = (
    { name, metadata: { uid } }: Awaited<ReturnType<typeof create>>,
    pin: object,
  ): Promise<Run> =>
    subject().cluster.claim(
      runs,
      { name, uid, fieldManager: 'tester', fields: { spec: { pins: [pin] } } },
      never,
    );

  test('an item of a list of maps comes beside the others, and the rest stays', async () => {
    const theirs = { update: 10, attempt: 1, reason: 'theirs' };
    const created = await create([theirs]);
    const mine = { update: 20, attempt: 1, reason: 'mine' };
    const claimed = await claim(created, mine);
    expect(claimed.spec).toEqual({ ...created.spec, pins: [theirs, mine] });
    expect(await subject().cluster.get(runs, created.name, never)).toEqual(claimed);
  });

  test('an item claimed again is what it is claimed to be now, without what is left out', async () => {
    const created = await create();
    const mine = { update: 20, attempt: 1, reason: 'mine' };
    await claim(created, { ...mine, until: '2027-01-01T00:00:00Z' });
    expect((await claim(created, mine)).spec).toMatchObject({ pins: [mine] });
    expect((await claim(created, mine)).spec).not.toHaveProperty('pins[0].until');
  });

  test('the same claim again moves no version', async () => {
    const created = await create();
    const mine = { update: 20, attempt: 1 };
    const first = await claim(created, mine);
    expect((await claim(created, mine)).metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  test('another object of the name is refused, and none is made', async () => {
    const { cluster, namespace } = subject();
    const created = await create();
    const other = { ...created, metadata: { ...created.metadata, uid: 'another-uid' } };
    expect(['Conflict', 'Invalid']).toContain(await codeOf(claim(other, { update: 20, attempt: 1 })));
    const name = { namespace, name: newName() };
    expect(['Conflict', 'Invalid', 'NotFound']).toContain(
      await codeOf(claim({ ...created, name }, { update: 20, attempt: 1 })),
    );
    expect(await cluster.get(runs, name, never)).toBeUndefined();
  });
}
