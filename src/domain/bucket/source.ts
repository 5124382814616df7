// From which objects a run that has no checkpoint of its own is initialised: another run's of the same namespace, or one that
// a person put there. Only read, never written; whatever is not as the run says stops the start and says what to do.
import type { Update } from '../units.ts';
import type { Checkpoint, ListedObject, RunInventory } from './inventory.ts';
import { type AttemptOrigin, checkpointsOnLineage, traceLineage } from './lineage.ts';
import { describeSaved } from './rollback.ts';

/** What a run names in initializeFrom. */
export type Source =
  /** `update` undefined = the newest of its lineage. */
  | { readonly is: 'Run'; readonly run: string; readonly update: Update | undefined }
  | { readonly is: 'Object'; readonly object: string };

/** What lies there. */
export type SourceFacts =
  | {
      readonly is: 'Run';
      /** The UID of the cluster in its run.json; undefined when there is none. */
      readonly clusterUid: string | undefined;
      readonly inventory: RunInventory;
      readonly origins: readonly AttemptOrigin[];
    }
  | { readonly is: 'Object'; readonly key: string; readonly found: ListedObject | undefined };

/** An object to start from; of a run's checkpoint it is known what it should hold. */
export type SourceCandidate = ListedObject & Partial<Pick<Checkpoint, 'attempt' | 'kind' | 'update'>>;

export type SourcePlan =
  | { readonly kind: 'From'; readonly candidates: readonly SourceCandidate[] }
  | { readonly kind: 'Stop'; readonly reason: SourceStop; readonly message: string };

export type SourceStop = 'SourceNotFound' | 'SourceForeign' | 'SourceNotSaved' | 'SourceUnreadable';

export interface SourceQuestion {
  readonly source: Source;
  /** This cluster, and those that are no more whose runs the store takes over. */
  readonly clusterUids: readonly string[];
  readonly facts: SourceFacts;
}

/** The candidates, best first, or why there are none. */
export function planSource({ source, clusterUids, facts }: SourceQuestion): SourcePlan {
  if (facts.is === 'Object') return planObject(facts);
  if (facts.clusterUid === undefined) return noRun(facts);
  if (!clusterUids.includes(facts.clusterUid)) return foreign(facts);
  return planRun(source.is === 'Run' ? source.update : undefined, facts);
}

const another = 'initializeFrom is immutable: for another source create a run of another name.';

type RunFacts = Extract<SourceFacts, { readonly is: 'Run' }>;

function planObject({ key, found }: Extract<SourceFacts, { readonly is: 'Object' }>): SourcePlan {
  if (found !== undefined) return { kind: 'From', candidates: [found] };
  const message = `initializeFrom.object: there is no object ${key} in the bucket. Upload it under this key; ${another}`;
  return { kind: 'Stop', reason: 'SourceNotFound', message };
}

function noRun({ inventory: { prefix } }: RunFacts): SourcePlan {
  const message = `initializeFrom.run: no run has ever started below ${prefix} (there is no run.json). Start it, with the same store, or put its objects there; ${another}`;
  return { kind: 'Stop', reason: 'SourceNotFound', message };
}

function foreign({ inventory: { prefix }, clusterUid }: RunFacts): SourcePlan {
  const message = `initializeFrom.run: ${prefix}run.json belongs to another cluster (UID ${clusterUid}). If that cluster is no more, name it in spec.adoptClusters of the CheckpointStore; else copy the checkpoint below _objects/ of the namespace and name it in initializeFrom.object; ${another}`;
  return { kind: 'Stop', reason: 'SourceForeign', message };
}

function planRun(wanted: Update | undefined, { inventory, origins }: RunFacts): SourcePlan {
  const lineage = traceLineage(origins);
  if (lineage.kind === 'Unreadable') {
    const message = `initializeFrom.run: the lineage below ${inventory.prefix} cannot be read: ${lineage.why}. Put the object back; ${another}`;
    return { kind: 'Stop', reason: 'SourceUnreadable', message };
  }
  const all = checkpointsOnLineage(lineage.links, inventory);
  const candidates = wanted === undefined ? all : all.filter(({ update }) => update === wanted);
  if (candidates.length > 0) return { kind: 'From', candidates };
  const saved = describeSaved({ inventory, origins }, wanted ?? 0);
  const lacking = wanted === undefined ? 'checkpoint' : `checkpoint of update ${wanted}`;
  const message = `initializeFrom.run: there is no ${lacking} on the lineage below ${inventory.prefix}. ${saved} It is waited for; ${another}`;
  return { kind: 'Stop', reason: 'SourceNotSaved', message };
}
