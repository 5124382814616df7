// Which store a run uses and whether it can, as the operator's conditions say. Reads only.
import { storeReasons } from '../api/conditions.ts';
import { type CheckpointStore, parseStore } from '../api/store.ts';
import type { RunFacts, StoreFacts } from '../domain/run/facts.ts';
import type { Labels } from '../domain/store/label-selector.ts';
import type { KnownStore } from '../domain/store/selection.ts';
import { chooseStore, isDefaultStore, knownStore, storeFacts } from '../observation/store-facts.ts';
import { namespaces, stores } from '../ports/kinds.ts';
import type { KubeObject } from '../ports/kube-objects.ts';
import type { Asking } from './reach.ts';

export interface StoreObservation {
  readonly facts: StoreFacts;
  /** The store, if the run can use it, or if its name is known and it may be read. */
  readonly store: CheckpointStore | undefined;
  /** True when the user may not see the stores. */
  readonly isUnseen: boolean;
}

const unjudgedOfStore = 'whether the CheckpointStore can be used, and what the bucket holds';

const unseen: StoreObservation = {
  facts: { kind: 'Unready', reason: 'StoreNotAvailable', message: 'the store cannot be seen from here' },
  store: undefined,
  isUnseen: true,
};

/** The run's store. */
export async function observeStore(
  asking: Asking,
  run: RunFacts,
  signal: AbortSignal,
): Promise<StoreObservation> {
  const wanted = run.spec.store ?? run.status?.store;
  const objects = await readStores(asking, wanted, signal);
  if (objects === undefined) return unseen;
  const labels = await namespaceLabels(asking, run, signal);
  const known = objects.map((object) => asKnown(object));
  const choice = chooseStore(labels === undefined ? known.map(allowing) : known, wanted, labels ?? {});
  if (choice.kind === 'Unready') return { facts: choice, store: undefined, isUnseen: false };
  const chosen = objects.find(({ metadata }) => metadata.name === choice.name);
  const parsed = parseStore(chosen);
  if ('problems' in parsed) {
    const question = { missing: `understand the CheckpointStore ${choice.name}`, unjudged: unjudgedOfStore };
    asking.reach.note(question, parsed.problems.join('; '));
    return unseen;
  }
  const store = parsed.ok;
  return { facts: storeFacts(store), store, isUnseen: false };
}

async function readStores(
  { cluster, reach }: Asking,
  wanted: string | undefined,
  signal: AbortSignal,
): Promise<readonly KubeObject[] | undefined> {
  const unjudged = unjudgedOfStore;
  if (wanted === undefined) {
    const question = { missing: 'list checkpointstores.reprise.dev', unjudged };
    return (await reach.ask(question, () => cluster.list(stores, {}, signal)))?.answer;
  }
  const question = { missing: 'get checkpointstores.reprise.dev', unjudged };
  const found = await reach.ask(question, () => cluster.get(stores, { name: wanted }, signal));
  return found === undefined ? undefined : [found.answer ?? []].flat();
}

async function namespaceLabels(
  { cluster, reach }: Asking,
  { namespace: name }: RunFacts,
  signal: AbortSignal,
): Promise<Labels | undefined> {
  const question = { missing: 'get namespaces', unjudged: 'whether the store allows the namespace' };
  const found = await reach.ask(question, () => cluster.get(namespaces, { name }, signal));
  return found === undefined ? undefined : (found.answer?.metadata.labels ?? {});
}

/** Taken to allow a namespace whose labels cannot be seen, unless it allows none at all. */
const allowing = (store: KnownStore): KnownStore =>
  store.allowedNamespaces === undefined ? store : { ...store, allowedNamespaces: {} };

function asKnown(object: KubeObject): KnownStore {
  const parsed = parseStore(object);
  if ('ok' in parsed) return knownStore(parsed.ok, troubleOf(parsed.ok));
  // The operator may be of a newer version and understand it.
  const { name } = object.metadata;
  return { name, isDefault: isDefaultStore(object), allowedNamespaces: {}, trouble: undefined };
}

/** What its condition says; undefined when it is Available. */
function troubleOf({ status }: CheckpointStore): string | undefined {
  const available = status?.conditions.find(({ type }) => type === 'Available');
  if (available?.status === 'True') return undefined;
  return (available?.message ?? storeReasons.Probing.meaning).replace(/\.$/, '');
}
