// Runs passes over keys with N workers, maps their outcomes to the next look, and is the one place that catches and logs
// what they throw. It never reads or writes an object itself.
import { type Outcome, recheckOf } from '../../domain/outcome.ts';
import type { Seconds } from '../../domain/units.ts';
import type { Clock } from '../../ports/clock.ts';
import { ClusterError } from '../../ports/cluster.ts';
import type { Log } from '../../ports/log.ts';
import type { LoopMetrics } from '../../ports/loop-metrics.ts';
import { backoffAfter, reconcileBackoff } from './backoff.ts';
import { KeyQueue } from './key-queue.ts';

/** One pass over the object of a key: idempotent, level-driven, and ended soon after the signal is aborted. */
export type Reconcile = (key: string, signal: AbortSignal) => Promise<Outcome>;

export interface LoopSetup {
  /** For logs and metrics: `run`, `store`. */
  readonly name: string;
  readonly workers: number;
  readonly reconcile: Reconcile;
  readonly clock: Clock;
  readonly log: Log;
  /** A number in [0, 1), for jitter. */
  readonly chance: () => number;
  readonly metrics?: LoopMetrics;
  /** A pass that takes longer is aborted and counts as failed (default 300). */
  readonly passDeadlineSeconds?: Seconds;
  /** How long passes under way may still run after the loop was told to stop in good order (default 5). */
  readonly drainSeconds?: Seconds;
}

export class Loop {
  readonly #setup: LoopSetup;
  readonly #queue: KeyQueue;
  /** Failures in a row. */
  readonly #failures = new Map<string, number>();

  constructor(setup: LoopSetup) {
    this.#setup = setup;
    this.#queue = new KeyQueue(setup.clock);
  }

  /** Asks for a pass over the key as soon as a worker is free. */
  add(key: string): void {
    this.#queue.add(key);
    this.#countQueued();
  }

  /** Asks for a pass over the key after a while; an earlier request stays earlier. */
  addAfter(key: string, seconds: Seconds): void {
    this.#queue.addAfter(key, seconds);
  }

  /**
   * Works until the signal is aborted, then lets the passes under way end; when `atOnce` is aborted, they are aborted too. Resolves when
   * the last pass has ended.
   */
  async run(signal: AbortSignal, atOnce?: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const finished = new AbortController();
    const { clock, drainSeconds = 5, workers } = this.#setup;
    const close = (): void => {
      this.#queue.close();
      void clock.sleep(drainSeconds * 1000, finished.signal).then(
        () => stop.abort(signal.reason),
        () => undefined, // every pass ended in time
      );
    };
    const abort = (): void => {
      this.#queue.close();
      stop.abort(atOnce?.reason);
    };
    whenAborted(signal, close, finished.signal);
    if (atOnce !== undefined) whenAborted(atOnce, abort, finished.signal);
    await Promise.all(Array.from({ length: workers }, async () => this.#work(stop.signal)));
    finished.abort();
    this.#countQueued();
  }

  async #work(stop: AbortSignal): Promise<void> {
    for (let key = await this.#queue.take(); key !== undefined; key = await this.#queue.take()) {
      this.#countQueued();
      const next = await this.#pass(key, stop);
      // Before done(): a change that came meanwhile is then ready at once and not held back by this delay.
      if (next !== undefined) this.#queue.addAfter(key, next);
      this.#queue.done(key);
    }
  }

  /** One pass, bounded in time; returns after how many seconds to look again. */
  async #pass(key: string, stop: AbortSignal): Promise<Seconds | undefined> {
    const { clock } = this.#setup;
    const startedAt = clock.monotonic();
    const over = new AbortController();
    const deadline = new AbortController();
    const limit = this.#setup.passDeadlineSeconds ?? 300;
    void clock.sleep(limit * 1000, over.signal).then(
      () => deadline.abort(new Error(`the pass took longer than ${limit} s`)),
      () => undefined, // the pass ended in time
    );
    try {
      const outcome = await this.#setup.reconcile(key, AbortSignal.any([stop, deadline.signal]));
      this.#failures.delete(key);
      this.#countPass(outcome.kind, startedAt);
      return recheckOf(outcome);
    } catch (cause) {
      return stop.aborted ? undefined : this.#failed(key, cause, startedAt);
    } finally {
      over.abort();
    }
  }

  #failed(key: string, cause: unknown, startedAt: number): Seconds {
    const { log, name, chance } = this.#setup;
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const retryInSeconds = backoffAfter(reconcileBackoff, failures, chance());
    const conflict = cause instanceof ClusterError && cause.code === 'Conflict';
    const fields = { loop: name, key, failures, retryInSeconds, err: cause };
    // Somebody else wrote first: expected, and the next pass sees what they wrote.
    if (conflict) log.debug(fields, 'conflict, looking again');
    else log.error(fields, 'reconcile failed');
    this.#countPass(conflict ? 'conflict' : 'failed', startedAt);
    return retryInSeconds;
  }

  #countPass(result: Outcome['kind'] | 'conflict' | 'failed', startedAt: number): void {
    const took = (this.#setup.clock.monotonic() - startedAt) / 1000;
    this.#setup.metrics?.passed(this.#setup.name, result, took);
  }

  #countQueued(): void {
    this.#setup.metrics?.queued(this.#setup.name, this.#queue.depth);
  }
}

/** Calls back at once, or when it is aborted, unless `over` is aborted before. */
function whenAborted(signal: AbortSignal, call: () => void, over: AbortSignal): void {
  if (signal.aborted) call();
  else signal.addEventListener('abort', call, { once: true, signal: over });
}
