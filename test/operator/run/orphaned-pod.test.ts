// `kubectl delete job --cascade=orphan` leaves a pod that nobody ends: what the run wants of it has to reach the pod itself.
import { beforeEach, expect, test } from 'vitest';
import { jobs } from '../../../src/ports/kinds.ts';
import { RunBench } from '../../support/run-bench.ts';

let bench: RunBench;

beforeEach(async () => {
  bench = new RunBench();
  await bench.liveUntil(() => bench.status.phase === 'Running');
  bench.cluster.storage.delete(jobs, { namespace: 'voice', name: 'zh-1' }, { propagation: 'Orphan' });
  await bench.live(1);
});

test('it trains on, and no second one is made beside it', () => {
  expect(bench.status).toMatchObject({ phase: 'Running', attempt: 1 });
  expect([bench.jobNames, bench.training.pods.length]).toEqual([[], 1]);
});

test('suspending the run ends it, with its checkpoint saved', async () => {
  bench.change({ spec: { suspend: true } });
  await bench.live(4);
  expect(bench.training.pods).toEqual([]);
  expect(bench.status).toMatchObject({ phase: 'Suspended', attempts: [{ number: 1, cause: 'Suspended' }] });
  expect(bench.status.message).toMatch(/^the run is suspended; update \d+ is saved/);
});

test('its end is the end of the attempt, and the next goes on from there', async () => {
  bench.training.kubelet.evict({ namespace: 'voice', name: 'zh-1-abcde' });
  await bench.live(3);
  expect(bench.status.attempts).toMatchObject([{ number: 2 }, { number: 1, cause: 'Evicted' }]);
  await bench.liveUntil(() => bench.status.phase === 'Succeeded');
});
