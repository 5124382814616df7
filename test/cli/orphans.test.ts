// orphans: what runs that are gone left, whose it was, since when, and what the policies make of it.
import { beforeEach, describe, expect, test } from 'vitest';
import { namespaces, runs } from '../../src/ports/kinds.ts';
import { PlanBench } from '../support/plan-bench.ts';

let bench: PlanBench;

const day = 86_400_000;
const markerKey = 'prod/voice/a/run.json';

function edit(fields: object): void {
  const bytes = bench.objects.objects.get(markerKey)?.bytes ?? new Uint8Array();
  const document = JSON.parse(new TextDecoder().decode(bytes)) as object;
  bench.objects.objects.delete(markerKey);
  bench.objects.seed(markerKey, JSON.stringify({ ...document, ...fields }));
}

/** What the operator notes in run.json once the run is gone. */
const noteGone = (since: number): void =>
  edit({ gone: { since: new Date(since).toISOString().replace(/\.\d+Z$/, 'Z') } });

beforeEach(async () => {
  bench = new PlanBench();
  bench.cluster.storage.seed(namespaces, { metadata: { name: 'kube-system', uid: 'cluster' } });
  await bench.addRun({ run: 'a', labels: { owner: 'li' }, steps: [[10, 20, 30]] });
  await bench.addRun({ run: 'b', steps: [[10]] });
  bench.cluster.storage.delete(runs, { namespace: 'voice', name: 'a' }, {});
  noteGone(bench.clock.now() - 10 * day);
});

const orphan = async (): Promise<unknown> => {
  const { code, out, err } = await bench.run('orphans', '-o', 'json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
};

const takeAfter = (days: number, includeRetained = true): void =>
  bench.addPolicy('clean-up', {
    selector: {},
    mode: 'Enforce',
    orphans: { deleteAfterSeconds: days * 86_400, includeRetained },
  });

test('without a policy it stays, and it is said whose it was and since when', async () => {
  expect(await orphan()).toMatchObject([
    {
      store: 'main',
      namespace: 'voice',
      run: 'a',
      objects: 5,
      labels: { owner: 'li' },
      stay: 3,
      go: 0,
      goesAt: null,
    },
  ]);
  const { out } = await bench.run('orphans');
  expect(out).toMatch(/^voice\/a +main +5 +\S+ kB +20\S+Z +stays: no policy takes it$/m);
});

test('with a policy it stays for its time, and then goes', async () => {
  takeAfter(30);
  expect(await orphan()).toMatchObject([{ stay: 3, go: 0 }]);
  expect((await bench.run('orphans')).out).toMatch(/stays at least until 20\S+Z; what is pinned stays$/m);
  await bench.clock.advance(21 * day);
  expect(await orphan()).toMatchObject([{ stay: 0, go: 3 }]);
});

test('a capacity that may take it sooner is named', async () => {
  bench.addPolicy('room', {
    selector: {},
    mode: 'Enforce',
    capacity: { bytes: 1 },
    orphans: { deleteAfterSeconds: 30 * 86_400, includeRetained: true },
  });
  expect(await orphan()).toMatchObject([{ stay: 3, go: 0, capacities: ['room'] }]);
  expect((await bench.run('orphans')).out).toMatch(
    /stays at least until \S+Z, unless the capacity of policy room takes it sooner \(kubectl reprise plan --policy room\); what/,
  );
});

test('what was retained goes only if the policy says so', async () => {
  takeAfter(1, false);
  expect(await orphan()).toMatchObject([{ stay: 3, go: 0, goesAt: null }]);
});

test('what has no run.json belongs to nobody, and stays', async () => {
  bench.objects.objects.delete(markerKey);
  expect(await orphan()).toMatchObject([{ stay: null, go: null, goneSince: null }]);
  expect((await bench.run('orphans')).out).toContain('nothing is deleted: it has no run.json');
});

test('what is of another cluster is left alone', async () => {
  bench.cluster.storage.delete(namespaces, { name: 'kube-system' }, {});
  takeAfter(1);
  expect((await bench.run('orphans')).out).toMatch(
    /nothing is deleted: .*run\.json belongs to the cluster with UID/,
  );
});

test('where every run is there, nothing is left', async () => {
  bench.cluster.storage.delete(runs, { namespace: 'voice', name: 'b' }, {});
  for (const key of bench.objects.objects.keys()) bench.objects.objects.delete(key);
  expect((await bench.run('orphans')).out).toBe('No run that is gone has left anything.\n');
});

test('what goes by the wish of its run is told so, whatever policies say', async () => {
  takeAfter(1);
  edit({ deletion: { runUid: 'u', upToAttempt: 1, begun: false } });
  expect(await orphan()).toMatchObject([
    { stay: null, go: null, stopped: null, wish: expect.stringContaining('deletionPolicy Delete') as string },
  ]);
  expect((await bench.run('orphans')).out).toMatch(/ goes without any policy, since the run was deleted/);
});

describe('with keys that open a namespace each', () => {
  beforeEach(async () => {
    await bench.addRun({ namespace: 'singing', run: 'c', steps: [[10]] });
    bench.cluster.storage.delete(runs, { namespace: 'singing', name: 'c' }, {});
    bench.ambient = 'AccessDenied';
    bench.objects.faults.add({ on: 'scan', key: /^prod\/$/, times: Infinity, before: 'AccessDenied' });
  });

  test('what they open is told, and what they do not', async () => {
    const { code, out, err } = await bench.run('orphans', '-o', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject([{ namespace: 'voice', run: 'a' }]);
    expect(err).toMatch(/not seen: list all of the store main: .*beside the namespaces voice\.$/m);
  });

  test('where none opens anything it is an error', async () => {
    bench.agents = 'AccessDenied';
    const { code, err } = await bench.run('orphans');
    expect(code).toBe(1);
    expect(err).toContain('no credentials open the bucket');
  });
});
