// How often retention looks and asks: neither so often that a store that refuses is hammered, nor so seldom that what comes of
// age in a run that is over is forgotten.
import { beforeEach, describe, expect, test } from 'vitest';
import { recheckOf } from '../../../src/domain/outcome.ts';
import type { StoreOperation } from '../../support/object-store-faults.ts';
import { RunBench } from '../../support/run-bench.ts';

let bench: RunBench;

beforeEach(() => {
  bench = new RunBench({ retention: { keepNewest: 1, minAgeSeconds: 0 } });
  bench.training.script = { pace: 5, stepEvery: 10, target: 1000, crashes: [] };
  bench.graceSeconds = 3;
  bench.restartOperator();
  nextIn = 0;
});

const steps = (): readonly number[] =>
  bench.checkpoints
    .filter((key) => key.includes('/steps/'))
    .map((key) => Number(/model_(\d+)/.exec(key)?.[1]))
    .toSorted((a, b) => a - b);

/** Seconds until the operator looks again by its own wish. */
let nextIn = 0;

/** How often the operator asked the store for this while so many seconds went by, woken by nothing but its own wish. */
async function asked(operation: StoreOperation, seconds: number): Promise<number> {
  const count = (): number =>
    bench.objects.faults.requests.filter((request) => request.operation === operation).length;
  const before = count();
  for (let left = seconds; left > 0;) {
    const slept = Math.min(nextIn, left);
    await bench.clock.advance(slept * 1000);
    left -= slept;
    nextIn -= slept;
    if (nextIn === 0) nextIn = Math.max(recheckOf(await bench.pass()) ?? Infinity, 0.001);
  }
  return count() - before;
}

describe('a store is not hammered', () => {
  beforeEach(async () => {
    await bench.liveUntil(() => steps().includes(40));
    bench.training.script = { ...bench.training.script, pace: 0 };
    await bench.passes();
  });

  test.each(['AccessDenied', 'Unavailable'] as const)(
    'that refuses every deletion (%s): it is asked a few times an hour, and the run says so',
    async (code) => {
      bench.objects.faults.add({ on: 'delete', before: code, times: Infinity });
      expect(await asked('delete', 3600)).toBeLessThan(10);
      expect(bench.status.conditions.at(-1)).toMatchObject({ reason: 'DeleteRefused' });
    },
  );
});

describe('a run that is over', () => {
  beforeEach(async () => {
    bench.change({ spec: { retention: { keepNewest: 1, minAgeSeconds: 3600 } } });
    bench.training.script = { pace: 5, stepEvery: 10, target: 40, crashes: [] };
    await bench.liveUntil(() => bench.status.phase === 'Succeeded');
    await bench.passes();
  });

  test('loses the Steps that only their youth kept, an hour later, though nothing happens', async () => {
    expect(steps()).toEqual([10, 20, 30, 40]);
    await asked('list', 3500);
    expect(steps()).toEqual([10, 20, 30, 40]);
    await asked('list', 200);
    expect(steps()).toEqual([40]);
  });

  test('is looked at seldom meanwhile', async () => {
    expect(await asked('list', 3500)).toBeLessThan(5);
  });

  test('goes on with its retention when the bucket could not be read for a while', async () => {
    bench.objects.faults.outage = 'Unavailable';
    await asked('list', 3700);
    bench.objects.faults.outage = undefined;
    await asked('list', 400);
    expect(steps()).toEqual([40]);
  });
});
