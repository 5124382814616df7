// usage: what lies in the buckets, by whatever it is asked for, with its price; and from status where no key opens the bucket.
import { beforeEach, describe, expect, test } from 'vitest';
import { formatTime } from '../../src/domain/time.ts';
import { runs, stores } from '../../src/ports/kinds.ts';
import { emptyStatus } from '../support/cli-bench.ts';
import { PlanBench } from '../support/plan-bench.ts';

let bench: PlanBench;

beforeEach(async () => {
  bench = new PlanBench();
  await bench.addRun({ run: 'a', labels: { speaker: 'li' }, steps: [[10, 20, 30]] });
  await bench.addRun({ run: 'b', steps: [[10]] });
  await bench.addRun({ namespace: 'singing', run: 'c', labels: { speaker: 'li' }, steps: [[10, 20]] });
});

interface Row {
  readonly name: string;
  readonly objects: number;
  readonly bytes: number;
  readonly costPerMonth: string | null;
  readonly source: string;
}

async function rowsBy(by: string): Promise<readonly Row[]> {
  const { code, out } = await bench.run('usage', '--by', by, '-o', 'json');
  expect(code).toBe(0);
  return JSON.parse(out) as readonly Row[];
}

/** Of everything below a prefix: how many objects, and their bytes. */
function counted(...prefixes: readonly string[]): Pick<Row, 'objects' | 'bytes'> {
  const all = [...bench.objects.objects].filter(([key]) => prefixes.some((prefix) => key.startsWith(prefix)));
  return { objects: all.length, bytes: all.reduce((sum, [, { bytes }]) => sum + bytes.byteLength, 0) };
}

/** The pod is killed after the first piece. */
const read = async (offset: number): Promise<void> => {
  if (offset > 0) throw new Error('the pod was killed');
};

const unreclaimed = { sweptAt: null, reclaimedBytes: null, reclaimedCostPerMonth: null };
const found = { costPerMonth: null, source: 'Bucket', ...unreclaimed };
const ofRuns = { ...found, reclaimedBytes: 0 };

describe('counted in the bucket', () => {
  test('by store, namespace, run and label', async () => {
    expect(await rowsBy('store')).toEqual([{ name: 'main', ...counted('prod/'), ...found }]);
    expect(await rowsBy('namespace')).toEqual([
      { name: 'voice', ...counted('prod/voice/'), ...found },
      { name: 'singing', ...counted('prod/singing/'), ...found },
    ]);
    expect(await rowsBy('run')).toEqual([
      { name: 'voice/a', ...counted('prod/voice/a/'), ...ofRuns },
      { name: 'singing/c', ...counted('prod/singing/c/'), ...ofRuns },
      { name: 'voice/b', ...counted('prod/voice/b/'), ...ofRuns },
    ]);
    expect(await rowsBy('label:speaker')).toEqual([
      { name: 'li', ...counted('prod/voice/a/', 'prod/singing/c/'), ...ofRuns },
      { name: '(none)', ...counted('prod/voice/b/'), ...ofRuns },
    ]);
  });

  test('with what it costs, where the store has a price', async () => {
    bench.cluster.storage.patch(stores, { name: 'main' }, { spec: { pricePerGiBMonth: '100000' } });
    const [row] = await rowsBy('store');
    expect(row?.costPerMonth).toBe(((counted('prod/').bytes / 2 ** 30) * 1e5).toFixed(2));
    expect((await bench.run('usage')).out).toMatch(
      /^STORE +OBJECTS +BYTES +PER MONTH +SOURCE\nmain +\d+ +\S+ kB +\d+\.\d\d +bucket\n$/,
    );
  });
});

test('an unfinished upload counts, by store and namespace', async () => {
  const [before] = await rowsBy('namespace');
  const resumption = { uploadId: undefined, onOpened: async () => undefined };
  const key = 'prod/voice/a/attempts/0001-11111111/steps/model_50.pt';
  const upload = { key, sizeBytes: 400_000, crc32: 0, metadata: {}, read, resumption };
  await expect(bench.objects.upload(upload, new AbortController().signal)).rejects.toThrow(
    'the pod was killed',
  );
  const [after] = await rowsBy('namespace');
  const grown = (after?.bytes ?? 0) - (before?.bytes ?? 0);
  expect(grown).toBeGreaterThan(0);
  expect(after?.objects).toBe((before?.objects ?? 0) + 1);
  expect(await rowsBy('store')).toMatchObject([{ bytes: counted('prod/').bytes + grown }]);
});

test('keys that may not list unfinished uploads leave them out, which is said', async () => {
  bench.objects.faults.add({ on: 'listUploads', times: Infinity, before: 'AccessDenied' });
  expect(await rowsBy('store')).toMatchObject([counted('prod/')]);
  const { err } = await bench.run('usage');
  expect(err).toMatch(/not seen: list the unfinished uploads of the store main: .*how much they take/);
});

