// Long work lets the event loop turn, and ends when it is told to.
import { expect, test } from 'vitest';
import type { Pieces } from '../../../src/domain/pieces.ts';
import { inSlices } from '../../../src/operator/engine/slices.ts';
import { TurningClock } from '../../support/turning-clock.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const never = new AbortController().signal;

function* counting(to: number): Pieces<number> {
  let sum = 0;
  for (let at = 1; at <= to; at += 1) {
    sum += at;
    yield;
  }
  return sum;
}

test('pieces that take long are a slice each', async () => {
  const clock = new TurningClock();
  expect(await inSlices(counting(5), clock, never)).toBe(15);
  expect(clock.turns).toBe(5);
});

test('pieces that take no time are one slice', async () => {
  expect(await inSlices(counting(5), new VirtualClock(), never)).toBe(15);
});

test('it goes no further once it is told to end', async () => {
  const stop = new AbortController();
  const clock = new TurningClock();
  clock.atTurn = (nth) => {
    if (nth === 3) stop.abort(new Error('over'));
  };
  await expect(inSlices(counting(5), clock, stop.signal)).rejects.toThrow('over');
  expect(clock.turns).toBe(3);
});
