// What every Lease must do: written only over the version that was read, released by name, and never mistaken for another's.
import { expect, test } from 'vitest';
import type { LeaseClaim } from '../../src/domain/lease.ts';
import { makeLease } from '../../src/kube/cluster-lease.ts';
import { leases } from '../../src/ports/kinds.ts';
import { type ClusterUnderTest, codeOf, never, newName } from './cluster-calls.contract.ts';

const claim: LeaseClaim = {
  holder: 'reprise-operator-5d8f_1',
  durationSeconds: 15,
  acquireTime: '2026-11-22T12:00:00.123000Z',
  renewTime: '2026-11-22T12:00:02.000000Z',
  transitions: 0,
};

export function describeLease(subject: () => ClusterUnderTest): void {
  const fresh = () => {
    const { cluster, namespace } = subject();
    return makeLease(cluster, { namespace, name: newName() });
  };

  test('a Lease that is not there reads as undefined, and cannot be written', async () => {
    const lease = fresh();
    expect(await lease.read(never)).toBeUndefined();
    expect(await codeOf(lease.write('1', claim, never))).toBe('NotFound');
  });

  test('what was created is read back, microseconds and all, and is not created twice', async () => {
    const lease = fresh();
    const created = await lease.create(claim, never);
    expect(created).toMatchObject(claim);
    expect(await lease.read(never)).toEqual(created);
    expect(await codeOf(lease.create({ ...claim, holder: 'another' }, never))).toBe('AlreadyExists');
    expect(await lease.read(never)).toEqual(created);
  });

  test('of two that write over one version, the second is refused', async () => {
    const lease = fresh();
    const { version } = await lease.create(claim, never);
    const first = await lease.write(version, { ...claim, holder: 'first', transitions: 1 }, never);
    expect(first).toMatchObject({ holder: 'first', transitions: 1 });
    expect(first.version).not.toBe(version);
    expect(await codeOf(lease.write(version, { ...claim, holder: 'second' }, never))).toBe('Conflict');
    expect(await lease.read(never)).toEqual(first);
  });

  test('a released Lease has no holder, and is taken again', async () => {
    const lease = fresh();
    const { version } = await lease.create(claim, never);
    const released = await lease.write(version, { ...claim, holder: undefined, durationSeconds: 1 }, never);
    expect(released).toMatchObject({ ...claim, holder: undefined, durationSeconds: 1 });
    const taken = await lease.write(released.version, { ...claim, holder: 'next', transitions: 1 }, never);
    expect(taken).toMatchObject({ holder: 'next', durationSeconds: 15, transitions: 1 });
  });

  test('a Lease that somebody made by hand, with nothing in it, is nobody’s', async () => {
    const { cluster, namespace } = subject();
    const name = { namespace, name: newName() };
    await cluster.create(
      leases,
      { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: name },
      never,
    );
    const found = await makeLease(cluster, name).read(never);
    expect(found).toMatchObject({ holder: undefined, durationSeconds: undefined, transitions: 0 });
  });
}
