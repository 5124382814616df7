// Where an object lives in the API: paths and queries, nothing else. https://kubernetes.io/docs/reference/using-api/api-concepts/
import type { ObjectName, Resource } from '../ports/cluster.ts';
import type { KubeObject } from '../ports/kube-objects.ts';

type Kind = Omit<Resource<KubeObject>, 'shape'>;
/** The parameters of a request; undefined ones are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** `group/version` as manifests write it. */
export const apiVersion = ({ group, version }: Kind): string =>
  group === '' ? version : `${group}/${version}`;

/** The path of a collection; without a namespace, of all namespaces. */
export function collectionPath(kind: Kind, namespace: string | undefined): string {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  const within =
    kind.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${within}/${kind.plural}`;
}

/** The path of one object; throws when a namespaced kind is asked for without a namespace. */
export function objectPath(kind: Kind, { name, namespace }: ObjectName): string {
  if (kind.namespaced && namespace === undefined) {
    throw new Error(`${kind.kind} ${name}: a namespaced kind needs a namespace`);
  }
  return `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}`;
}

/** A path with its query; undefined values are left out. */
export function withQuery(path: string, query: Query): string {
  const present = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) present.append(name, String(value));
  }
  return present.size === 0 ? path : `${path}?${present.toString()}`;
}
