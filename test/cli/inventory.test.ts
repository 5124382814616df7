// inventory: what it writes, plan --inventory plans to the very rulings that plan makes over the cluster.
import { beforeEach, expect, test } from 'vitest';
import { namespaces, runs as runObjects } from '../../src/ports/kinds.ts';
import { pinDocument } from '../../src/wire/pin-document.ts';
import { refusal } from '../support/fake-cluster.ts';
import { PlanBench } from '../support/plan-bench.ts';

let bench: PlanBench;

beforeEach(async () => {
  bench = new PlanBench();
  bench.addPolicy('all', {
    selector: {},
    mode: 'Enforce',
    defaults: { keepNewest: 2, keepAbandonedSeconds: 0 },
    floor: { keepNewest: 1 },
    capacity: { bytes: 11_000 },
  });
  await bench.addRun({ run: 'a', steps: [[10, 20, 30, 40, 50, 60, 70]] });
  await bench.addRun({
    run: 'b',
    labels: { speaker: 'li' },
    spec: {
      retention: { keepEvery: 20, maxBytes: '4k' },
      pins: [{ update: 30, reason: 'demo' }, { update: 25, until: '2027-01-01T00:00:00Z' }, { update: 99 }],
    },
    steps: [
      [10, 20, 30],
      [25, 35, 45, 55],
      [50, 60],
    ],
  });
  await bench.addRun({ namespace: 'singing', run: 'c', phase: 'Failed', steps: [[10, 20, 30, 40]] });
  await bench.addRun({ run: 'd', spec: { initializeFrom: { run: 'b', update: 10 } }, steps: [] });
});

const write = (name: string, text: string): void => bench.write(name, new TextEncoder().encode(text));

