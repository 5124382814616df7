// Leader election over one Lease: waits for it, lets this process lead while it holds it, and starts over when it was lost. What
// leading means is the caller's; nothing of one tenure may live on into the next.
import type { LeaseRecord } from '../../domain/lease.ts';
import type { Seconds } from '../../domain/units.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LeaderMetrics } from '../../ports/leader-metrics.ts';
import type { Lease } from '../../ports/lease.ts';
import type { Log } from '../../ports/log.ts';
import { within } from '../run/within.ts';
import { Candidate, type LeaseTry } from './candidate.ts';
import type { LeaseTimings } from './lease-timings.ts';
import type { Tenure } from './tenure.ts';
import { Term } from './term.ts';

export interface ElectionSetup {
  readonly lease: Lease;
  /** Of this process alone. */
  readonly identity: string;
  readonly timings: LeaseTimings;
  readonly clock: Clock;
  readonly log: Log;
  /** A number in [0, 1), for jitter. */
  readonly chance: () => number;
  readonly metrics?: LeaderMetrics;
}

/** How a tenure began. */
export interface Accession {
  readonly identity: string;
  readonly lease: LeaseRecord;
  /** Who was seen to hold the Lease before, and lost it or was silent for too long. */
  readonly former: string | undefined;
}

/**
 * Acts as the leader until `stop` is aborted, then ends in good order, or until the tenure is lost, then at once. What it throws
 * after the tenure was lost is forgotten.
 */
export type Lead = (tenure: Tenure, accession: Accession, stop: AbortSignal) => Promise<void>;

/** What was done as the leader goes on after leadership was lost, and only the end of the process is left. */
export class OverdueError extends Error {
  override readonly name = 'OverdueError';

  constructor(seconds: Seconds) {
    super(`what was under way did not end within ${seconds} s after leadership was lost`);
  }
}

type Held = Extract<LeaseTry, { kind: 'Held' }>;

/** The same trouble is told again after so long. */
const tellAgainMilliseconds = 60_000;

export class Election {
  readonly #setup: ElectionSetup;
  readonly #candidate: Candidate;
  #term: Term | undefined;
  #holder: string | undefined;
  #toldAt = -Infinity;

  constructor(setup: ElectionSetup) {
    const { lease, identity, clock, timings } = setup;
    this.#setup = setup;
    this.#candidate = new Candidate({ lease, identity, clock, durationSeconds: timings.durationSeconds });
  }

  /** Whether this process leads now. */
  isLeading(): boolean {
    return this.#term?.isHeld() === true;
  }

  /** Why this process should be restarted; undefined while the Lease was heard of within so many milliseconds. */
  illness(deafAfterMilliseconds: number): string | undefined {
    if (this.#candidate.silence() <= deafAfterMilliseconds) return undefined;
    const { lease } = this.#setup;
    return `nothing was heard of Lease ${lease.name} from the API server for ${deafAfterMilliseconds / 1000} s: the log says why`;
  }

  /**
   * Takes part until the signal is aborted; then the Lease is released, so that another can take it at once. Rejects with what `lead`
   * throws while it leads, and with OverdueError when it does not end soon after the tenure was lost.
   */
  async run(lead: Lead, signal: AbortSignal): Promise<void> {
    try {
      for (let held = await this.#wait(signal); held !== undefined; held = await this.#wait(signal))
        await this.#serve(held, lead, signal);
    } finally {
      await this.#release();
    }
  }

  /** Resolves once the Lease is held; undefined when the signal was aborted first. */
  async #wait(signal: AbortSignal): Promise<Held | undefined> {
    const { clock, timings, chance } = this.#setup;
    while (!signal.aborted) {
      const result = await this.#tryQuietly(signal);
      if (result?.kind === 'Held') return result;
      // Not all at the same moment; and not later than it can be taken.
      const pause = timings.retryPeriodSeconds * 1000 * (0.8 + 0.4 * chance());
      const free = result?.kind === 'Anothers' ? result.milliseconds : Infinity;
      await clock.sleep(Math.min(pause, free), signal).catch(() => undefined);
    }
    return undefined;
  }

  async #tryQuietly(signal: AbortSignal): Promise<LeaseTry | undefined> {
    try {
      const result = await this.#try(this.#setup.timings.renewDeadlineSeconds / 2, signal);
      this.#toldAt = -Infinity;
      if (result.kind === 'Anothers') this.#follow(result.holder);
      return result;
    } catch (cause) {
      if (!signal.aborted) this.#complain(cause);
      return undefined;
    }
  }

