// A CheckpointStore read into the facts that decisions rest on: whether runs may use it, and which one a run uses.
import { storeRefusals, wordsOf } from '../api/conditions.ts';
import { annotations } from '../api/names.ts';
import type { CheckpointStore } from '../api/store.ts';
import type { StoreFacts } from '../domain/run/facts.ts';
import type { Labels } from '../domain/store/label-selector.ts';
import { type KnownStore, selectStore, type StoreSelection } from '../domain/store/selection.ts';
import type { KubeObject } from '../ports/kube-objects.ts';

/** Whether runs that name no store use this one. */
export const isDefaultStore = (store: Pick<KubeObject, 'metadata'>): boolean =>
  store.metadata.annotations?.[annotations.isDefaultStore] === 'true';

/** A store as runs may use it; `trouble`, a sentence without its full stop, says why it is not Available. */
export const knownStore = (
  store: Pick<CheckpointStore, 'metadata' | 'spec'>,
  trouble: string | undefined,
): KnownStore => ({
  name: store.metadata.name,
  isDefault: isDefaultStore(store),
  allowedNamespaces: store.spec.allowedNamespaces,
  trouble,
});

export type StoreChoice =
  | { readonly kind: 'Chosen'; readonly name: string }
  | {
      readonly kind: 'Unready';
      readonly reason: Extract<StoreSelection, { kind: 'Refused' }>['reason'];
      /** What is the case and what to do about it. */
      readonly message: string;
    };

/** The store of this name, or the default store, if runs of a namespace with these labels can use it now; else why not. */
export function chooseStore(
  stores: readonly KnownStore[],
  wanted: string | undefined,
  namespaceLabels: Labels,
): StoreChoice {
  const selection = selectStore(stores, wanted, namespaceLabels);
  if (selection.kind === 'Chosen') return selection;
  const { reason, detail } = selection;
  return { kind: 'Unready', reason, message: wordsOf(storeRefusals[reason], detail) };
}

/** The facts of a store that a run uses. */
export const storeFacts = ({ metadata, spec }: Pick<CheckpointStore, 'metadata' | 'spec'>): StoreFacts => ({
  kind: 'Ready',
  name: metadata.name,
  agentSecret: spec.agentCredentials.secretName,
  adoptClusters: spec.adoptClusters,
});
