// What is left of a run that is gone and saved nothing: documents alone, which go as checkpoints would.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { policies } from '../../../src/ports/kinds.ts';
import { day, OperatorBench, sweepSeconds } from '../../support/operator-bench.ts';

let bench: OperatorBench;

beforeEach(() => {
  bench = new OperatorBench();
});
afterEach(async () => bench.end());

const orphans = { deleteAfterSeconds: day, includeRetained: true };

const seedUnsaved = (goneDays: number): void =>
  bench.seedRun('zh', [], { gone: { since: bench.clock.now() - goneDays * day * 1000 } });

describe('of a run that saved nothing the documents go too', () => {
  test('after the time, three listings and the grace', async () => {
    seedUnsaved(2);
    bench.applyPolicy('clean', { orphans });
    await bench.sweeps(2);
    expect(bench.keys('zh')).toContain('run.json');
    await bench.sweeps(3);
    expect(bench.keys('zh')).toEqual([]);
  });

  test('not before the time', async () => {
    seedUnsaved(0);
    bench.applyPolicy('clean', { orphans });
    await bench.sweeps(5);
    expect(bench.keys('zh')).toHaveLength(2);
  });

  test('not while a pod of the run is left', async () => {
    seedUnsaved(2);
    bench.applyPod('zh', 'former-uid');
    bench.applyPolicy('clean', { orphans });
    await bench.sweeps(8);
    expect(bench.keys('zh')).toHaveLength(2);
    expect(bench.marker('zh')?.deletion).toBeUndefined();
  });

  test('not when the policy asks no more before the grace is over', async () => {
    seedUnsaved(2);
    bench.applyPolicy('clean', { orphans, graceSeconds: 5 * sweepSeconds });
    await bench.sweeps(5);
    expect(bench.keys('zh')).toHaveLength(2);
    bench.cluster.storage.delete(policies, { name: 'clean' }, {});
    await bench.sweeps(8);
    expect(bench.keys('zh')).toHaveLength(2);
    expect(bench.marker('zh')?.deletion).toBeUndefined();
  });
});

test('what stops the deletion begins the grace of the documents of a run that saved nothing anew', async () => {
  seedUnsaved(2);
  bench.applyPolicy('clean', { orphans, graceSeconds: 5 * sweepSeconds });
  await bench.sweeps(5);
  const pin = 'prod/voice/zh/pins/0001-10.json';
  bench.objects.seed(pin, '{"version":99}');
  await bench.sweeps(4);
  bench.objects.objects.delete(pin);
  await bench.sweeps(6);
  expect(bench.keys('zh')).toContain('run.json');
  await bench.sweeps(6);
  expect(bench.keys('zh')).toEqual([]);
});
