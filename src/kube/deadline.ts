// A limit on how long something may take, by the Clock: what a signal is to a person, a deadline is to a silent server.
import type { Clock } from '../ports/clock.ts';

/** The reason of a {@link deadline} that passed. */
class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/** A signal that aborts with the parent or after `milliseconds`; dispose it when the work is done. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** True when it was time, not the parent, that ended it. */
  passed(): boolean;
}

/** Starts a deadline. */
export function startDeadline(clock: Clock, milliseconds: number, parent: AbortSignal): Deadline {
  const done = new AbortController();
  const expired = new AbortController();
  const expire = async (): Promise<void> => {
    try {
      await clock.sleep(milliseconds, done.signal);
      expired.abort(new DeadlineError(`no answer within ${milliseconds / 1000} s`));
    } catch {
      // disposed: the work ended in time
    }
  };
  void expire();
  return {
    signal: AbortSignal.any([parent, expired.signal]),
    passed: () => expired.signal.aborted && !parent.aborted,
    [Symbol.dispose]: () => done.abort(),
  };
}
