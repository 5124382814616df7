// What runs that are gone left, from the sweep that first misses them until it goes, and everything that keeps it.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { annotations } from '../../../src/api/names.ts';
import { namespaces, pods, runs } from '../../../src/ports/kinds.ts';
import { parseTime } from '../../../src/domain/time.ts';
import { pinDocument } from '../../../src/wire/pin-document.ts';
import { day, graceSeconds, OperatorBench, sweepSeconds } from '../../support/operator-bench.ts';

let bench: OperatorBench;

beforeEach(() => {
  bench = new OperatorBench();
});
afterEach(async () => bench.end());

const orphans = { deleteAfterSeconds: day, includeRetained: true };
const daysAgo = (days: number): number => bench.clock.now() - days * day * 1000;

/** A run that was missed long ago, as its run.json says. */
const seedGone = (name: string, steps: readonly number[], change = {}): void =>
  bench.seedRun(name, steps, { gone: { since: daysAgo(2) }, ...change });

test('the store notes when a listing of runs first misses one', async () => {
  bench.applyRun('zh', [10, 20]);
  await bench.live(5);
  expect(bench.marker('zh')?.gone).toBeUndefined();
  bench.deleteRun('zh');
  await bench.sweeps(1);
  const since = bench.marker('zh')?.gone?.since ?? 0;
  expect(bench.clock.now() - since).toBeLessThan(2 * sweepSeconds * 1000);
  await bench.sweeps(2);
  expect(bench.marker('zh')?.gone?.since).toBe(since);
});

test('and takes the note back when there is a run of the name again', async () => {
  seedGone('zh', [10], { phase: 'Succeeded' });
  bench.applyPolicy('clean', { orphans: { ...orphans, deleteAfterSeconds: 10 * day } });
  await bench.sweeps(1);
  expect(bench.marker('zh')?.gone).toBeDefined();
  // One that may not take over what a Succeeded one left.
  const trainer = { image: 'registry.example/f5-tts:1', checkpointDir: '/ckpts' };
  bench.cluster.storage.create(runs, { metadata: { name: 'zh', namespace: 'voice' }, spec: { trainer } });
  await bench.sweeps(2);
  expect(bench.marker('zh')?.gone).toBeUndefined();
});

test('after the time, three listings and the grace everything goes, run.json too', async () => {
  seedGone('zh', [10, 20]);
  bench.applyPolicy('clean', { orphans });
  await bench.sweeps(2);
  expect(bench.steps('zh')).toEqual([10, 20]);
  expect(bench.policyStatus('clean')?.orphans).toMatchObject({ runs: 1 });
  await bench.sweeps(2);
  expect(bench.keys('zh')).toEqual([]);
});

test('not before the time, which status tells', async () => {
  seedGone('zh', [10], { gone: { since: daysAgo(0) } });
  bench.applyPolicy('clean', { orphans });
  await bench.sweeps(5);
  expect(bench.steps('zh')).toEqual([10]);
  const goes = parseTime(bench.policyStatus('clean')?.orphans?.nextDeletionTime ?? '') ?? 0;
  expect(Math.round((goes - bench.clock.now()) / 1000)).toBeGreaterThan(day - 6 * sweepSeconds);
});

/** What is left of `zh` after a long while. */
const later = async (): Promise<readonly number[]> => {
  await bench.sweeps(8);
  return bench.steps('zh');
};

