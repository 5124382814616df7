// What the run controller asks about stores: which one a run may use now, opened, or why none. Kept up to date by the store
// controller; it never makes a request.
import type { CheckpointStore } from '../../api/store.ts';
import type { Labels } from '../../domain/store/label-selector.ts';
import type { KnownStore } from '../../domain/store/selection.ts';
import { fingerprintOf } from '../../domain/fingerprint.ts';
import { chooseStore, isDefaultStore, knownStore } from '../../observation/store-facts.ts';
import type { ObjectStore, StoreCapabilities } from '../../ports/objects.ts';
import type { StoreLookup } from './store-lookup.ts';

/** A store that runs may use. */
export interface OpenStore {
  readonly kind: 'Open';
  readonly store: CheckpointStore;
  readonly objects: ObjectStore;
  readonly capabilities: StoreCapabilities;
}

/** What a check found out about a store. */
export type StoreState =
  | OpenStore
  /** `trouble` is a sentence without its full stop. */
  | { readonly kind: 'Closed'; readonly store: CheckpointStore; readonly trouble: string }
  /** The object cannot even be understood. */
  | { readonly kind: 'Garbled'; readonly isDefault: boolean; readonly trouble: string };

/** Called with a store's name whenever what {@link StoreRegistry.find} says of it may have changed. */
export type StoreListener = (name: string) => void;

export class StoreRegistry {
  readonly #states = new Map<string, StoreState>();
  readonly #listeners = new Set<StoreListener>();

  /** The store of this name, or the default store, if runs of a namespace with these labels can use it now. */
  find(name: string | undefined, namespaceLabels: Labels): StoreLookup {
    const choice = chooseStore([...this.#states].map(asKnown), name, namespaceLabels);
    if (choice.kind === 'Unready') return choice;
    const state = this.#states.get(choice.name);
    if (state?.kind !== 'Open') throw new Error(`${choice.name} was chosen but is not open`);
    const { store, objects, capabilities } = state;
    return { kind: 'Ready', name: choice.name, store, objects, capabilities };
  }

  /** The store of this name while it is Available. */
  open(name: string): OpenStore | undefined {
    const state = this.#states.get(name);
    return state?.kind === 'Open' ? state : undefined;
  }

  /** The stores that were checked. */
  names(): readonly string[] {
    return [...this.#states.keys()];
  }

  /** Whether the store was checked since the program began. */
  isKnown(name: string): boolean {
    return this.#states.has(name);
  }

  /** Calls back on changes until the returned function is called. */
  onChange(listener: StoreListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes in what a check found; true when it is something new. */
  note(name: string, state: StoreState): boolean {
    const before = this.#states.get(name);
    this.#states.set(name, state);
    const isNew = before === undefined || !isAlike(before, state);
    if (isNew) this.#tell(name);
    return isNew;
  }

  /** The store is gone. */
  forget(name: string): void {
    if (this.#states.delete(name)) this.#tell(name);
  }

  #tell(name: string): void {
    for (const listener of this.#listeners) listener(name);
  }
}

function asKnown([name, state]: readonly [string, StoreState]): KnownStore {
  if (state.kind === 'Garbled')
    return { name, isDefault: state.isDefault, allowedNamespaces: {}, trouble: state.trouble };
  return knownStore(state.store, state.kind === 'Closed' ? state.trouble : undefined);
}

function isAlike(a: StoreState, b: StoreState): boolean {
  if (a.kind === 'Garbled' || b.kind === 'Garbled') return fingerprintOf(a) === fingerprintOf(b);
  if (a.kind === 'Open' && b.kind === 'Open' && a.objects !== b.objects) return false;
  return fingerprintOf(essenceOf(a)) === fingerprintOf(essenceOf(b));
}

function essenceOf(state: Exclude<StoreState, { kind: 'Garbled' }>): unknown {
  const { uid, generation } = state.store.metadata;
  const trouble = state.kind === 'Closed' ? state.trouble : undefined;
  return { uid, generation, isDefault: isDefaultStore(state.store), trouble, kind: state.kind };
}
