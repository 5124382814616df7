// Which cluster this is. The UID of kube-system is made with the cluster and never changes.
import type { Cluster } from '../../ports/cluster.ts';
import { namespaces } from '../../ports/kinds.ts';

/** The UID of the kube-system namespace. */
export async function readClusterUid(cluster: Cluster, signal: AbortSignal): Promise<string> {
  const found = await cluster.get(namespaces, { name: 'kube-system' }, signal);
  if (found !== undefined) return found.metadata.uid;
  throw new Error('the cluster has no namespace kube-system, whose UID names the cluster in the buckets');
}
