// Bounds a look that nobody may wait for: what does not answer in time stays unknown.
import type { Clock } from '../../ports/clock.ts';

/** An eviction waits for a look before its next Job is made, so a node that is gone must not hold it up. */
export const longestLookMilliseconds = 400;

export interface Within {
  readonly clock: Clock;
  readonly milliseconds: number;
}

/** The task's answer, or undefined when it takes longer; its signal is aborted then. Its own failures are thrown on. */
export async function within<T>(
  { clock, milliseconds }: Within,
  task: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  const late = new AbortController();
  const done = new AbortController();
  const timer = clock.sleep(milliseconds, AbortSignal.any([done.signal, signal])).then(
    () => late.abort(new Error(`no answer within ${milliseconds} ms`)),
    () => undefined, // the task was quicker
  );
  try {
    return await task(AbortSignal.any([late.signal, signal]));
  } catch (cause) {
    if (late.signal.aborted && !signal.aborted) return undefined;
    throw cause;
  } finally {
    done.abort();
    await timer;
  }
}
