// usage: what lies in the buckets, by whatever it is asked for, with its price; and from status where no key opens the bucket.
import { beforeEach, describe, expect, test } from 'vitest';
import { runs, stores } from '../../src/ports/kinds.ts';
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

const found = { costPerMonth: null, source: 'Bucket' };

describe('counted in the bucket', () => {
  test('by store, namespace, run and label', async () => {
    expect(await rowsBy('store')).toEqual([{ name: 'main', ...counted('prod/'), ...found }]);
    expect(await rowsBy('namespace')).toEqual([
      { name: 'voice', ...counted('prod/voice/'), ...found },
      { name: 'singing', ...counted('prod/singing/'), ...found },
    ]);
    expect(await rowsBy('run')).toEqual([
      { name: 'voice/a', ...counted('prod/voice/a/'), ...found },
      { name: 'singing/c', ...counted('prod/singing/c/'), ...found },
      { name: 'voice/b', ...counted('prod/voice/b/'), ...found },
    ]);
    expect(await rowsBy('label:speaker')).toEqual([
      { name: 'li', ...counted('prod/voice/a/', 'prod/singing/c/'), ...found },
      { name: '(none)', ...counted('prod/voice/b/'), ...found },
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
      { name: 'voice/a', objects: 3, bytes: 3000, costPerMonth: null, source: 'Status' },
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
