// The virtual clock itself: order, exact times, aborts, wall-clock steps.
import { expect, test } from 'vitest';
import { VirtualClock } from '../support/virtual-clock.ts';

const never = new AbortController().signal;

test('sleepers wake in the order of their times, each at its own, and may sleep again on the way', async () => {
  const clock = new VirtualClock();
  const woken: string[] = [];
  const sleeper = async (name: string, milliseconds: number): Promise<void> => {
    await clock.sleep(milliseconds, never);
    woken.push(`${name}@${clock.monotonic()}`);
  };
  void sleeper('c', 30);
  void sleeper('a', 10).then(() => sleeper('b', 10));
  await clock.advance(25);
  expect(woken).toEqual(['a@10', 'b@20']);
  expect(clock.monotonic()).toBe(25);
  await clock.advance(5);
  expect(woken).toEqual(['a@10', 'b@20', 'c@30']);
  expect(clock.sleeping).toBe(0);
});

test('an aborted sleep rejects with the reason and leaves nobody asleep', async () => {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const sleeping = clock.sleep(1000, stop.signal);
  stop.abort(new Error('stopped'));
  await expect(sleeping).rejects.toThrow('stopped');
  expect(clock.sleeping).toBe(0);
});

test('a wall-clock step moves neither monotonic time nor sleepers', async () => {
  const clock = new VirtualClock(1000);
  const sleeping = clock.sleep(50, never);
  clock.stepWall(3_600_000);
  await clock.advance(50);
  await sleeping;
  expect(clock.now()).toBe(1000 + 3_600_000 + 50);
  expect(clock.monotonic()).toBe(50);
});

test('advanceUntil stops when the condition holds and says so when it never does', async () => {
  const clock = new VirtualClock();
  let done = false;
  void clock.sleep(70, never).then(() => (done = true));
  await clock.advanceUntil(() => done, 1000);
  expect(clock.monotonic()).toBe(70);
  await expect(clock.advanceUntil(() => false, 1000)).rejects.toThrow('within 1000 ms');
});
