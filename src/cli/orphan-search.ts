// Finds what runs that are gone left in the stores, as far as the user's credentials reach: what lies there of runs that no listing has which was
// made after the bucket was read. Reads only.
import { type CheckpointStore, parseStore } from '../api/store.ts';
import type { Checkpoint } from '../domain/bucket/inventory.ts';
import type { OrphanQuestion } from '../domain/retention/orphans.ts';
import type { Policies } from '../domain/retention/policies.ts';
import type { Labels } from '../domain/store/label-selector.ts';
import { sideBySide } from '../observation/bucket-documents.ts';
import { ClusterError } from '../ports/cluster.ts';
import { namespaces, runs, stores } from '../ports/kinds.ts';
import type { KubeObject } from '../ports/kube-objects.ts';
import { ObjectStoreError } from '../ports/objects.ts';
import { CommandError } from './errors.ts';
import { type FoundOrphan, type Left, observeOrphan, type OrphanSight } from './orphan-observation.ts';
import type { Asking } from './reach.ts';
import { readStore } from './store-reading.ts';

export interface OrphanSearch {
  /** The one store to look into; undefined = all. */
  readonly store: string | undefined;
  /** Whose Secret is tried first. */
  readonly namespace: string;
  readonly policies: Policies;
  /** The runs that are asked about as they stand, as `NAMESPACE/NAME`: one that was deleted since is not asked about again. */
  readonly asked?: ReadonlySet<string>;
  /** The one run that is looked for, as `NAMESPACE/NAME`; undefined = all. */
  readonly only?: string;
}

export interface OrphanFindings {
  readonly orphans: readonly FoundOrphan[];
  /** Why a store could not be read at all, one each. */
  readonly unread: readonly (CommandError | ObjectStoreError | ClusterError)[];
  /** How many stores were. */
  readonly read: number;
}

/** What is there. @throws ClusterError when namespaces, stores or runs cannot be listed */
export async function searchOrphans(
  asking: Asking,
  search: OrphanSearch,
  signal: AbortSignal,
): Promise<OrphanFindings> {
  const { cluster } = asking;
  const spaces = await cluster.list(namespaces, {}, signal);
  const clusterUid = spaces.find(({ metadata }) => metadata.name === 'kube-system')?.metadata.uid ?? '';
  const labels = new Map<string, Labels>(
    spaces.map(({ metadata }) => [metadata.name, metadata.labels ?? {}]),
  );
  const { policies, namespace, asked = new Set(), only } = search;
  const orphans: FoundOrphan[] = [];
  const unread: OrphanFindings['unread'][number][] = [];
  const wanted = await storesOf(asking, search.store, signal);
  for (const object of wanted)
    try {
      const sight = { store: understood(object), clusterUid, policies, namespaces: labels };
      orphans.push(...(await searchStore(asking, { ...sight, namespace, asked, only }, signal)));
    } catch (cause) {
      if (!isOfStore(cause)) throw cause;
      unread.push(cause);
    }
  return { orphans, unread, read: wanted.length - unread.length };
}

async function storesOf(
  { cluster }: Asking,
  name: string | undefined,
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  if (name === undefined) return cluster.list(stores, {}, signal);
  return [(await cluster.get(stores, { name }, signal)) ?? []].flat();
}

function understood(object: KubeObject): CheckpointStore {
  const parsed = parseStore(object);
  if ('ok' in parsed) return parsed.ok;
  throw new CommandError(
    `the CheckpointStore ${object.metadata.name} is not understood by this version: ${parsed.problems.join('; ')}`,
  );
}

const isOfStore = (cause: unknown): cause is OrphanFindings['unread'][number] =>
  cause instanceof CommandError || cause instanceof ObjectStoreError || cause instanceof ClusterError;

interface Whose {
  readonly only: string | undefined;
}

/** The runs are listed after the bucket: one that was made meanwhile is none that is gone. */
async function searchStore(
  asking: Asking,
  sight: OrphanSight & Required<Pick<OrphanSearch, 'namespace' | 'asked'>> & Whose,
  signal: AbortSignal,
): Promise<readonly FoundOrphan[]> {
  const { parts } = await readStore(asking, sight, signal);
  const listed = await asking.cluster.list(runs, {}, signal);
  const living = new Set([
    ...sight.asked,
    ...listed.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
  ]);
  const gone = parts.flatMap(({ objects, tally }) =>
    [...tally.runs].flatMap(([name, left]): readonly Left[] =>
      living.has(name) || name !== (sight.only ?? name) ? [] : [{ objects, tally: left }],
    ),
  );
  return await sideBySide(gone, async (left) => observeOrphan(sight, left, signal));
}

export interface AskedOrphan {
  readonly store: CheckpointStore;
  readonly question: OrphanQuestion<Checkpoint>;
}

/**
 * What the policies are asked about what lies there, by place; what could not be read is noted. What nobody asks them about is not in it: it
 * goes by its run's own wish, or is nobody's.
 */
export async function observeOrphans(
  asking: Asking,
  search: OrphanSearch,
  signal: AbortSignal,
): Promise<readonly AskedOrphan[]> {
  const unjudged = 'what runs that are gone left, and how much of it counts against a capacity';
  try {
    const { orphans, unread } = await searchOrphans(asking, search, signal);
    for (const cause of unread) asking.reach.note({ missing: 'look into every store', unjudged }, cause);
    const asked = orphans.flatMap(({ store, question }) => ('why' in question ? [] : [{ store, question }]));
    return asked.toSorted((a, b) => (a.question.prefix < b.question.prefix ? -1 : 1));
  } catch (cause) {
    if (!(cause instanceof ClusterError) || cause.code !== 'Forbidden') throw cause;
    asking.reach.note({ missing: 'list namespaces, stores and runs of the whole cluster', unjudged }, cause);
    return [];
  }
}
