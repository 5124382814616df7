// A paced transfer: never above its rate for long, never slower than it must be.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { beginPace, reserve } from '../../src/domain/pace.ts';

const rate = 1000;
const step = fc.record({ bytes: fc.integer({ min: 1, max: 500 }), pause: fc.nat(2000) });

const keepsTheRate = (steps: readonly { bytes: number; pause: number }[]): void => {
  let pace = beginPace(rate, 0);
  let now = 0;
  const sent: { at: number; bytes: number }[] = [];
  for (const { bytes, pause } of steps) {
    now += pause;
    const reserved = reserve(pace, bytes, now);
    pace = reserved.pace;
    now += reserved.waitMilliseconds;
    sent.push({ at: now, bytes });
  }
  sent.forEach((first, from) => {
    let total = 0;
    for (const { at, bytes } of sent.slice(from)) {
      const before = total;
      total += bytes;
      expect(before).toBeLessThanOrEqual(((at - first.at + 250) * rate) / 1000 + 1e-6);
    }
  });
};

test('in any stretch of time no more goes out than the rate, a short burst and one reservation', () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 30 }), keepsTheRate));
});

test('whoever waits as told sends at the rate', () => {
  let pace = beginPace(rate, 5000);
  let now = 5000;
  for (let index = 0; index < 100; index += 1) {
    const reserved = reserve(pace, 50, now);
    pace = reserved.pace;
    now += reserved.waitMilliseconds;
  }
  expect(now).toBe(5000 + 99 * 50);
});
