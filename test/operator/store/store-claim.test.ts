// Whose a prefix is: claims in the bucket, and stores that lie in each other.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StoreBench } from '../../support/store-bench.ts';

let bench = new StoreBench();

beforeEach(() => {
  bench = new StoreBench();
});
afterEach(async () => bench.end());

const claimOf = (clusterUid: string, store: string): string =>
  `${JSON.stringify({ version: 1, clusterUid, store })}\n`;

describe('the claim', () => {
  test('of another cluster stops everything: nothing is written below the prefix', async () => {
    bench.bucket().seed('main/.reprise-store.json', claimOf('there', 'main'));
    bench.applyStore('main');
    await bench.pass(200);
    expect(bench.available('main')).toEqual({
      status: 'False',
      reason: 'ForeignClaim',
      message:
        'The prefix is claimed by another cluster or another CheckpointStore: "main" belongs to CheckpointStore main of the cluster with UID there. Create a CheckpointStore with another prefix; or, if that cluster is no more, name its UID in spec.adoptClusters.',
    });
    const operations = bench.bucket().faults.requests.map(({ operation }) => operation);
    expect(new Set(operations)).toEqual(new Set(['get']));
  });

  test('around the prefix counts too', async () => {
    bench.bucket().seed('.reprise-store.json', claimOf('there', 'all'));
    bench.applyStore('main');
    await bench.pass(1);
    expect(bench.available('main').reason).toBe('PrefixOverlaps');
  });

  test('around the prefix may be out of sight for credentials that are limited to it', async () => {
    bench
      .bucket()
      .faults.add({ on: 'get', key: /^\.reprise-store/, before: 'AccessDenied', times: Infinity });
    bench.applyStore('main');
    await bench.pass(1);
    expect(bench.available('main').reason).toBe('Probed');
  });

  test('of a newer program is not touched', async () => {
    bench.bucket().seed('main/.reprise-store.json', '{"version": 2}');
    bench.applyStore('main');
    await bench.pass(100);
    expect(bench.available('main').reason).toBe('ForeignClaim');
    expect(bench.available('main').message).toContain('upgrade this program');
    expect(bench.readDocument('main/.reprise-store.json')).toEqual({ version: 2 });
  });

  test('that somebody else makes at the same moment is theirs', async () => {
    bench.bucket().faults.add({ on: 'put', before: 'PreconditionFailed' });
    bench.applyStore('main');
    await bench.pass(0);
    bench.bucket().seed('main/.reprise-store.json', claimOf('there', 'main'));
    await bench.pass(100);
    expect(bench.available('main').reason).toBe('ForeignClaim');
    expect(bench.readDocument('main/.reprise-store.json')).toMatchObject({ clusterUid: 'there' });
  });

  test('whose answer was lost is ours', async () => {
    bench.bucket().faults.add({ on: 'put', after: 'Unavailable' });
    bench.applyStore('main');
    await bench.pass(10);
    expect(bench.available('main').reason).toBe('Probed');
  });

  test('that is replaced while the store is in use ends its use', async () => {
    bench.applyStore('main');
    await bench.pass(1);
    bench.bucket().seed('main/.reprise-store.json', claimOf('there', 'main'));
    await bench.pass(61);
    expect(bench.available('main').reason).toBe('ForeignClaim');
  });
});

describe('overlapping prefixes', () => {
  const inside = { s3: { bucket: 'ckpts', prefix: 'main/inner' } };

  test('the elder stays in use, the younger says whose place it is in', async () => {
    bench.applyStore('main');
    await bench.pass(1);
    bench.applyStore('inner', inside);
    await bench.pass(61);
    expect(bench.available('main').status).toBe('True');
    expect(bench.available('inner')).toEqual({
      status: 'False',
      reason: 'PrefixOverlaps',
      message:
        'The prefix lies inside that of another CheckpointStore, or around it: "main/inner" and "main", which CheckpointStore main had before. Create a CheckpointStore with a prefix beside the other.',
    });
    expect(bench.bucket().keys('main/inner')).toEqual([]);
  });

  test('the younger moves in at once when the elder is deleted, over what it left', async () => {
    bench.applyStore('main');
    await bench.pass(1);
    bench.applyStore('second', { s3: { bucket: 'ckpts', prefix: 'main' } });
    await bench.pass(1);
    bench.deleteStore('main');
    await bench.pass(0);
    expect(bench.available('second').status).toBe('True');
    expect(bench.readDocument('main/.reprise-store.json')).toMatchObject({ store: 'second' });
  });
});
