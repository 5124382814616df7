// The machine's time, running faster: an agent's seconds pass in fractions of one, while its sockets and disk stay what they are.
import type { Clock } from '../../src/ports/clock.ts';
import { systemClock } from '../../src/ops/clock.ts';

/** A clock that runs `factor` times as fast. */
export const scaledClock = (factor: number): Clock => ({
  now: () => systemClock.now(),
  monotonic: () => systemClock.monotonic() * factor,
  sleep: (milliseconds, signal) => systemClock.sleep(Math.ceil(milliseconds / factor), signal),
});
