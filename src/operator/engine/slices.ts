// Long work beside others: so that watches are read, a lease is renewed and probes are answered, it stops every few milliseconds and lets
// the event loop turn once.
import type { Pieces } from '../../domain/pieces.ts';
import type { Clock } from '../../ports/clock.ts';

/** How long others wait at most; a piece that takes longer by itself ends late. */
const sliceMilliseconds = 10;

/** What the work comes to. What it rests on must not change meanwhile: give it a view of its own. @throws the signal's reason once it is aborted */
export async function inSlices<T>(work: Pieces<T>, clock: Clock, signal: AbortSignal): Promise<T> {
  for (;;) {
    const until = clock.monotonic() + sliceMilliseconds;
    do {
      const { done, value } = work.next();
      if (done === true) return value;
    } while (clock.monotonic() < until);
    await clock.sleep(0, signal);
  }
}