describe('it stays', () => {
  test('without a policy', async () => {
    seedGone('zh', [10]);
    expect(await later()).toEqual([10]);
  });

  test('under a policy that is only audited, which says what would go', async () => {
    seedGone('zh', [10]);
    bench.applyPolicy('clean', { orphans, mode: 'Audit' });
    expect(await later()).toEqual([10]);
  });

  test('where it was retained and the policy leaves that alone', async () => {
    seedGone('zh', [10], { deletionPolicy: 'Retain' });
    bench.applyPolicy('clean', { orphans: { deleteAfterSeconds: day } });
    expect(await later()).toEqual([10]);
  });

  test('while a pod of the run is left', async () => {
    seedGone('zh', [10]);
    bench.applyPod('zh', 'former-uid');
    bench.applyPolicy('clean', { orphans });
    expect(await later()).toEqual([10]);
    bench.cluster.storage.delete(pods, { namespace: 'voice', name: 'zh-1' }, { gracePeriodSeconds: 0 });
    expect(await later()).toEqual([]);
  });

  test('while another run waits to be initialised from it', async () => {
    seedGone('zh', [10]);
    const trainer = { image: 'registry.example/f5-tts:1', checkpointDir: '/ckpts' };
    const spec = { trainer, suspend: true, initializeFrom: { run: 'zh' } };
    bench.cluster.storage.create(runs, { metadata: { name: 'warm', namespace: 'voice' }, spec });
    bench.applyPolicy('clean', { orphans });
    expect(await later()).toEqual([10]);
  });

  test('where a pin holds it, and only that', async () => {
    seedGone('zh', [10, 20]);
    const since = daysAgo(3);
    const words = {
      runUid: 'former-uid',
      attempt: 1,
      update: 10,
      reason: null,
      until: null,
      since,
      keys: [],
    };
    bench.objects.seed('prod/voice/zh/pins/0001-10.json', pinDocument.format({ version: 1, ...words }));
    bench.applyPolicy('clean', { orphans });
    expect(await later()).toEqual([10]);
    expect(bench.keys('zh')).toContain('run.json');
    const deleted = bench.keys('zh').find((key) => key.startsWith('deletions/')) ?? '';
    expect(bench.objects.objects.has(`prod/voice/zh/${deleted}`)).toBe(true);
  });

  test('without a run.json of this cluster, which is told', async () => {
    seedGone('zh', [10], { clusterUid: 'another' });
    bench.seedStep('nobody', 20);
    bench.applyPolicy('clean', { orphans });
    expect(await later()).toEqual([10]);
    expect(bench.steps('nobody')).toEqual([20]);
    expect(await bench.metrics.text()).toMatch(/reprise_store_unclaimed_bytes\{store="main"\} [1-9]/);
    expect(bench.log.lines.map(({ message }) => message).join()).toContain(
      'have no run.json of this cluster',
    );
  });

  test('when the list of runs suddenly has far fewer', async () => {
    const names = Array.from({ length: 12 }, (_, at) => `run-${at}`);
    for (const name of names) bench.applyRun(name, [10]);
    seedGone('zh', [10]);
    bench.applyPolicy('clean', { orphans });
    await bench.sweeps(1);
    for (const name of names) bench.deleteRun(name);
    await bench.sweeps(2);
    expect(bench.steps('zh')).toEqual([10]);
    await bench.sweeps(4);
    expect(bench.steps('zh')).toEqual([]);
  });

  test('when the policy is taken away within the grace', async () => {
    seedGone('zh', [10]);
    bench.applyPolicy('clean', { orphans });
    await bench.live(2 * sweepSeconds + 5);
    bench.changePolicy('clean', { spec: { mode: 'Off' } });
    expect(await later()).toEqual([10]);
  });

  test('on a store without conditional writes, which status tells', async () => {
    bench.objects.capabilities = { ...bench.objects.capabilities, conditionalPut: false };
    seedGone('zh', [10]);
    bench.applyPolicy('clean', { orphans });
    expect(await later()).toEqual([10]);
    expect(bench.storeMessage).toContain('no conditional writes');
  });
});

test('what a run of a namespace that is gone left is judged by the labels in its run.json', async () => {
  const selector = { namespaces: { matchLabels: { team: 'left' } } };
  bench.applyPolicy('clean', { orphans, selector });
  for (const namespace of ['left', 'other'])
    seedGone('zh', [10], { namespace, namespaceLabels: { team: namespace } });
  await bench.sweeps(5);
  expect(bench.steps('zh', 'left')).toEqual([]);
  expect(bench.steps('zh', 'other')).toEqual([10]);
});

test('run.json follows the labels of the run and of its namespace', async () => {
  bench.applyRun('zh', [10]);
  await bench.live(5);
  expect(bench.marker('zh')).toMatchObject({
    labels: { speaker: 'zh' },
    namespaceLabels: { team: 'voice' },
    deletionPolicy: 'Retain',
  });
  const patch = { metadata: { labels: { team: 'other' } } };
  bench.cluster.storage.patch(namespaces, { name: 'voice' }, patch);
  await bench.live(5);
  expect(bench.marker('zh')?.namespaceLabels).toEqual({ team: 'other' });
});

test('a new run of the name that comes in between goes on from it', async () => {
  seedGone('zh', [10, 20]);
  bench.applyPolicy('clean', { orphans });
  await bench.live(2 * sweepSeconds + 5);
  const trainer = { image: 'registry.example/f5-tts:1', checkpointDir: '/ckpts' };
  bench.cluster.storage.create(runs, { metadata: { name: 'zh', namespace: 'voice' }, spec: { trainer } });
  await bench.sweeps(4);
  expect(bench.steps('zh')).toEqual([10, 20]);
  expect(bench.marker('zh')).not.toMatchObject({ runUid: 'former-uid' });
  expect(bench.marker('zh')?.gone).toBeUndefined();
});

test('what is too much at once waits for a word on the policy', async () => {
  const steps = Array.from({ length: 30 }, (_, at) => (at + 1) * 10);
  seedGone('zh', steps);
  bench.applyPolicy('clean', { orphans });
  await bench.sweeps(6);
  expect(bench.steps('zh')).toHaveLength(30);
  const { status, message } = bench.told('clean', 'ApprovalNeeded');
  expect(status).toBe('True');
  const { approval } = bench.policyStatus('clean')?.orphans ?? {};
  const [, digest] = /reprise\.dev\/approve=([0-9a-f]+)/.exec(message) ?? [];
  expect(approval).toEqual({ checkpoints: 30, digest, places: ['main/voice/zh'] });
  bench.changePolicy('clean', { metadata: { annotations: { [annotations.approve]: digest } } });
  await bench.sweeps(2);
  expect(bench.keys('zh')).toEqual([]);
});

test('a store that is gone for ever holds nothing up', async () => {
  seedGone('zh', [10]);
  bench.applyPolicy('clean', { orphans });
  await bench.sweeps(1);
  bench.objects.faults.outage = 'Unavailable';
  await bench.sweeps(5);
  bench.cluster.storage.delete(namespaces, { name: 'voice' }, {});
  expect(bench.steps('zh')).toEqual([10]);
  bench.objects.faults.outage = undefined;
  await bench.live(1000 + graceSeconds);
  expect(bench.keys('zh')).toEqual([]);
});