async function written(): Promise<string> {
  const { code, out, err } = await bench.run('inventory', 'main', '-o', 'json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
}

/** Of two runs that are gone, one is taken some weeks later but for what is pinned, the other never. */
async function leave(): Promise<void> {
  bench.cluster.storage.seed(namespaces, { metadata: { name: 'kube-system', uid: 'cluster' } });
  await bench.addGone(
    {
      run: 'left',
      labels: { speaker: 'li' },
      steps: [
        [10, 20],
        [20, 30],
      ],
    },
    { days: 1 },
  );
  await bench.addGone({ namespace: 'singing', run: 'kept', steps: [[10]] }, { days: 1 });
  const pin = {
    version: 1,
    runUid: 'u',
    attempt: 1,
    update: 10,
    reason: 'demo',
    since: 0,
    keys: [],
  } as const;
  bench.objects.seed('prod/voice/left/pins/0001-10.json', pinDocument.format({ ...pin, until: null }));
  bench.addPolicy('clean', {
    selector: { namespaces: { matchLabels: { team: 'voice' } } },
    mode: 'Enforce',
    orphans: { deleteAfterSeconds: 2_592_000, includeRetained: true },
  });
}

test.each(['2026-12-01', '2026-12-31T23:59:59Z', '2027-06-01'])(
  'planned for %s it is the plan, also of what runs that are gone left',
  async (at) => {
    await leave();
    write('inventory.json', await written());
    const overCluster = await bench.run('plan', '--policy', 'all', '--at', at, '-o', 'json');
    const overFile = await bench.run('plan', '--inventory', 'inventory.json', '--at', at, '-o', 'json');
    expect(overFile).toEqual(overCluster);
    expect(overCluster.code).toBe(0);
    expect(overCluster.out).toContain('"Condemned"');
    expect(overCluster.out).toContain('"Pinned"');
    expect(overCluster.out).toContain('"SourceOfRun"');
    expect(overCluster.out).toContain('"OrphanKept"');
    expect(overCluster.out.includes('"RunGone"')).toBe(at !== '2026-12-01');
  },
);

test('planned as a person reads it, it is the same as well', async () => {
  await leave();
  write('inventory.json', await written());
  const at = ['--at', '2026-12-31'];
  const { out } = await bench.run('plan', '--inventory', 'inventory.json', ...at);
  expect(out).toBe((await bench.run('plan', '--policy', 'all', ...at)).out);
});

test('holds what the format says, and nothing that is not there', async () => {
  const { runs } = JSON.parse(await written()) as {
    readonly runs: readonly Readonly<Record<string, unknown>>[];
  };
  expect(runs.map(({ run }) => run)).toEqual(['c', 'a', 'b', 'd']);
  expect(runs[0]).toMatchObject({
    namespace: 'singing',
    phase: 'Failed',
    namespaceLabels: { team: 'music' },
    attempts: [{ number: 1, pod: '11111111' }],
  });
  expect(Object.keys(runs[0] ?? {})).toEqual([
    'namespace',
    'run',
    'phase',
    'namespaceLabels',
    'attempts',
    'checkpoints',
  ]);
  expect(runs[2]).toMatchObject({
    labels: { speaker: 'li' },
    pins: [
      { update: 25, attempt: 0, until: '2027-01-01T00:00:00Z' },
      { update: 99, attempt: 0 },
    ],
    dependents: [{ update: 10 }],
  });
});

test('holds a run once that is deleted while it is written', async () => {
  await leave();
  bench.deleteOnceListed('a');
  const { runs } = JSON.parse(await written()) as { readonly runs: readonly { readonly run: string }[] };
  expect(bench.cluster.storage.list(runObjects, {}).map(({ metadata: { name } }) => name)).not.toContain('a');
  expect(runs.map(({ run }) => run)).toEqual(['c', 'a', 'b', 'd', 'kept', 'left']);
});

test('holds what runs that are gone left, in the same form, and how the operator is set', async () => {
  await leave();
  const { runs, operator } = JSON.parse(await written()) as {
    readonly runs: readonly Readonly<Record<string, unknown>>[];
    readonly operator: unknown;
  };
  expect(operator).toEqual({ graceSeconds: 900, approveAbove: { percent: 40, checkpoints: 10 } });
  expect(runs.slice(4).map(({ run }) => run)).toEqual(['kept', 'left']);
  expect(runs[5]).toMatchObject({
    namespace: 'voice',
    phase: 'Gone',
    labels: { speaker: 'li' },
    namespaceLabels: { team: 'voice' },
    attempts: [
      { number: 1, pod: '11111111' },
      { number: 2, pod: '22222222' },
    ],
    checkpoints: [{ update: 10, pinned: true }, { update: 20 }, { update: 20 }, { update: 30 }],
    gone: { retained: true },
  });
});

test('a run whose lineage cannot be read is stopped there, too', async () => {
  bench.objects.objects.delete('prod/voice/b/attempts/0002-22222222/attempt.json');
  write('inventory.json', await written());
  const { out, err } = await bench.run('plan', '--inventory', 'inventory.json', '-o', 'json');
  expect(out).toContain('"Stopped"');
  expect(err).toMatch(
    /^voice\/b: nothing of it is deleted: the lineage cannot be read: .*attempt\.json is missing\.\n$/,
  );
});

test.each([
  { args: ['inventory', 'other'], says: /there is no CheckpointStore "other": kubectl get cks lists them/ },
  { args: ['inventory'], says: /STORE is missing/ },
])('$args', async ({ args, says }) => {
  const { out, err } = await bench.run(...args);
  expect(out).toBe('');
  expect(err).toMatch(says);
});

test('a user who may not list all runs is told so', async () => {
  bench.cluster.before = async ({ verb, plural }) => {
    if (verb === 'list' && plural === 'ttstrainingruns') throw refusal('Forbidden', 'no');
  };
  const { code, err } = await bench.run('inventory', 'main');
  expect(code).toBe(1);
  expect(err).toMatch(/you may not list the TTSTrainingRuns of every namespace/);
});
