// A run's place in a store, and its name as one text: a key of a queue, and of what is agreed to.

export interface StoreRun {
  readonly store: string;
  readonly namespace: string;
  readonly run: string;
}

export const formatStoreRun = ({ store, namespace, run }: StoreRun): string => `${store}/${namespace}/${run}`;

/** None of the three has a slash. */
export function parseStoreRun(key: string): StoreRun {
  const [store = '', namespace = '', run = ''] = key.split('/');
  return { store, namespace, run };
}
