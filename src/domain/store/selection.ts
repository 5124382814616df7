// Which store a run uses, or why it can use none.
import { formatSelector, type Labels, type LabelSelector, matchesSelector } from './label-selector.ts';

export interface KnownStore {
  readonly name: string;
  readonly isDefault: boolean;
  /** Undefined: no namespace is allowed. */
  readonly allowedNamespaces: LabelSelector | undefined;
  /** Why it is not Available; undefined when it is. */
  readonly trouble: string | undefined;
}

/** Reasons of a run's condition Stalled; `detail` is what this case adds to the reason's own words. */
export type StoreSelection =
  | { readonly kind: 'Chosen'; readonly name: string }
  | {
      readonly kind: 'Refused';
      readonly reason:
        | 'NoDefaultStore'
        | 'AmbiguousStore'
        | 'StoreNotFound'
        | 'NamespaceNotAllowed'
        | 'StoreNotAvailable';
      readonly detail: string | undefined;
    };

/** The store of the name `wanted`, or the default store, if it may be used from a namespace with these labels now. */
export function selectStore(
  stores: readonly KnownStore[],
  wanted: string | undefined,
  namespaceLabels: Labels,
): StoreSelection {
  const named = stores.filter(({ name, isDefault }) => (wanted === undefined ? isDefault : name === wanted));
  const [store, ...others] = named;
  if (store === undefined)
    return wanted === undefined ? refused('NoDefaultStore') : refused('StoreNotFound', wanted);
  if (others.length > 0) {
    const names = named.map(({ name }) => name).toSorted();
    return refused('AmbiguousStore', names.join(', '));
  }
  const { name, allowedNamespaces, trouble } = store;
  if (allowedNamespaces === undefined) return refused('NamespaceNotAllowed', `${name} allows none`);
  if (!matchesSelector(allowedNamespaces, namespaceLabels)) {
    const detail = `${name} allows those with the labels ${formatSelector(allowedNamespaces)}`;
    return refused('NamespaceNotAllowed', detail);
  }
  return trouble === undefined
    ? { kind: 'Chosen', name }
    : refused('StoreNotAvailable', `${name}: ${trouble}`);
}

type Refused = Extract<StoreSelection, { kind: 'Refused' }>;

const refused = (reason: Refused['reason'], detail?: string): Refused => ({
  kind: 'Refused',
  reason,
  detail,
});
