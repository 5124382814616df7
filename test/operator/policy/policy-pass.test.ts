// The plan of all runs is made in slices: others have their turn meanwhile, and what changes in one of them is never half planned with.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { waiting } from '../../../src/domain/outcome.ts';
import type { NaiveRun } from '../../support/naive-store.ts';
import { PolicyBench } from '../../support/policy-bench.ts';
import { runQuestion } from '../../support/store-tales.ts';
import { TurningClock } from '../../support/turning-clock.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const names = ['de', 'en', 'fr', 'zh'];

/** Ten Steps of 100 bytes each. */
const steps = Array.from({ length: 10 }, (_, at) => (at + 1) * 10);

const trained = (name: string, updates: readonly number[] = steps): NaiveRun => ({
  name,
  team: 'voice',
  phase: 'Running',
  question: {
    tales: [{ number: 1, steps: updates }],
    rules: undefined,
    starting: false,
    pins: [],
    wanted: [],
  },
});

/** Room for half of them. */
const room = { capacity: { bytes: '2000', highThresholdPercent: 100, lowThresholdPercent: 100 } };

let clock = new TurningClock();
let bench = new PolicyBench(clock);
let uids: readonly string[] = [];
const never = new AbortController().signal;

/** Four runs that were judged under one policy with a capacity. */
async function four(on: PolicyBench): Promise<readonly string[]> {
  on.addNamespace('voice');
  on.applyPolicy('room', room);
  const added = names.map((name) => on.addRun('voice', name));
  await on.known();
  judgeAll(on, added);
  return added;
}

function judgeAll(on: PolicyBench, all: readonly string[], updates?: readonly number[]): void {
  for (const [at, uid] of all.entries()) on.judge(uid, runQuestion(trained(names[at] ?? '', updates)));
}

beforeEach(async () => {
  clock = new TurningClock();
  bench = new PolicyBench(clock);
  uids = await four(bench);
});
afterEach(() => bench.end());

const takenOfAll = (): readonly (readonly string[])[] => uids.map((uid) => bench.taken(uid));

test('others have a turn after each run, and what is taken is what one go takes', async () => {
  await bench.pass.pass(never);
  expect(clock.turns).toBeGreaterThan(2 * names.length);
  const atOnce = new PolicyBench(new VirtualClock());
  const same = await four(atOnce);
  await atOnce.pass.pass(never);
  expect(takenOfAll()).toEqual(same.map((uid) => atOnce.taken(uid)));
  expect(takenOfAll().flat()).toHaveLength(20);
  expect(bench.status('room')).toEqual(atOnce.status('room'));
  atOnce.end();
});

test('a run that is judged anew meanwhile is planned with as it was, and the next time as it is', async () => {
  clock.atTurn = (nth) => {
    if (nth === 1) bench.judge(uids[3] ?? '', runQuestion(trained('zh', [10, 20])));
  };
  await bench.pass.pass(never);
  expect(bench.status('room')).toMatchObject({ kept: { checkpoints: 20 }, condemned: { checkpoints: 20 } });
  await bench.pass.pass(never);
  expect(bench.status('room')).toMatchObject({ kept: { checkpoints: 20 }, condemned: { checkpoints: 12 } });
});

describe('nothing is taken or told, and all is planned again soon', () => {
  const half = 6;

  test('when a policy changed meanwhile', async () => {
    clock.atTurn = (nth) => {
      if (nth === half) bench.changePolicy('room', { capacity: { ...room.capacity, bytes: '3000' } });
    };
    expect(await bench.pass.pass(never)).toEqual(waiting(5));
    expect(clock.turns).toBeGreaterThan(half);
    expect(takenOfAll().flat()).toEqual([]);
    expect(bench.status('room')).toBeUndefined();
  });

  test('when a run came meanwhile that nobody has counted yet', async () => {
    clock.atTurn = (nth) => {
      if (nth === half) bench.addRun('voice', 'new');
    };
    expect(await bench.pass.pass(never)).toEqual(waiting(5));
    expect(takenOfAll().flat()).toEqual([]);
    expect(bench.status('room')).toBeUndefined();
    await bench.pass.pass(never);
    expect(takenOfAll().flat()).toEqual([]);
    expect(bench.status('room')?.conditions.map(({ reason }) => reason)).toContain('NotCounted');
  });

  test('when a sweep meanwhile saw what no pass over its run has', async () => {
    clock.atTurn = (nth) => {
      if (nth !== half) return;
      const contents = new Map([['voice/zh', 1]]);
      bench.world.looks.note('main', {
        startedAt: Infinity,
        storeTime: undefined,
        contents,
        leftBehind: new Map(),
      });
    };
    expect(await bench.pass.pass(never)).toEqual(waiting(5));
    expect(takenOfAll().flat()).toEqual([]);
  });
});

describe('an eviction that has begun', () => {
  /** Begins above 30 of them and ends at 15. */
  const deep = { bytes: '3000', highThresholdPercent: 100, lowThresholdPercent: 50 };

  test.each<{ when: string; change: () => void; taken: number }>([
    { when: 'goes on', change: () => undefined, taken: 5 },
    { when: 'goes on when another policy comes', change: () => bench.applyPolicy('other', {}), taken: 5 },
    {
      when: 'ends with a change of its policy',
      change: () => bench.changePolicy('room', { capacity: { ...deep, lowThresholdPercent: 40 } }),
      taken: 0,
    },
  ])('$when', async ({ change, taken }) => {
    bench.changePolicy('room', { capacity: deep });
    await bench.known();
    judgeAll(bench, uids);
    await bench.pass.pass(never);
    expect(takenOfAll().flat()).toHaveLength(25);
    change();
    await bench.known();
    judgeAll(bench, uids, steps.slice(0, 5));
    await bench.pass.pass(never);
    expect(takenOfAll().flat()).toHaveLength(taken);
  });
});

test('it ends soon after it is told to', async () => {
  const stop = new AbortController();
  clock.atTurn = (nth) => {
    if (nth === 2) stop.abort(new Error('no longer the leader'));
  };
  await expect(bench.pass.pass(stop.signal)).rejects.toThrow('no longer the leader');
  expect(clock.turns).toBe(2);
  expect(takenOfAll().flat()).toEqual([]);
});
