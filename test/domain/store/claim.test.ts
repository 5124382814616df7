import { expect, test } from 'vitest';
import { type FoundClaim, judgeClaim } from '../../../src/domain/store/claim.ts';

const ours = { clusterUid: 'here', store: 'main' };
const found = (prefix: string, clusterUid: string, store: string): FoundClaim => ({
  prefix,
  claim: { clusterUid, store },
  etag: `"${store}"`,
});

test.each([
  { name: 'nobody’s is claimed', claims: [], want: { kind: 'Make', over: undefined } },
  { name: 'ours is held', claims: [found('a/b', 'here', 'main')], want: { kind: 'Held' } },
  {
    name: 'another cluster’s is left alone, whatever its store is called',
    claims: [found('a/b', 'there', 'main')],
    want: {
      kind: 'Refused',
      reason: 'ForeignClaim',
      detail: '"a/b" belongs to CheckpointStore main of the cluster with UID there',
    },
  },
  {
    name: 'that of a living store of this cluster is left alone',
    claims: [found('a/b', 'here', 'other')],
    want: {
      kind: 'Refused',
      reason: 'ForeignClaim',
      detail: '"a/b" belongs to CheckpointStore other of this cluster',
    },
  },
  {
    name: 'what a deleted store of this cluster left is taken over, and only that very claim',
    claims: [found('a/b', 'here', 'gone')],
    want: { kind: 'Make', over: '"gone"' },
  },
  {
    name: 'a prefix inside another cluster’s is refused',
    claims: [found('a', 'there', 'main'), found('a/b', 'here', 'main')],
    want: {
      kind: 'Refused',
      reason: 'PrefixOverlaps',
      detail: '"a" belongs to CheckpointStore main of the cluster with UID there',
    },
  },
  {
    name: 'a prefix inside that of a living store is refused',
    claims: [found('', 'here', 'other')],
    want: {
      kind: 'Refused',
      reason: 'PrefixOverlaps',
      detail: '"" belongs to CheckpointStore other of this cluster',
    },
  },
  {
    name: 'a prefix inside what a deleted store left is claimed',
    claims: [found('', 'here', 'gone')],
    want: { kind: 'Make', over: undefined },
  },
  {
    name: 'that of a cluster that is no more is taken over, and only that very claim',
    claims: [found('a/b', 'former', 'main')],
    want: { kind: 'Make', over: '"main"' },
  },
  {
    name: 'a prefix inside that of a cluster that is no more is claimed',
    claims: [found('a', 'former', 'main')],
    want: { kind: 'Make', over: undefined },
  },
])('$name', ({ claims, want }) => {
  const stores = new Set(['main', 'other']);
  const adoptClusters = ['former'];
  expect(judgeClaim({ ours, prefix: 'a/b', found: claims, stores, adoptClusters })).toEqual(want);
});
