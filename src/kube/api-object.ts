// What the API server sent, as objects of a kind: checked for what everything stands on (name, uid, version), without managedFields.
// The one place where JSON becomes a typed object; the rest of its shape is the API server's promise, which validated it.
import { ClusterError, type Resource } from '../ports/cluster.ts';
import type { KubeObject } from '../ports/kube-objects.ts';
import { apiVersion } from './resource-path.ts';

type Json = Record<string, unknown>;

/** Whether a value is a JSON object. */
export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An answer that is not what the API promises; its message says where. */
class MalformedAnswerError extends ClusterError {
  constructor(message: string) {
    super('Unavailable', `the API server sent ${message}`);
    this.name = 'MalformedAnswerError';
  }
}

const required = ['name', 'uid', 'resourceVersion'] as const;

/** The object, or MalformedAnswerError. Items of a list lack kind and apiVersion: they are filled in. */
export function readObject<T extends KubeObject>(resource: Resource<T>, value: unknown): T {
  const metadata = isJson(value) ? value['metadata'] : undefined;
  if (!isJson(value) || !isJson(metadata)) {
    throw new MalformedAnswerError(`an object of ${resource.plural} without metadata`);
  }
  for (const field of required) {
    if (typeof metadata[field] === 'string' && metadata[field] !== '') continue;
    throw new MalformedAnswerError(
      `${resource.plural} ${JSON.stringify(metadata['name'])} without metadata.${field}`,
    );
  }
  delete metadata['managedFields'];
  value['kind'] ??= resource.kind;
  value['apiVersion'] ??= apiVersion(resource);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the API server validated it against its schema
  return value as unknown as T;
}

export interface ObjectPage {
  readonly items: readonly unknown[];
  readonly resourceVersion: string;
  /** Where the next page begins; undefined on the last. */
  readonly next: string | undefined;
}

/** One page of a list, its items unread. */
export function readPage(value: unknown): ObjectPage {
  const metadata = isJson(value) ? value['metadata'] : undefined;
  const items = isJson(value) ? (value['items'] ?? []) : undefined;
  if (!isJson(metadata) || !Array.isArray(items) || typeof metadata['resourceVersion'] !== 'string') {
    throw new MalformedAnswerError('a list without items or metadata.resourceVersion');
  }
  const next = metadata['continue'];
  return {
    items,
    resourceVersion: metadata['resourceVersion'],
    next: typeof next === 'string' && next !== '' ? next : undefined,
  };
}
