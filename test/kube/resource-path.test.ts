// Paths of the API: core and groups, namespaced and not, names that need escaping.
import { expect, test } from 'vitest';
import { collectionPath, objectPath, withQuery } from '../../src/kube/resource-path.ts';
import { jobs, namespaces, pods, stores } from '../../src/ports/kinds.ts';
import { parseRoute } from '../support/fake-api-server/routes.ts';

test.each([
  { path: collectionPath(pods, undefined), want: '/api/v1/pods' },
  { path: collectionPath(pods, 'voice'), want: '/api/v1/namespaces/voice/pods' },
  {
    path: objectPath(jobs, { namespace: 'voice', name: 'a-1' }),
    want: '/apis/batch/v1/namespaces/voice/jobs/a-1',
  },
  { path: objectPath(namespaces, { name: 'voice' }), want: '/api/v1/namespaces/voice' },
  { path: objectPath(stores, { name: 'main' }), want: '/apis/reprise.dev/v1alpha1/checkpointstores/main' },
  {
    path: objectPath(stores, { name: 'a/b?c' }),
    want: '/apis/reprise.dev/v1alpha1/checkpointstores/a%2Fb%3Fc',
  },
])('$want', ({ path, want }) => {
  expect(path).toBe(want);
});

test('a namespaced object without its namespace is a mistake, not a cluster-wide request', () => {
  expect(() => objectPath(pods, { name: 'a' })).toThrow('Pod a: a namespaced kind needs a namespace');
});

test('a query holds what is defined, escaped', () => {
  expect(withQuery('/x', { a: undefined, b: 'c=d,e', f: true })).toBe('/x?b=c%3Dd%2Ce&f=true');
  expect(withQuery('/x', { a: undefined })).toBe('/x');
});

test('the fake API server understands every path that is made', () => {
  const table = { group: 'batch', plural: 'jobs' };
  const path = objectPath(jobs, { namespace: 'voice', name: 'a-1' });
  const route = { table, apiVersion: 'batch/v1', namespace: 'voice', name: 'a-1' };
  expect(parseRoute(path)).toEqual(route);
  expect(parseRoute(`${path}/status`)).toEqual({ ...route, subresource: 'status' });
  expect(parseRoute(objectPath(namespaces, { name: 'voice' }))).toMatchObject({
    name: 'voice',
    namespace: undefined,
  });
  expect(parseRoute('/healthz')).toBeUndefined();
});