  async #try(seconds: Seconds, signal: AbortSignal): Promise<LeaseTry> {
    const { clock, lease } = this.#setup;
    const limit = { clock, milliseconds: seconds * 1000 };
    const result = await within(limit, async (inTime) => this.#candidate.try(inTime), signal);
    if (result === undefined) throw new Error(`no answer about Lease ${lease.name} within ${seconds} s`);
    return result;
  }

  async #serve({ record, sentAt, former }: Held, lead: Lead, signal: AbortSignal): Promise<void> {
    const { clock, log, timings, identity, lease } = this.#setup;
    const closed = new AbortController();
    const renew = async (seconds: Seconds, inTime: AbortSignal): Promise<LeaseTry> =>
      this.#try(seconds, inTime);
    const term = new Term({ timings, clock, log, renew, closed: closed.signal }, sentAt);
    // The answer may have come too late, as to a process that was stopped.
    if (!term.isHeld()) return;
    const accession = { identity, lease: record, former };
    this.#begin(term, accession);
    const keeping = term.keep();
    try {
      await this.#untilOver(term, lead(term, accession, signal));
    } finally {
      closed.abort();
      await keeping;
      this.#term = undefined;
      this.#setup.metrics?.turned('standby');
      if (term.lost.aborted)
        log.warn({ lease: lease.name, err: term.lost.reason }, 'this replica does not lead any more');
    }
  }

  #begin(term: Term, { lease, former }: Accession): void {
    const { log, metrics, identity } = this.#setup;
    this.#term = term;
    this.#holder = identity;
    metrics?.turned('leader');
    const { transitions } = lease;
    log.info({ lease: this.#setup.lease.name, identity, transitions, former }, 'this replica leads');
  }

  /** Until leading has ended; after the tenure was lost it must end before another can lead. */
  async #untilOver(term: Term, leading: Promise<void>): Promise<void> {
    const { clock, timings } = this.#setup;
    const left = (timings.durationSeconds - timings.renewDeadlineSeconds) * 1000;
    const ended = new AbortController();
    const overdue = Promise.withResolvers<never>();
    const count = (): void =>
      void clock.sleep(left, ended.signal).then(
        () => overdue.reject(new OverdueError(left / 1000)),
        () => undefined, // it did
      );
    term.lost.addEventListener('abort', count, { once: true });
    const forgiven = leading.catch((cause: unknown) => {
      if (!term.lost.aborted) throw cause;
    });
    try {
      await Promise.race([forgiven, overdue.promise]);
    } finally {
      term.lost.removeEventListener('abort', count);
      ended.abort();
    }
  }

  #follow(holder: string): void {
    if (holder === this.#holder) return;
    this.#holder = holder;
    this.#setup.log.info(
      { lease: this.#setup.lease.name, leader: holder },
      'another replica leads, this one stands by',
    );
  }

  #complain(cause: unknown): void {
    const { clock, log, lease } = this.#setup;
    const now = clock.monotonic();
    if (now - this.#toldAt < tellAgainMilliseconds) return;
    this.#toldAt = now;
    log.warn({ lease: lease.name, err: cause }, 'the Lease can be neither read nor taken');
  }

  // It expires by itself where this fails.
  async #release(): Promise<void> {
    const { clock, log, lease, timings } = this.#setup;
    if (!this.#candidate.mayHold) return;
    const limit = { clock, milliseconds: timings.retryPeriodSeconds * 1000 };
    try {
      const never = new AbortController().signal;
      await within(limit, async (inTime) => this.#candidate.release(inTime), never);
    } catch (cause) {
      log.warn({ lease: lease.name, err: cause }, 'the Lease could not be released');
    }
  }
}
