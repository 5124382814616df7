// What stops every deletion at a place where a run was, and that its end begins the grace anew.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { policies } from '../../../src/ports/kinds.ts';
import { day, graceSeconds, OperatorBench } from '../../support/operator-bench.ts';

let bench: OperatorBench;

beforeEach(() => {
  bench = new OperatorBench();
  bench.seedRun('zh', [10, 20], { gone: { since: bench.clock.now() - 2 * day * 1000 } });
  bench.applyPolicy('clean', { orphans: { deleteAfterSeconds: day, includeRetained: true } });
});
afterEach(async () => bench.end());

/** So soon it is condemned, after the third sweep, and so soon it has gone. */
const [condemnedAt, goneAt] = [130, 130 + 2 * graceSeconds];

test('what nothing stops has gone by then', async () => {
  await bench.live(condemnedAt);
  expect(bench.steps('zh')).toEqual([10, 20]);
  await bench.live(goneAt - condemnedAt);
  expect(bench.steps('zh')).toEqual([]);
});

test('a pin that a newer program wrote stops all of it', async () => {
  bench.objects.seed('prod/voice/zh/pins/0001-10.json', JSON.stringify({ version: 2 }));
  await bench.live(2 * goneAt);
  expect(bench.steps('zh')).toEqual([10, 20]);
});

test('a policy that nobody understands stops it, and once it is gone the grace begins anew', async () => {
  await bench.live(condemnedAt);
  bench.applyPolicy('newer', { shield: true });
  await bench.live(goneAt - condemnedAt);
  expect(bench.steps('zh')).toEqual([10, 20]);
  bench.cluster.storage.delete(policies, { name: 'newer' }, {});
  await bench.live(graceSeconds - 5);
  expect(bench.steps('zh')).toEqual([10, 20]);
  await bench.live(2 * graceSeconds);
  expect(bench.steps('zh')).toEqual([]);
});

test('clocks that differ too far stop it', async () => {
  await bench.live(condemnedAt);
  bench.objects.skewMilliseconds = -400_000;
  await bench.live(goneAt - condemnedAt);
  expect(bench.steps('zh')).toEqual([10, 20]);
});
