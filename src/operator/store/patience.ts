// How long the operator waits for a store. A server that takes requests and never answers holds up nobody twice: for a while
// after, whoever asks is told at once. It tries nothing again and hides no answer.
import type { Seconds } from '../../domain/units.ts';
import type { Clock } from '../../ports/clock.ts';
import { ObjectStoreError, type StoreTrouble } from '../../ports/objects.ts';

export interface PatienceSetup {
  readonly clock: Clock;
  /** `s3://bucket at endpoint`. */
  readonly where: string;
  /** What the adapter is up against while it tries again. */
  readonly trouble: () => StoreTrouble | undefined;
  /** So long nothing more is asked of a server that was silent; 0 = everybody may ask at any time. */
  readonly quietSeconds: Seconds;
  /** Told of every request that failed because the server is away. */
  readonly onAway?: () => void;
}

export interface Question {
  /** What is asked, for the message: `list voice/zh/`. */
  readonly what: string;
  readonly seconds: Seconds;
}

export class Patience {
  readonly #setup: PatienceSetup;
  #silence: { readonly until: number; readonly error: ObjectStoreError } | undefined;

  constructor(setup: PatienceSetup) {
    this.#setup = setup;
  }

  /** The task's answer if it comes in time, else Unavailable. The task must end when its signal is aborted. */
  async ask<T>(
    question: Question,
    task: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const { clock, onAway } = this.#setup;
    this.#passOrThrow(question.seconds);
    const late = new AbortController();
    const done = new AbortController();
    const limit = clock.sleep(question.seconds * 1000, AbortSignal.any([done.signal, signal])).then(
      () => late.abort(),
      () => undefined, // the answer was quicker, or nobody waits any more
    );
    try {
      const answer = await task(AbortSignal.any([late.signal, signal]));
      this.#silence = undefined;
      return answer;
    } catch (cause) {
      if (signal.aborted) throw cause;
      const error = late.signal.aborted ? this.#silent(question) : cause;
      if (!late.signal.aborted) this.#silence = undefined;
      if (error instanceof ObjectStoreError && error.code === 'Unavailable') onAway?.();
      throw error;
    } finally {
      done.abort();
      await limit;
    }
  }

  // Of a server that was silent one asks at a time; meanwhile the others are told what is known.
  #passOrThrow(seconds: Seconds): void {
    if (this.#silence === undefined) return;
    const now = this.#setup.clock.monotonic();
    if (now < this.#silence.until) throw this.#silence.error;
    this.#silence = { ...this.#silence, until: now + seconds * 1000 };
  }

  #silent({ what, seconds }: Question): ObjectStoreError {
    const { clock, where, trouble, quietSeconds } = this.#setup;
    const cause = trouble()?.message ?? 'check that the server is up, reachable from here and not stuck';
    const silence = `no answer within ${seconds} s; ${cause}`;
    // Those who are not let through asked for something else.
    const known = `${where} is not asked just now: it gave ${silence}`;
    if (quietSeconds > 0)
      this.#silence = {
        until: clock.monotonic() + quietSeconds * 1000,
        error: new ObjectStoreError('Unavailable', known),
      };
    return new ObjectStoreError('Unavailable', `cannot ${what} in ${where}: ${silence}`);
  }
}
