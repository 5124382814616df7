// The Lease port over coordination.k8s.io/v1. A write names the version it replaces, so that of two writers one is refused.
import type { LeaseClaim, LeaseRecord } from '../domain/lease.ts';
import { cacheKey, type Cluster } from '../ports/cluster.ts';
import { leases } from '../ports/kinds.ts';
import type { KubeLease } from '../ports/kube-objects.ts';
import type { Lease } from '../ports/lease.ts';
import { apiVersion } from './resource-path.ts';

/** The Lease of this name in this cluster. */
export function makeLease(
  cluster: Cluster,
  name: { readonly namespace: string; readonly name: string },
): Lease {
  return {
    name: cacheKey(name),
    async read(signal) {
      const found = await cluster.get(leases, name, signal);
      return found === undefined ? undefined : recordOf(found);
    },
    async create(claim, signal) {
      const manifest = {
        apiVersion: apiVersion(leases),
        kind: leases.kind,
        metadata: name,
        spec: specOf(claim),
      };
      return recordOf(await cluster.create(leases, manifest, signal));
    },
    async write(over, claim, signal) {
      const patch = { metadata: { resourceVersion: over }, spec: specOf(claim) };
      return recordOf(await cluster.patch(leases, { name, patch }, signal));
    },
  };
}

/** null takes a field away. */
const specOf = ({
  holder = null,
  durationSeconds,
  acquireTime,
  renewTime,
  transitions,
}: Nullable): object => ({
  holderIdentity: holder,
  leaseDurationSeconds: durationSeconds,
  acquireTime,
  renewTime,
  leaseTransitions: transitions,
});

type Nullable = Omit<LeaseClaim, 'holder'> & { readonly holder: string | null | undefined };

function recordOf({ metadata, spec = {} }: KubeLease): LeaseRecord {
  const { holderIdentity, leaseDurationSeconds, acquireTime, renewTime, leaseTransitions } = spec;
  return {
    uid: metadata.uid,
    version: metadata.resourceVersion,
    holder: holderIdentity === '' ? undefined : (holderIdentity ?? undefined),
    durationSeconds: leaseDurationSeconds ?? undefined,
    acquireTime: acquireTime ?? undefined,
    renewTime: renewTime ?? undefined,
    transitions: leaseTransitions ?? 0,
  };
}
