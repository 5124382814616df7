// A complete list, page by page, or an error: never a part of one.
import type { ListScope, Resource } from '../ports/cluster.ts';
import type { KubeObject } from '../ports/kube-objects.ts';
import { type ObjectPage, readPage } from './api-object.ts';
import { ApiFailure } from './api-status.ts';
import { collectionPath, withQuery } from './resource-path.ts';
import type { RestClient } from './rest-client.ts';

/** Objects a page holds: parsing one blocks for about ten milliseconds. */
const pageSize = 500;
/** How often a list starts over because its continue token grew too old on the way. */
const longestRestarts = 2;

export interface ListRequest {
  readonly resource: Resource<KubeObject>;
  readonly scope: ListScope;
  /** False when the caller tries again by itself. */
  readonly retries: boolean;
}

export interface ObjectList {
  /** As they were sent, unread. */
  readonly items: readonly unknown[];
  /** Where a watch goes on. */
  readonly resourceVersion: string;
}

async function listOnce(client: RestClient, request: ListRequest, signal: AbortSignal): Promise<ObjectList> {
  const { resource, scope, retries } = request;
  const collection = collectionPath(resource, scope.namespace);
  const { labelSelector, fieldSelector } = scope;
  const items: unknown[] = [];
  let page: ObjectPage | undefined;
  do {
    const path = withQuery(collection, {
      limit: pageSize,
      labelSelector,
      fieldSelector,
      continue: page?.next,
    });
    page = readPage(await client.json({ method: 'GET', path, repeatable: true, retries }, signal));
    items.push(...page.items);
  } while (page.next !== undefined);
  return { items, resourceVersion: page.resourceVersion };
}

/** Every object of a kind in scope. Rejects with {@link ApiFailure} when it cannot be completed. */
export async function listAll(
  client: RestClient,
  request: ListRequest,
  signal: AbortSignal,
): Promise<ObjectList> {
  for (let restarts = 0; ; restarts += 1) {
    try {
      return await listOnce(client, request, signal);
    } catch (cause) {
      const tokenExpired = cause instanceof ApiFailure && cause.httpStatus === 410;
      if (!tokenExpired || restarts >= longestRestarts) throw cause;
    }
  }
}
