// A sweep over a whole store: what it counts and tells, what it leaves alone, and what it gives up.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runs } from '../../../src/ports/kinds.ts';
import { refusal } from '../../support/fake-cluster.ts';
import { intervalSeconds, SweepBench } from '../../support/sweep-bench.ts';

let bench = new SweepBench();

beforeEach(() => {
  bench = new SweepBench();
  bench.applyStore('main');
});
afterEach(async () => bench.end());

const usage = () => bench.store('main').status?.usage;
const step = (run: string, update: number): string =>
  `main/voice/${run}/attempts/0001-00000000/steps/model_${update}.pt`;

test('status tells what lies in the store soon after it is Available', async () => {
  bench.applyRun('zh');
  bench.seedMarker('zh');
  bench.bucket().seed(step('zh', 10), '12345');
  bench.bucket().seed(step('gone', 10), '123');
  bench.bucket().seed('main/voice/zh/notes.txt', '1');
  bench.bucket().seed('elsewhere/voice/zh/run.json', 'not of this store');
  await bench.pass(5);
  const all = bench.bucket().keys('main/');
  const bytes = all.reduce((sum, key) => sum + (bench.bucket().objects.get(key)?.bytes.length ?? 0), 0);
  expect(usage()).toMatchObject({
    objects: all.length,
    bytes,
    totalBytes: bytes,
    unknownObjects: 1,
    unknownBytes: 1,
    orphanedRuns: 1,
    orphanedBytes: 3,
    noncurrentVersions: 0,
    unfinishedUploads: 0,
  });
});

test('the first sweep shares the listing out by the runs there are, the next also by what it found', async () => {
  bench.applyRun('zh');
  bench.bucket().seed(step('gone', 10), '123');
  await bench.pass(5);
  expect(bench.bucket().landmarks).toEqual(['main/voice/zh/']);
  await bench.pass(intervalSeconds);
  expect(bench.bucket().landmarks).toEqual(['main/voice/gone/', 'main/voice/zh/']);
});

test('a bucket that keeps old versions has them counted by themselves', async () => {
  bench.bucket().capabilities = { ...bench.bucket().capabilities, versioning: true };
  bench.bucket().seed(step('zh', 10), '12345');
  bench.bucket().seed(step('zh', 10), '12');
  await bench.pass(5);
  expect(usage()).toMatchObject({ noncurrentVersions: 1, noncurrentBytes: 5 });
});

test('a steady store is scanned again and again, and nothing else is asked or written', async () => {
  bench.applyRun('zh');
  bench.seedMarker('zh');
  bench.bucket().seed(step('zh', 10), '12345');
  await bench.pass(5);
  const { resourceVersion } = bench.store('main').metadata;
  const before = bench.bucket().faults.requests.length;
  await bench.pass(intervalSeconds);
  expect(bench.requests('scan')).toBe(2);
  // Besides, the store controller reads its claim; nobody reads run.json again.
  const since = bench.bucket().faults.requests.slice(before);
  expect(since.filter(({ key }) => !key.includes('.reprise-'))).toMatchObject([
    { operation: 'scan' },
    { operation: 'listUploads' },
  ]);
  expect(bench.store('main').metadata.resourceVersion).toBe(resourceVersion);
  expect(bench.looked).toEqual([]);
});

test('when a steady store was swept last is written at most once in an hour', async () => {
  bench.applyRun('zh');
  bench.bucket().seed(step('zh', 10), '12345');
  await bench.pass(5);
  const { sweptAt, countedAt } = usage() ?? {};
  expect(sweptAt).toBeDefined();
  const versions = new Set<string>();
  for (let pass = 0; pass < 9; pass += 1) {
    await bench.pass(intervalSeconds);
    versions.add(bench.store('main').metadata.resourceVersion);
  }
  expect(versions.size).toBe(2);
  expect(usage()).toMatchObject({ countedAt });
  expect(Date.parse(usage()?.sweptAt ?? '') - Date.parse(sweptAt ?? '')).toBeGreaterThanOrEqual(3_600_000);
});

test('a run whose objects changed is looked at', async () => {
  bench.bucket().seed(step('zh', 10), '12345');
  bench.bucket().seed(step('en', 10), '12345');
  await bench.pass(5);
  bench.bucket().seed(step('zh', 20), '12345');
  await bench.pass(intervalSeconds);
  expect(bench.looked).toEqual(['voice/zh']);
});

test('a listing that fails half-way decides nothing', async () => {
  bench.bucket().pageSize = 1;
  bench.bucket().seed(step('zh', 10), '12345');
  bench.bucket().faults.add({ on: 'scan', midway: 'Unavailable', times: Infinity });
  await bench.pass(60);
  expect(usage()).toBeUndefined();
});

test('a list of runs that suddenly has far fewer makes no orphans', async () => {
  const names = Array.from({ length: 30 }, (_, n) => `run-${n}`);
  for (const name of names) {
    bench.applyRun(name);
    bench.bucket().seed(step(name, 10), '1');
  }
  await bench.pass(5);
  expect(usage()?.orphanedRuns).toBe(0);
  for (const name of names.slice(1)) bench.cluster.storage.delete(runs, { namespace: 'voice', name }, {});
  await bench.pass(intervalSeconds);
  expect(usage()?.orphanedRuns).toBeUndefined();
  await bench.pass(intervalSeconds);
  expect(usage()?.orphanedRuns).toBe(29);
});

const uploads = (): number => bench.bucket().uploads.below('main/').length;
const sweeps = async (count: number): Promise<void> => bench.pass(count * intervalSeconds);

const log = (date: string): string => `main/voice/zh/deletions/${date}.json`;

test('logs of deletions go after 90 days', async () => {
  bench.bucket().seed(log('2026-08-23'), '{}');
  bench.bucket().seed(log('2026-08-24'), '{}');
  bench.mayDelete = () => {
    throw new Error('another one leads');
  };
  await bench.pass(5);
  expect(bench.bucket().keys('main/voice/')).toHaveLength(2);
  bench.mayDelete = () => undefined;
  await bench.pass(intervalSeconds);
  expect(bench.bucket().keys('main/voice/')).toEqual([log('2026-08-24')]);
});

describe('an unfinished upload', () => {
  test('is counted, and given up when its pod is gone for long', async () => {
    bench.seedMarker('zh');
    await bench.leaveUpload(step('zh', 10));
    await sweeps(1);
    expect(usage()).toMatchObject({ unfinishedUploads: 1 });
    expect(uploads()).toBe(1);
    await sweeps(2);
    expect(uploads()).toBe(0);
  });

  test('stays while its pod lives', async () => {
    bench.seedMarker('zh');
    const pod = bench.applyPod('zh-1', 'zh').replaceAll('-', '').slice(0, 8);
    await bench.leaveUpload(`main/voice/zh/attempts/0001-${pod}/steps/model_10.pt`);
    await sweeps(4);
    expect(uploads()).toBe(1);
  });

  test.each([
    ['of a place without run.json', () => undefined],
    ["of another cluster's run", () => bench.seedMarker('zh', { clusterUid: 'there' })],
  ])('stays: %s', async (_what, seed) => {
    seed();
    await bench.leaveUpload(step('zh', 10));
    await sweeps(4);
    expect(uploads()).toBe(1);
  });

  test('stays while the API server does not tell which pods there are', async () => {
    bench.seedMarker('zh');
    await bench.leaveUpload(step('zh', 10));
    bench.cluster.before = ({ verb, plural }) => {
      if (verb === 'list' && plural === 'pods') throw refusal('Unavailable');
    };
    await sweeps(4);
    expect(uploads()).toBe(1);
  });
});
