// An operator that is killed while it deletes what a run left, at any of its calls: what a pin holds, what other runs have and run.json are there
// at all times, and the next operator ends what was begun.
import { afterEach, expect, test } from 'vitest';
import { pinDocument } from '../../../src/wire/pin-document.ts';
import { runs as counts } from '../../support/counts.ts';
import { day, OperatorBench } from '../../support/operator-bench.ts';

let bench = new OperatorBench();

afterEach(async () => bench.end());

const longAgo = (): number => bench.clock.now() - 2 * day * 1000;

test('an operator that is killed at any call leaves what holds, and the next one ends it', async () => {
  const story = async (): Promise<void> => {
    bench = new OperatorBench();
    bench.seedRun('zh', [10, 20, 30], { gone: { since: longAgo() } });
    bench.applyRun('en', [10]);
    const words = { runUid: 'former-uid', attempt: 1, update: 20, reason: null, until: null, keys: [] };
    const pin = pinDocument.format({ version: 1, ...words, since: longAgo() });
    bench.objects.seed('prod/voice/zh/pins/0001-20.json', pin);
    bench.applyPolicy('clean', { orphans: { deleteAfterSeconds: day, includeRetained: true } });
  };
  const isSound = (): boolean => {
    const hasMarker = bench.keys('zh').includes('run.json');
    return hasMarker && bench.steps('zh').includes(20) && bench.steps('en').includes(10);
  };
  await story();
  await bench.sweeps(4);
  const total = bench.trace.calls.length;
  expect(bench.steps('zh')).toEqual([20]);
  await bench.end();
  const strikes = Array.from({ length: counts(40, 400) }, (_, at) =>
    Math.floor((at * total) / counts(40, 400)),
  );
  for (const call of strikes) {
    await story();
    bench.trace.strike = { call, how: call % 2 === 0 ? 'stopped before' : 'stopped after' };
    await bench.sweeps(4);
    expect(isSound()).toBe(true);
    await bench.kill();
    await bench.sweeps(5);
    expect(isSound()).toBe(true);
    expect(bench.steps('zh')).toEqual([20]);
    await bench.end();
  }
});
