// What stands in the API server of a storm: who leads, and which attempts may still be choosing what to start from.
import { labels } from '../../../src/api/names.ts';
import { jobs, leases, pods } from '../../../src/ports/kinds.ts';
import type { Job, Pod } from '../../../src/ports/kube-objects.ts';
import { leaseName } from '../election-bench.ts';
import type { FakeCluster } from '../fake-cluster.ts';
import type { StoredObject } from '../object-storage/journal.ts';

/** The numbers of the run's attempts with a Job or a pod that has not ended. */
export function unfinishedOf({ storage }: FakeCluster, { metadata }: StoredObject): readonly number[] {
  const scope = { labelSelector: `${labels.runUid}=${metadata.uid}` };
  const living = (storage.list(jobs, scope) as readonly Job[]).filter(
    ({ status }) => !(status?.conditions ?? []).some(({ type }) => type === 'Complete' || type === 'Failed'),
  );
  const standing = (storage.list(pods, scope) as readonly Pod[]).filter(
    ({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed',
  );
  return [...living, ...standing].map((one) => Number(one.metadata.labels?.[labels.attempt]));
}

/** Who holds the Lease. */
export function leaderOf({ storage }: FakeCluster): string {
  const spec = storage.read(leases, leaseName)?.['spec'];
  return (spec as { readonly holderIdentity?: string } | undefined)?.holderIdentity ?? 'nobody';
}
