// One tenure of the Lease: renews it until told to stop, and is over the moment it was not renewed for too long by this process's own
// monotonic clock, whatever its timers say. Once over it never begins again.
import type { Seconds } from '../../domain/units.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { LeaseTry } from './candidate.ts';
import type { LeaseTimings } from './lease-timings.ts';
import { NotLeadingError, type Tenure } from './tenure.ts';

export interface TermSetup {
  readonly timings: LeaseTimings;
  readonly clock: Clock;
  readonly log: Log;
  /** One try to renew, given up after so many seconds. */
  readonly renew: (seconds: Seconds, signal: AbortSignal) => Promise<LeaseTry>;
  /** Ends the renewals, not the tenure. */
  readonly closed: AbortSignal;
}

/** A renewal younger than this is as good as a new one. */
const freshMilliseconds = 250;

export class Term implements Tenure {
  readonly #setup: TermSetup;
  readonly #lost = new AbortController();
  readonly #ended: AbortSignal;
  #renewedAt: number;
  #renewing: Promise<void> | undefined;

  /** `sentAt`: monotonic milliseconds of when the write that began it was sent. */
  constructor(setup: TermSetup, sentAt: number) {
    this.#setup = setup;
    this.#renewedAt = sentAt;
    this.#ended = AbortSignal.any([setup.closed, this.#lost.signal]);
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Whether this process may act now. */
  isHeld(): boolean {
    if (this.lost.aborted) return false;
    if (this.#left() > 0) return true;
    this.#end(`the Lease was not renewed for ${this.#setup.timings.renewDeadlineSeconds} s`);
    return false;
  }

  assertLeading(): void {
    if (!this.isHeld()) throw this.lost.reason;
  }

  async mayDelete(signal: AbortSignal): Promise<number | undefined> {
    if (this.#setup.clock.monotonic() - this.#renewedAt > freshMilliseconds) await this.#renew();
    signal.throwIfAborted();
    const left = this.#left();
    return this.isHeld() && left >= this.#tryMilliseconds ? left : undefined;
  }

  /** Renews until it is closed or over; never rejects. */
  async keep(): Promise<void> {
    await Promise.all([this.#renewAgain(), this.#watch()]);
  }

  async #renewAgain(): Promise<void> {
    const { clock, timings } = this.#setup;
    while (!this.#ended.aborted) {
      await clock.sleep(timings.retryPeriodSeconds * 1000, this.#ended).catch(() => undefined);
      await this.#renew();
    }
  }

  // A renewal that hangs must not keep the end from being noticed.
  async #watch(): Promise<void> {
    while (!this.#ended.aborted && this.isHeld())
      await this.#setup.clock.sleep(this.#left(), this.#ended).catch(() => undefined);
  }

  /** Milliseconds for which this process may still act; others may take the Lease a good while after. */
  #left(): number {
    const { clock, timings } = this.#setup;
    return this.#renewedAt + timings.renewDeadlineSeconds * 1000 - clock.monotonic();
  }

  get #tryMilliseconds(): number {
    return (this.#setup.timings.renewDeadlineSeconds * 1000) / 2;
  }

  /** One renewal at a time, whoever asks for it. */
  async #renew(): Promise<void> {
    this.#renewing ??= this.#renewOnce().finally(() => {
      this.#renewing = undefined;
    });
    await this.#renewing;
  }

  async #renewOnce(): Promise<void> {
    if (this.#ended.aborted || !this.isHeld()) return;
    try {
      const seconds = Math.min(this.#tryMilliseconds, this.#left()) / 1000;
      const result = await this.#setup.renew(seconds, this.#ended);
      if (result.kind === 'Held') this.#renewedAt = Math.max(this.#renewedAt, result.sentAt);
      if (result.kind === 'Anothers') this.#end(`the Lease is held by ${result.holder}`);
    } catch (cause) {
      if (!this.#ended.aborted)
        this.#setup.log.warn(
          { err: cause, leftMilliseconds: this.#left() },
          'the Lease could not be renewed',
        );
    }
  }

  #end(why: string): void {
    if (this.lost.aborted) return;
    this.#lost.abort(new NotLeadingError(`this operator does not lead any more: ${why}`));
  }
}
