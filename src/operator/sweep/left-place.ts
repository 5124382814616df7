// A place in a store where a run was, as its run.json has it. What is not this cluster's, or cannot be understood, is nobody's to delete.
import { formatRunPrefix } from '../../domain/bucket/keys.ts';
import type { OpenStore } from '../store/store-registry.ts';
import type { DeletionWorld } from './deletion-world.ts';
import { isOfCluster } from './marker-owner.ts';
import { type ReadMarker, readRunJson } from './run-json.ts';
import type { StoreRun } from '../../domain/store/store-run.ts';

export interface Left {
  readonly place: StoreRun;
  readonly open: OpenStore;
  /** With its trailing slash. */
  readonly prefix: string;
  readonly found: ReadMarker;
}

/** The place; `why` when nothing may be deleted there; undefined while its store is not Available. @throws ObjectStoreError */
export async function readPlace(
  { registry, clusterUid }: DeletionWorld,
  place: StoreRun,
  signal: AbortSignal,
): Promise<Left | { readonly why: string } | undefined> {
  const open = registry.open(place.store);
  if (open === undefined) return undefined;
  const { store, objects } = open;
  const prefix = formatRunPrefix({ prefix: store.spec.s3.prefix, ...place });
  const found = await readRunJson(objects, prefix, signal);
  if ('why' in found) return found;
  if (isOfCluster(found.document, { clusterUid, store })) return { place, open, prefix, found };
  const why = `${prefix}run.json belongs to the cluster with UID ${found.document.clusterUid}: name it in spec.adoptClusters of the CheckpointStore if that is no more`;
  return { why };
}
