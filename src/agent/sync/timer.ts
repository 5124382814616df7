// A signal that is aborted after a time, or with another; disposed of, it leaves nothing running.
import type { Clock } from '../../ports/clock.ts';

export interface Timer extends Disposable {
  readonly signal: AbortSignal;
}

export function timer(clock: Clock, milliseconds: number, signal: AbortSignal): Timer {
  const over = new AbortController();
  const cancelled = new AbortController();
  const expire = (): void => over.abort(new Error('the time is over'));
  void clock.sleep(milliseconds, cancelled.signal).then(expire, () => undefined);
  return {
    signal: AbortSignal.any([over.signal, signal]),
    [Symbol.dispose]: () => cancelled.abort(),
  };
}
