// What a key below a store's prefix is, for whoever looks at the whole store: an object of a run, of ours, or nobody knows.
// A key that does not parse is unknown: it may be counted and reported, never touched.
import { parseRunObject, type RunObject, storeClaimKey, storeProbePrefix } from './keys.ts';

export type StoreObject =
  /** The claim of the prefix, or what a probe left. */
  | { readonly is: 'Own' }
  /** What runs of this namespace may be initialised from, put there by people. */
  | { readonly is: 'Source'; readonly namespace: string }
  | {
      readonly is: 'OfRun';
      readonly namespace: string;
      readonly run: string;
      /** Undefined for a name we did not write. */
      readonly object: RunObject | undefined;
    };

/** Two DNS labels, or one and the folder of sources, and a rest. */
const place =
  /^([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)\/([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?|_objects)\/(.*)$/s;

/** What the key stands for below the store's prefix ('' or 'a/b'); undefined for a name that has no place in a store. */
export function parseStoreKey(prefix: string, key: string): StoreObject | undefined {
  if (key === storeClaimKey(prefix) || key.startsWith(storeProbePrefix(prefix))) return { is: 'Own' };
  const top = prefix === '' ? '' : `${prefix}/`;
  const match = key.startsWith(top) ? place.exec(key.slice(top.length)) : null;
  const [, namespace, run, name] = match ?? [];
  if (namespace === undefined || run === undefined || name === undefined) return undefined;
  if (run === '_objects') return { is: 'Source', namespace };
  return { is: 'OfRun', namespace, run, object: parseRunObject(name) };
}
