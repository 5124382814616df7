// The shape of the manifests built here: Kubernetes' own types as the JSON that is sent. Nothing is changed once built.

/** A quantity as people write it: `40Gi`, `"8"`, 8. */
type Quantity = string | number;

/** Kubernetes' type `T` as JSON; its generated classes call every quantity a string and every list mutable. */
export type AsJson<T> = T extends readonly (infer E)[]
  ? readonly AsJson<E>[]
  : T extends object
    ? { readonly [K in keyof T]: FieldAsJson<K, T[K]> }
    : T;

type FieldAsJson<K, V> = K extends 'limits' | 'requests'
  ? Readonly<Record<string, Quantity>>
  : K extends 'sizeLimit' | 'divisor'
    ? Quantity
    : AsJson<V>;
