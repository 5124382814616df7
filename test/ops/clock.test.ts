// Real time keeps the promises of the Clock port.
import { expect, test } from 'vitest';
import { systemClock } from '../../src/ops/clock.ts';

const never = new AbortController().signal;

test('a sleep takes about its time, by both clocks', async () => {
  const [wall, monotonic] = [systemClock.now(), systemClock.monotonic()];
  await systemClock.sleep(20, never);
  expect(systemClock.monotonic() - monotonic).toBeGreaterThanOrEqual(19);
  expect(systemClock.now() - wall).toBeGreaterThanOrEqual(18);
});

test.each(['before', 'during'])(
  'a sleep aborted %s it rejects with the reason of its signal',
  async (when) => {
    const stop = new AbortController();
    const reason = new Error('shutting down');
    if (when === 'before') stop.abort(reason);
    const sleeping = systemClock.sleep(60_000, stop.signal);
    stop.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
  },
);

test('a sleep beyond what one timer can count does not end at once', async () => {
  const stop = new AbortController();
  const sleeping = systemClock.sleep(30 * 24 * 3600 * 1000, stop.signal);
  const early = Symbol('still asleep');
  expect(await Promise.race([sleeping, systemClock.sleep(20, never).then(() => early)])).toBe(early);
  stop.abort(new Error('done'));
  await expect(sleeping).rejects.toThrow('done');
});
