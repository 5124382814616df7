// One operator process of a storm: it takes part in the election, works while it leads, and can be frozen or killed at any of its
// calls.
import { makeLease } from '../../../src/kube/cluster-lease.ts';
import { Election } from '../../../src/operator/engine/election.ts';
import type { Tenure } from '../../../src/operator/engine/tenure.ts';
import type { Cluster } from '../../../src/ports/cluster.ts';
import { leaseName, ProcessClock } from '../election-bench.ts';
import { RecordedLog } from '../recorded-log.ts';
import type { Mortal, StormGround } from './storm-ground.ts';
import { StormOffice } from './storm-office.ts';
import { stepped } from './storm-ports.ts';

/** Called at every call of a process: before it is made, and when it was answered. */
export type OnCall = (process: StormProcess, call: string) => Promise<void>;

class KilledError extends Error {
  override readonly name = 'KilledError';
}

/** More than what an operator takes a renewal of its Lease for new. */
const noticedMilliseconds = 300;

export class StormProcess implements Mortal {
  readonly name: string;
  readonly clock: ProcessClock;
  readonly #ground: StormGround;
  readonly #onCall: OnCall;
  #wallAhead = 0;
  readonly #killed = new AbortController();
  readonly #death: Promise<void>;
  /** Whether the pass under way has judged what may go. */
  hasJudged = false;
  #office: StormOffice | undefined;
  #tenure: Tenure | undefined;

  constructor(ground: StormGround, name: string, onCall: OnCall) {
    this.name = name;
    this.#onCall = onCall;
    this.#ground = ground;
    this.clock = new ProcessClock(ground.clock, 1);
    const { signal } = this.#killed;
    this.#death = new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
    const election = new Election({
      lease: makeLease(this.#mortal(ground.cluster), leaseName),
      identity: name,
      timings: { durationSeconds: 30, renewDeadlineSeconds: 20, retryPeriodSeconds: 5 },
      clock: this.clock,
      log: new RecordedLog(),
      chance: ground.chance,
    });
    void election.run(async (tenure, _, stop) => this.#lead(tenure, stop), signal);
  }

  get isAlive(): boolean {
    return !this.#killed.signal.aborted;
  }

  /** Whether it thinks so. */
  get isLeading(): boolean {
    return this.#office !== undefined;
  }

  /** kill -9: nothing it does from now on reaches anybody. */
  kill(): void {
    this.clock.stop();
    this.#killed.abort(new KilledError(this.name));
  }

  /** Throws when it was killed. */
  assertAlive(): void {
    this.#killed.signal.throwIfAborted();
  }

  /** Sets its wall clock so far ahead of the world's. */
  setWall(milliseconds: number): void {
    this.clock.stepWall(milliseconds - this.#wallAhead);
    this.#wallAhead = milliseconds;
  }

  /** SIGSTOP and SIGCONT, so many seconds later; or the whole machine stands still, and with it nearly all the time of its clock. */
  async freeze(seconds: number, isMachine = false): Promise<void> {
    this.clock.stop();
    await this.#ground.clock.advance(seconds * 1000);
    this.clock.goOn(isMachine ? seconds * 1000 - noticedMilliseconds : 0);
  }

  /** What it does while it leads, if it does. What goes wrong in it goes wrong for it alone. */
  async work(task: (office: StormOffice, signal: AbortSignal) => Promise<unknown>): Promise<void> {
    const office = this.#office;
    if (office === undefined || this.#tenure === undefined) return;
    this.hasJudged = false;
    const signal = AbortSignal.any([this.#killed.signal, this.#tenure.lost]);
    const working = task(office, signal).catch((cause: unknown) => {
      if (cause instanceof TypeError || cause instanceof RangeError) throw cause;
    });
    await Promise.race([working, this.#death]);
  }

  /** It judges now what may go. */
  judges(judge: () => void): void {
    this.hasJudged = true;
    judge();
  }

  async #lead(tenure: Tenure, stop: AbortSignal): Promise<void> {
    const over = AbortSignal.any([stop, tenure.lost]);
    const ground = this.#ground;
    this.#tenure = tenure;
    ground.judge.forget(this);
    this.#office = new StormOffice({ ground, process: this, tenure, over });
    await new Promise<void>((resolve) => over.addEventListener('abort', () => resolve(), { once: true }));
    this.#office = undefined;
  }

  /** The port, at every call of which something may happen to it. */
  stepped<T extends object>(port: T): T {
    return stepped(async (call) => this.step(call), port);
  }

  /** Throws once it is dead, and waits while it is frozen. */
  async step(call: string): Promise<void> {
    this.assertAlive();
    await this.#onCall(this, call);
    this.assertAlive();
    await this.clock.going();
    this.assertAlive();
  }

  #mortal(cluster: Cluster): Cluster {
    return stepped(async () => {
      this.assertAlive();
      await this.clock.going();
      this.assertAlive();
    }, cluster);
  }
}
