// The paths of the Kubernetes API: which table, which object, which part of it.
import type { Table } from '../object-storage/object-rows.ts';

export interface Route {
  readonly table: Table;
  readonly apiVersion: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

const shape = new RegExp(
  '^(?:/api/(?<core>[^/]+)|/apis/(?<group>[^/]+)/(?<version>[^/]+))' +
    '(?:/namespaces/(?<namespace>[^/]+)(?=/))?' +
    '/(?<plural>[^/]+)(?:/(?<name>[^/]+)(?:/(?<subresource>.+))?)?$',
);

/** The route of a path; undefined when it is none of the API's. */
export function parseRoute(path: string): Route | undefined {
  const parts = shape.exec(path)?.groups;
  if (parts === undefined) return undefined;
  const { core, group = '', version = '', namespace, plural = '', name, subresource } = parts;
  const apiVersion = core ?? `${group}/${version}`;
  return {
    table: { group, plural },
    apiVersion,
    namespace: decoded(namespace),
    name: decoded(name),
    subresource,
  };
}

const decoded = (part: string | undefined): string | undefined =>
  part === undefined ? undefined : decodeURIComponent(part);
