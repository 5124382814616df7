// A pod that is deleted, flushes and is gone before the operator looks: why it ended is known all the same, or at least that it was ended.
import { beforeEach, describe, expect, test } from 'vitest';
import { RunBench } from '../../support/run-bench.ts';

let bench: RunBench;
const first = { namespace: 'voice', name: 'zh-1-abcde' };
const isSucceeded = (): boolean => bench.status.phase === 'Succeeded';

/** Everybody but the operator goes on until nothing is left of the pod. */
async function evictAndGo(): Promise<void> {
  bench.training.kubelet.evict(first);
  while (bench.training.kubelet.pod(first) !== undefined) {
    await bench.training.turn();
    await bench.settled();
  }
}

describe('an eviction', () => {
  beforeEach(async () => {
    bench = new RunBench();
    bench.training.script = { pace: 3, stepEvery: 10, target: 60, crashes: [] };
    await bench.liveUntil(() => bench.status.phase === 'Running');
    await bench.live(5);
  });

  test('of a pod that is gone before anybody looked is told all the same', async () => {
    await evictAndGo();
    await bench.pass();
    expect(bench.status.attempts).toMatchObject([
      { number: 2 },
      {
        number: 1,
        cause: 'Evicted',
        exitCode: 143,
        message: expect.stringContaining('EvictionByEvictionAPI'),
      },
    ]);
    await bench.liveUntil(isSucceeded);
    expect(bench.status.totals).toMatchObject({ attempts: 2, disruptions: 1, failures: 0, lostUpdates: 0 });
  });

  test('is no success of a trainer that exits 0 when told to, also when no operator saw it', async () => {
    bench.training.exitCodeWhenTold = 0;
    await evictAndGo();
    bench.restartOperator();
    await bench.pass();
    expect(bench.status.attempts[1]).toMatchObject({ number: 1, cause: 'Disrupted', exitCode: 0 });
    await bench.liveUntil(isSucceeded);
    expect(bench.status.attempts).toMatchObject([
      { number: 2, cause: 'Succeeded', resumedFrom: { update: 15 }, endUpdate: 60 },
      { number: 1 },
    ]);
  });
});
