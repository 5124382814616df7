// Time for an adapter that tries again by itself: whoever slept does not go on once the tenure is over. In a process that was stopped
// the sleep before another try ends before any later deadline is noticed.
import type { Clock } from '../../ports/clock.ts';
import type { Tenure } from './tenure.ts';

/** The same clock; its sleeps reject with NotLeadingError when the tenure is over by their end. */
export const fencedClock = (clock: Clock, tenure: Pick<Tenure, 'assertLeading'>): Clock => ({
  now: () => clock.now(),
  monotonic: () => clock.monotonic(),
  async sleep(milliseconds, signal) {
    await clock.sleep(milliseconds, signal);
    tenure.assertLeading();
  },
});
