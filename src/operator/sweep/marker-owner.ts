// Whether a run.json is of this cluster, or of one that its store took over.
import type { CheckpointStore } from '../../api/store.ts';
import type { MarkerFacts } from '../../domain/run/facts.ts';

export interface Owner {
  readonly clusterUid: string;
  readonly store: CheckpointStore;
}

/** False also for a run.json that is missing: nobody can say whose that place is. */
export const isOfCluster = (
  marker: Pick<MarkerFacts, 'clusterUid'> | undefined,
  { clusterUid, store }: Owner,
): boolean =>
  marker !== undefined &&
  (marker.clusterUid === clusterUid || store.spec.adoptClusters.includes(marker.clusterUid));