test('what was reclaimed of the runs that are there, by run and label, with what that would cost', async () => {
  const { totals } = emptyStatus;
  const reclaim = (namespace: string, name: string, reclaimedBytes: number): void => {
    const status = { ...emptyStatus, totals: { ...totals, reclaimedBytes } };
    bench.cluster.storage.putStatus(runs, { namespace, name }, { status });
  };
  reclaim('voice', 'a', 2 ** 30);
  reclaim('singing', 'c', 2 ** 31);
  bench.cluster.storage.patch(stores, { name: 'main' }, { spec: { pricePerGiBMonth: '0.5' } });
  expect(await rowsBy('label:speaker')).toMatchObject([
    { name: 'li', reclaimedBytes: 3 * 2 ** 30, reclaimedCostPerMonth: '1.50' },
    { name: '(none)', reclaimedBytes: 0, reclaimedCostPerMonth: '0.00' },
  ]);
  expect((await bench.run('usage', '--by', 'run')).out).toMatch(
    /^voice\/a +\d+ +\S+ kB +\d+\.\d\d +1\.07 GB \(0\.50\) +bucket$/m,
  );
});

describe('where a key opens a namespace alone', () => {
  let sweptAt = '';
  beforeEach(() => {
    sweptAt = formatTime(bench.clock.now() - 20 * 60_000);
    bench.ambient = 'AccessDenied';
    bench.objects.faults.add({ on: 'scan', key: /^prod\/$/, times: Infinity, before: 'AccessDenied' });
    const { status = {} } = bench.cluster.storage.read(stores, { name: 'main' }) as {
      readonly status?: object;
    };
    const usage = {
      objects: 20,
      bytes: 20_000,
      noncurrentVersions: 1,
      noncurrentBytes: 500,
      unfinishedUploads: 2,
      unfinishedBytes: 700,
      unknownObjects: 0,
      unknownBytes: 0,
      totalBytes: 21_200,
      namespaces: [
        { namespace: 'voice', objects: 1, bytes: 1 },
        { namespace: 'singing', objects: 7, bytes: 7000 },
      ],
      countedAt: '2026-11-20T12:00:00Z',
      sweptAt,
    };
    bench.cluster.storage.putStatus(stores, { name: 'main' }, { status: { ...status, usage } });
  });

  test('that one is counted, the others are told from status', async () => {
    expect(await rowsBy('namespace')).toEqual([
      {
        name: 'singing',
        objects: 7,
        bytes: 7000,
        costPerMonth: null,
        source: 'Status',
        ...unreclaimed,
        sweptAt,
      },
      { name: 'voice', ...counted('prod/voice/'), ...found },
    ]);
    expect((await rowsBy('run')).map(({ name }) => name)).toEqual(['voice/a', 'voice/b']);
    const { err } = await bench.run('usage', '--by', 'run');
    expect(err).toMatch(/not seen: list all of the store main: .*beside the namespaces voice/);
  });

  test('the whole store is told from status, with what is billed', async () => {
    expect(await rowsBy('store')).toEqual([
      {
        name: 'main',
        objects: 23,
        bytes: 21_200,
        costPerMonth: null,
        source: 'Status',
        ...unreclaimed,
        sweptAt,
      },
    ]);
  });

  test('it is said how old that is', async () => {
    expect((await bench.run('usage')).out).toMatch(/^main .* status, as of 20m0s ago$/m);
    expect((await bench.run('usage', '--by', 'namespace')).out).toMatch(/^voice .* bucket$/m);
    expect((await bench.run('usage', '--by', 'run')).out).not.toMatch(/as of/);
  });
});

test('a store that was never swept is told by what the keys open', async () => {
  bench.ambient = 'AccessDenied';
  bench.objects.faults.add({ on: 'scan', key: /^prod\/$/, times: Infinity, before: 'AccessDenied' });
  expect(await rowsBy('store')).toEqual([{ name: 'main', ...counted('prod/voice/'), ...found }]);
  expect((await bench.run('usage')).err).toMatch(/beside the namespaces voice/);
});

describe('where no key opens the bucket', () => {
  beforeEach(() => {
    bench.ambient = 'AccessDenied';
    bench.agents = 'AccessDenied';
  });

  test('runs are told from their status, and that is said', async () => {
    const checkpoints = { count: 3, bytes: 3000, newest: [] };
    const { status = {} } = bench.cluster.storage.read(runs, { namespace: 'voice', name: 'a' }) as {
      readonly status?: object;
    };
    bench.cluster.storage.putStatus(
      runs,
      { namespace: 'voice', name: 'a' },
      { status: { ...status, checkpoints, store: 'main' } },
    );
    expect(await rowsBy('run')).toEqual([
      {
        name: 'voice/a',
        objects: 3,
        bytes: 3000,
        costPerMonth: null,
        source: 'Status',
        sweptAt: null,
        reclaimedBytes: 0,
        reclaimedCostPerMonth: null,
      },
    ]);
    const { err } = await bench.run('usage', '--by', 'run');
    expect(err).toMatch(/not seen: list the bucket of the store main: .*it is told as status has it/);
  });

  test('a store that was never counted is not made up', async () => {
    expect((await bench.run('usage')).out).toBe('Nothing is stored, as far as can be told.\n');
  });
});

test.each(['team', 'label:', 'runs', 'label:a b'])('--by %s is refused', async (by) => {
  const { code, err } = await bench.run('usage', '--by', by);
  expect(code).toBe(2);
  expect(err).toMatch(/--by is ".*": it must be store, namespace, run, or label:KEY/);
});
