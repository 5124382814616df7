// Tries a request a bounded number of times: backs off with jitter, holds every request back after SlowDown, settles what may
// have happened all the same, and puts the last trouble into words. The only place where the adapter retries.
import type { Clock } from '../ports/clock.ts';
import { ObjectStoreError, type StoreTrouble } from '../ports/objects.ts';
import { within } from './deadline.ts';
import type { Limits } from './limits.ts';
import { type Trouble, troubleOf } from './trouble.ts';

/** What one try is given; the SDK's own option names. */
export interface TryOptions {
  readonly abortSignal: AbortSignal;
  readonly requestTimeout: number;
}

export interface Call<T> {
  /** What it does, as a verb: `read`, `upload`. */
  readonly verb: string;
  /** The key or prefix; undefined for the bucket itself. */
  readonly key?: string;
  /** For one try; the usual time for an answer unless said. */
  readonly milliseconds?: number;
  /** The most tries; the usual number unless said. */
  readonly tries?: number;
  readonly run: (options: TryOptions) => Promise<T>;
  /** What an outcome turned out to be after trouble that left it open; undefined when the trouble stands. */
  readonly settle?: (found: OpenOutcome, signal: AbortSignal) => Promise<T | undefined>;
  /** True when the failed try moved enough not to count. */
  readonly progressed?: () => boolean;
  readonly onThrottled?: () => void;
}

export interface OpenOutcome {
  readonly trouble: Trouble;
  /** Some try may have taken effect. */
  readonly doubt: boolean;
  /** How often to ask. */
  readonly tries: number;
}

/** The error of the caller's own code (a sink, a source): passed on as it is. */
export class OutsideError extends Error {
  override readonly name = 'OutsideError';
}

export interface CallerParts {
  readonly clock: Clock;
  readonly limits: Limits;
  /** In [0, 1). */
  readonly random: () => number;
  /** `s3://bucket` and the endpoint, for messages. */
  readonly bucket: string;
  readonly endpoint: string;
}

export class Caller {
  readonly #parts: CallerParts;
  /** On the monotonic clock; no request starts before. */
  #heldUntil = 0;

  #failing: StoreTrouble | undefined;

  constructor(parts: CallerParts) {
    this.#parts = parts;
  }

  /** The tries that failed since the last good answer, while their callers still wait. */
  get failing(): StoreTrouble | undefined {
    return this.#failing;
  }

  async call<T>(call: Call<T>, signal: AbortSignal): Promise<T> {
    const most = call.tries ?? this.#parts.limits.tries;
    let failures = 0;
    let doubt = false;
    for (;;) {
      const trouble = await this.#try(call, signal);
      if ('value' in trouble) return trouble.value;
      doubt ||= trouble.unknown;
      failures += call.progressed?.() === true ? 0 : 1;
      const settled = await this.#afterTrouble(call, { trouble, doubt, failures, most }, signal);
      if (settled !== undefined) return settled;
    }
  }

  /** Waits for the next try, or finds that none is needed; throws when none is left. */
  async #afterTrouble<T>(
    call: Call<T>,
    found: {
      readonly trouble: Trouble;
      readonly doubt: boolean;
      readonly failures: number;
      readonly most: number;
    },
    signal: AbortSignal,
  ): Promise<T | undefined> {
    const { trouble, doubt, failures, most } = found;
    const last = trouble.again === 'never' || failures >= most;
    this.#note(last ? undefined : this.#error(call, trouble, doubt));
    if (!last) await this.#pause(trouble, { call, failures }, signal);
    const settled = await this.#settle(call, { trouble, doubt, last }, signal);
    if (settled === undefined && last) throw this.#error(call, trouble, doubt);
    return settled;
  }

  async #try<T>(call: Call<T>, signal: AbortSignal): Promise<{ readonly value: T } | Trouble> {
    const { clock, limits } = this.#parts;
    const milliseconds = call.milliseconds ?? limits.answerMilliseconds;
    await this.#untilFree(signal);
    const run = (abortSignal: AbortSignal): Promise<T> =>
      call.run({ abortSignal, requestTimeout: milliseconds });
    try {
      const value = await within({ clock, milliseconds }, run, signal);
      this.#note(undefined);
      return { value };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ObjectStoreError) throw error;
      if (error instanceof OutsideError) return Promise.reject(error.cause);
      return troubleOf(error);
    }
  }

  async #settle<T>(
    call: Call<T>,
    found: { readonly trouble: Trouble; readonly doubt: boolean; readonly last: boolean },
    signal: AbortSignal,
  ): Promise<T | undefined> {
    if (call.settle === undefined) return undefined;
    const { trouble, doubt, last } = found;
    // "somebody was there first" is only overruled, and only upheld, by a definite answer
    const decisive = last && trouble.code === 'PreconditionFailed';
    const tries = decisive ? this.#parts.limits.tries : 1;
    try {
      return await call.settle({ trouble, doubt, tries }, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (decisive) throw error;
      return undefined;
    }
  }

  #note(error: ObjectStoreError | undefined): void {
    const { tries = 0, since = this.#parts.clock.monotonic() } = this.#failing ?? {};
    this.#failing =
      error === undefined ? undefined : { code: error.code, message: error.message, tries: tries + 1, since };
  }

  async #untilFree(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#parts;
    for (let wait = this.#heldUntil - clock.monotonic(); wait > 0; wait = this.#heldUntil - clock.monotonic())
      // spread out, or all requests would start again at the same moment
      await clock.sleep(Math.ceil(wait * (1 + random() / 2)), signal);
  }

  async #pause<T>(
    trouble: Trouble,
    after: { readonly call: Call<T>; readonly failures: number },
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, limits, random } = this.#parts;
    const slower = trouble.again === 'slower';
    const first = slower ? limits.throttledDelayMilliseconds : limits.firstDelayMilliseconds;
    const grown = first * 2 ** Math.max(0, after.failures - 1);
    const jittered = Math.min(grown, limits.longestDelayMilliseconds) * (1 - random() / 2);
    const wished = Math.min(trouble.waitMilliseconds ?? 0, limits.longestWaitMilliseconds);
    const delay = Math.ceil(Math.max(jittered, wished));
    if (!slower) return clock.sleep(delay, signal);
    this.#heldUntil = Math.max(this.#heldUntil, clock.monotonic() + delay);
    after.call.onThrottled?.();
  }

  #error<T>(call: Call<T>, trouble: Trouble, doubt: boolean): ObjectStoreError {
    const { bucket, endpoint } = this.#parts;
    const where = call.key === undefined ? `s3://${bucket}` : `s3://${bucket}/${call.key}`;
    const status = trouble.status === undefined ? '' : ` (HTTP ${trouble.status})`;
    const detail = trouble.detail === '' || trouble.detail === trouble.name ? '' : `: ${trouble.detail}`;
    const open = doubt && call.settle !== undefined ? '; it may have taken effect' : '';
    return new ObjectStoreError(
      trouble.code,
      `cannot ${call.verb} ${where} at ${endpoint}: ${trouble.name}${status}${detail}${open}; ${trouble.cure}`,
    );
  }
}
