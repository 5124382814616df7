// What one run that is gone left in a store, as retention is asked about it: the question that the operator asks. How often in a row the operator
// has missed the run only it knows: it is taken to be often enough. Reads only.
import type { CheckpointStore } from '../api/store.ts';
import type { Checkpoint } from '../domain/bucket/inventory.ts';
import { formatRunPrefix } from '../domain/bucket/keys.ts';
import { asPins, whyPinsStop } from '../domain/retention/bucket-pins.ts';
import { missedListingsNeeded, type OrphanQuestion } from '../domain/retention/orphans.ts';
import { type Policies, policyStop } from '../domain/retention/policies.ts';
import type { MarkerFacts } from '../domain/run/facts.ts';
import type { Labels } from '../domain/store/label-selector.ts';
import type { RunTally } from '../domain/store/tally.ts';
import { listRun, markerFrom } from '../observation/bucket-documents.ts';
import { readPins } from '../observation/pin-documents.ts';
import type { ObjectStore } from '../ports/objects.ts';
import { DocumentError } from '../wire/document.ts';

export interface FoundOrphan {
  readonly store: CheckpointStore;
  readonly tally: Pick<RunTally, 'namespace' | 'run' | 'objects' | 'bytes'>;
  /** Undefined where nobody knows whose it is. */
  readonly marker: MarkerFacts | undefined;
  /** What the policies are asked, or why nobody asks them. */
  readonly question: OrphanQuestion<Checkpoint> | Unasked;
}

export interface Unasked {
  readonly why: string;
  /** True when it goes by the wish of the run itself; else nothing of it goes. */
  readonly isWished: boolean;
}

const unasked = (why: string): Unasked => ({ why, isWished: false });

export interface OrphanSight {
  readonly store: CheckpointStore;
  readonly clusterUid: string;
  readonly policies: Policies;
  /** Of the namespaces that there are. */
  readonly namespaces: ReadonlyMap<string, Labels>;
}

export interface Left {
  readonly objects: ObjectStore;
  readonly tally: RunTally;
}

/** What lies there of one run that is gone. @throws ObjectStoreError */
export async function observeOrphan(
  sight: OrphanSight,
  left: Left,
  signal: AbortSignal,
): Promise<FoundOrphan> {
  const { store } = sight;
  const { tally } = left;
  const marker = await readMarker(left, signal);
  if (typeof marker === 'string') return { store, tally, marker: undefined, question: unasked(marker) };
  return { store, tally, marker, question: await ask(sight, { ...left, marker }, signal) };
}

async function readMarker(
  { objects, tally: { marker } }: Left,
  signal: AbortSignal,
): Promise<MarkerFacts | string> {
  if (marker === undefined) return 'it has no run.json, so that nobody knows whose it is';
  const document = await objects.get(marker.key, signal);
  if (document === undefined) return 'its run.json went while it was looked at';
  try {
    return markerFrom(document, marker);
  } catch (cause) {
    if (cause instanceof DocumentError) return cause.message;
    throw cause;
  }
}

interface Subject extends Left {
  readonly marker: MarkerFacts;
}

async function ask(
  sight: OrphanSight,
  { objects, tally, marker }: Subject,
  signal: AbortSignal,
): Promise<FoundOrphan['question']> {
  const { namespace, run } = tally;
  const { policies } = sight;
  const prefix = formatRunPrefix({ prefix: sight.store.spec.s3.prefix, namespace, run });
  const foreign = foreignWords(sight, marker, prefix);
  if (foreign !== undefined) return unasked(foreign);
  if (marker.deletion !== undefined && marker.deletion.byPolicy !== true)
    return { why: wished, isWished: true };
  const namespaceLabels = sight.namespaces.get(namespace) ?? marker.namespaceLabels;
  if (namespaceLabels === undefined)
    return unasked(`nobody knows the labels that the namespace ${namespace} had`);
  const selectable = { labels: marker.labels ?? {}, namespaceLabels };
  const inventory = await listRun(objects, prefix, signal);
  const pins = await readPins(objects, { prefix, keys: inventory.pins.map(({ key }) => key) }, signal);
  return {
    ...selectable,
    name: { namespace, run },
    prefix,
    marker,
    clusterUid: marker.clusterUid,
    attempts: inventory.attempts,
    storeTime: objects.time(),
    goneSince: marker.gone?.since,
    missedListings: missedListingsNeeded,
    retained: marker.deletionPolicy !== 'Delete',
    hasPods: false,
    pins: asPins(pins),
    stopped: policyStop(policies, selectable) ?? whyPinsStop(pins),
  };
}

const wished =
  'goes without any policy, since the run was deleted with deletionPolicy Delete; what is pinned stays';

/** Undefined when it is ours, or of a cluster that the store took over; of any other nothing is deleted. */
function foreignWords(
  { store, clusterUid }: OrphanSight,
  marker: MarkerFacts,
  prefix: string,
): string | undefined {
  if (marker.clusterUid === clusterUid || store.spec.adoptClusters.includes(marker.clusterUid))
    return undefined;
  return `${prefix}run.json belongs to the cluster with UID ${marker.clusterUid}: name it in spec.adoptClusters of the CheckpointStore if that is no more`;
}
