// What runs that are gone left in a store, and what retention says of it, by the operator's own function. How often in a row the operator has
// missed a run only it knows: it is taken to be often enough. Reads only.
import type { CheckpointStore } from '../api/store.ts';
import { formatRunPrefix } from '../domain/bucket/keys.ts';
import { asPins, whyPinsStop } from '../domain/retention/bucket-pins.ts';
import { missedListingsNeeded, type OrphanQuestion, orphanRuleOf } from '../domain/retention/orphans.ts';
import { type Policies, policyStop } from '../domain/retention/policies.ts';
import { selects } from '../domain/retention/policy.ts';
import { binding, defaultFlags } from '../domain/retention/settings.ts';
import { planOrphan } from '../domain/retention/run-plan.ts';
import type { MarkerFacts } from '../domain/run/facts.ts';
import type { Labels } from '../domain/store/label-selector.ts';
import type { RunTally } from '../domain/store/tally.ts';
import type { Bytes, Instant } from '../domain/units.ts';
import { listRun, markerFrom } from '../observation/bucket-documents.ts';
import { readPins } from '../observation/pin-documents.ts';
import type { ObjectStore } from '../ports/objects.ts';
import { DocumentError } from '../wire/document.ts';

export interface SeenOrphan {
  readonly store: string;
  readonly namespace: string;
  readonly run: string;
  readonly objects: number;
  readonly bytes: Bytes;
  /** The labels of the run, as its run.json has them. */
  readonly labels: Labels;
  /** When the store noted that the run is gone; undefined = not yet. */
  readonly goneSince: Instant | undefined;
  /** How many of its checkpoints stay and go now; undefined where nobody can say. */
  readonly checkpoints: { readonly stay: number; readonly go: number } | undefined;
  /** When the rest may go at the earliest; undefined = not by itself. */
  readonly goesAt: Instant | undefined;
  /** Why nothing of it goes; undefined where the rules decide. */
  readonly stopped: string | undefined;
}

export interface OrphanSight {
  readonly store: CheckpointStore;
  readonly objects: ObjectStore;
  readonly clusterUid: string;
  readonly policies: Policies;
  /** Of the namespaces that there are. */
  readonly namespaces: ReadonlyMap<string, Labels>;
}

/** What lies there of one run that is gone. @throws ObjectStoreError */
export async function observeOrphan(
  sight: OrphanSight,
  tally: RunTally,
  signal: AbortSignal,
): Promise<SeenOrphan> {
  const { store, objects } = sight;
  const { namespace, run, bytes } = tally;
  const seen = { store: store.metadata.name, namespace, run, objects: tally.objects, bytes };
  const marker = await readMarker(objects, tally, signal);
  if (typeof marker === 'string') return { ...seen, ...untold, labels: {}, stopped: marker };
  return { ...seen, labels: marker.labels ?? {}, ...(await judge(sight, { tally, marker }, signal)) };
}

const untold = { goneSince: undefined, checkpoints: undefined, goesAt: undefined };

async function readMarker(
  objects: ObjectStore,
  { marker }: RunTally,
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

interface Subject {
  readonly tally: RunTally;
  readonly marker: MarkerFacts;
}

type Judged = Pick<SeenOrphan, 'goneSince' | 'checkpoints' | 'goesAt' | 'stopped'>;

async function judge(sight: OrphanSight, { tally, marker }: Subject, signal: AbortSignal): Promise<Judged> {
  const { objects, policies } = sight;
  const { namespace, run } = tally;
  const prefix = formatRunPrefix({ prefix: sight.store.spec.s3.prefix, namespace, run });
  const goneSince = marker.gone?.since;
  const namespaceLabels = sight.namespaces.get(namespace) ?? marker.namespaceLabels;
  if (namespaceLabels === undefined)
    return { ...untold, goneSince, stopped: `nobody knows the labels that the namespace ${namespace} had` };
  const selectable = { labels: marker.labels ?? {}, namespaceLabels };
  const inventory = await listRun(objects, prefix, signal);
  const pins = await readPins(objects, { prefix, keys: inventory.pins.map(({ key }) => key) }, signal);
  const halted = policyStop(policies, selectable) ?? whyPinsStop(pins);
  if (halted !== undefined) return { ...untold, goneSince, stopped: halted };
  const question = {
    ...selectable,
    name: { namespace, run },
    prefix,
    marker,
    clusterUid: clusterOf(sight, marker),
    attempts: inventory.attempts,
    storeTime: objects.time(),
    goneSince,
    missedListings: missedListingsNeeded,
    retained: marker.deletionPolicy !== 'Delete',
    hasPods: false,
    pins: asPins(pins),
  };
  const { plan } = planOrphan(question, { policies: policies.understood, operator: defaultFlags });
  if (plan.kind === 'Stopped') return { ...untold, goneSince, stopped: plan.why };
  const go = plan.rulings.filter(({ verdict }) => verdict === 'Condemned').length;
  return {
    goneSince,
    checkpoints: { stay: plan.rulings.length - go, go },
    goesAt: earliestEnd(policies, question),
    stopped: undefined,
  };
}

/** When the policies in force let it go at the earliest. */
function earliestEnd({ understood }: Policies, question: OrphanQuestion): Instant | undefined {
  const { goneSince, retained } = question;
  const rule = orphanRuleOf(binding(understood, 'Enforced').filter((policy) => selects(policy, question)));
  if (rule === undefined || goneSince === undefined) return undefined;
  return retained && !rule.includeRetained ? undefined : goneSince + rule.deleteAfterSeconds * 1000;
}

/** Ours, or a cluster that the store took over; of any other nothing is deleted. */
const clusterOf = ({ store, clusterUid }: OrphanSight, marker: MarkerFacts): string =>
  store.spec.adoptClusters.includes(marker.clusterUid) ? marker.clusterUid : clusterUid;
