// One try of a request within its time: ends it when the caller stops it or the time is over, and leaves no timer behind.
import type { Clock } from '../ports/clock.ts';

/** The time was over. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

export interface TimeLimit {
  readonly clock: Clock;
  readonly milliseconds: number;
}

/**
 * Runs `run` with a signal that follows `signal` and the deadline. Rejects as soon as either strikes, also when `run`
 * does not heed its signal (a credential provider cannot be stopped).
 */
export async function within<T>(
  limit: TimeLimit,
  run: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted();
  const stop = new AbortController();
  const settled = new AbortController();
  const pass = (): void => stop.abort(signal.reason);
  const expire = (): void => stop.abort(new TimeoutError(`no answer within ${limit.milliseconds} ms`));
  signal.addEventListener('abort', pass, { once: true });
  limit.clock.sleep(limit.milliseconds, settled.signal).then(expire, () => {});
  try {
    return await new Promise<T>((resolve, reject) => {
      stop.signal.addEventListener('abort', () => reject(stop.signal.reason), { once: true });
      run(stop.signal).then(resolve, reject);
    });
  } finally {
    settled.abort();
    signal.removeEventListener('abort', pass);
  }
}
