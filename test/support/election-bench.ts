// Replicas of an operator that compete for one Lease of a fake cluster, each a process with clocks of its own: they can be stopped,
// frozen with their clocks, killed and cut off, and what each of them does as the leader is noted in real (virtual) time.
import { makeLease } from '../../src/kube/cluster-lease.ts';
import { type Accession, Election } from '../../src/operator/engine/election.ts';
import type { LeaseTimings } from '../../src/operator/engine/lease-timings.ts';
import type { Tenure } from '../../src/operator/engine/tenure.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { FakeCluster, refusal } from './fake-cluster.ts';
import { RecordedLog } from './recorded-log.ts';
import { VirtualClock } from './virtual-clock.ts';

export const leaseName = { namespace: 'reprise-system', name: 'reprise-operator' };
const usualTimings: LeaseTimings = {
  durationSeconds: 15,
  renewDeadlineSeconds: 10,
  retryPeriodSeconds: 2,
};

/** From when to when (real milliseconds) one tenure did something. */
export interface Reign {
  readonly replica: string;
  readonly accession: Accession;
  readonly from: number;
  to: number;
}

/** What befalls a request on its way; milliseconds, Infinity: never. */
export interface Journey {
  readonly there: number;
  readonly back: number;
}

const smooth: Journey = { there: 1, back: 1 };

/** What is left of a sleep by rounding alone. */
const leastMilliseconds = 0.01;

/** The clocks of one process: its own wall, its own rate; nothing in it moves while it is stopped. */
export class ProcessClock implements Clock {
  readonly #world: VirtualClock;
  readonly #rate: number;
  #wallAhead = 0;
  #stoodStill = 0;
  #going: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  constructor(world: VirtualClock, rate: number) {
    this.#world = world;
    this.#rate = rate;
  }

  now(): number {
    return this.#world.now() + this.#wallAhead;
  }

  monotonic(): number {
    return (this.#world.monotonic() - this.#stoodStill) * this.#rate;
  }

  /** By its own monotonic clock: while that stands still no timer runs either. */
  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    const due = this.monotonic() + milliseconds;
    let left = milliseconds;
    do {
      await this.#world.sleep(left / this.#rate, signal);
      await this.going();
      signal.throwIfAborted();
      left = due - this.monotonic();
    } while (left > leastMilliseconds);
  }

  stepWall(milliseconds: number): void {
    this.#wallAhead += milliseconds;
  }

  /** SIGSTOP. */
  stop(): void {
    this.#going ??= Promise.withResolvers<void>();
  }

  /** SIGCONT; `stoodStill`: the machine's monotonic clock did not run meanwhile, for so many milliseconds. */
  goOn(stoodStill = 0): void {
    this.#stoodStill += stoodStill;
    this.#going?.resolve();
    this.#going = undefined;
  }

  async going(): Promise<void> {
    while (this.#going !== undefined) await this.#going.promise;
  }
}

export interface ReplicaOptions {
  readonly rate?: number;
  readonly timings?: LeaseTimings;
  /** What leading means besides being noted. */
  readonly lead?: (tenure: Tenure, stop: AbortSignal) => Promise<void>;
}

/** How often a leader does something, in its own milliseconds. */
const actEvery = 250;

export class Replica {
  readonly name: string;
  readonly clock: ProcessClock;
  readonly log = new RecordedLog();
  readonly election: Election;
  /** Of the next requests. */
  journey: () => Journey = () => smooth;
  tenure: Tenure | undefined;
  /** What running came to, once it has ended. */
  end: unknown;
  readonly #bench: ElectionBench;
  readonly #options: ReplicaOptions;
  readonly #sigterm = new AbortController();
  readonly #killed = new AbortController();

  constructor(bench: ElectionBench, name: string, options: ReplicaOptions) {
    this.name = name;
    this.#bench = bench;
    this.#options = options;
    this.clock = new ProcessClock(bench.clock, options.rate ?? 1);
    this.election = new Election({
      lease: makeLease(this.#reach(bench.cluster), leaseName),
      identity: name,
      timings: options.timings ?? usualTimings,
      clock: this.clock,
      log: this.log,
      chance: bench.chance,
    });
    void this.#run();
  }

  get isAlive(): boolean {
    return !this.#killed.signal.aborted && this.end === undefined;
  }

  /** SIGTERM: it ends in good order. */
  terminate(): void {
    this.#sigterm.abort(new Error('got SIGTERM'));
  }

  /** kill -9: nothing it does from now on reaches anybody. */
  kill(): void {
    this.#killed.abort(new Error('killed'));
    this.clock.stop();
  }

  async #run(): Promise<void> {
    try {
      await this.election.run(
        async (tenure, accession, stop) => this.#lead(tenure, accession, stop),
        this.#sigterm.signal,
      );
      this.end = 'ended';
    } catch (cause) {
      this.end = cause;
    }
  }

  async #lead(tenure: Tenure, accession: Accession, stop: AbortSignal): Promise<void> {
    this.tenure = tenure;
    const now = this.#bench.clock.monotonic();
    const reign: Reign = { replica: this.name, accession, from: now, to: now };
    this.#bench.reigns.push(reign);
    const over = AbortSignal.any([stop, tenure.lost]);
    await Promise.all([this.#act(tenure, reign, over), this.#options.lead?.(tenure, over)]);
  }

  async #act(tenure: Tenure, reign: Reign, over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      tenure.assertLeading();
      reign.to = this.#bench.clock.monotonic();
      await this.clock.sleep(actEvery, over).catch(() => undefined);
    }
  }

  /** The API server as this process reaches it. */
  #reach(cluster: Cluster): Cluster {
    const reach =
      <A extends readonly [...unknown[], AbortSignal], R>(call: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        const signal = args.at(-1) as AbortSignal;
        const { there, back } = this.journey();
        await this.#travel(there, signal);
        const answer = await call(...args).catch((cause: unknown) => cause);
        await this.#travel(back, signal);
        if (answer instanceof Error) throw answer;
        return answer as R;
      };
    return new Proxy(cluster, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name, target);
        return typeof method === 'function' ? reach(method.bind(target) as never) : method;
      },
    });
  }

  async #travel(milliseconds: number, signal: AbortSignal): Promise<void> {
    await this.clock.going();
    const { signal: killed } = this.#killed;
    if (milliseconds === Infinity) await this.#bench.clock.sleep(1e9, AbortSignal.any([signal, killed]));
    else await this.#bench.clock.sleep(milliseconds, AbortSignal.any([signal, killed]));
    await this.clock.going();
    if (this.#bench.isAway) throw refusal('Unavailable', 'connection refused');
  }
}

export class ElectionBench {
  readonly clock = new VirtualClock();
  readonly cluster = new FakeCluster({ clock: this.clock });
  readonly reigns: Reign[] = [];
  readonly chance: () => number;
  /** The API server answers nobody. */
  isAway = false;

  constructor(chance: () => number = () => 0.5) {
    this.chance = chance;
  }

  start(name: string, options: ReplicaOptions = {}): Replica {
    return new Replica(this, name, options);
  }

  async pass(seconds: number): Promise<void> {
    await this.clock.advance(seconds * 1000);
  }

  /** Who acted within the last second. */
  get leaders(): readonly string[] {
    const now = this.clock.monotonic();
    return this.reigns.filter(({ to }) => now - to < 1000).map(({ replica }) => replica);
  }

  /** Pairs of reigns of different processes during which both acted. */
  get overlaps(): readonly string[] {
    const ordered = this.reigns.toSorted((a, b) => a.from - b.from);
    return ordered.flatMap((reign, index) =>
      ordered
        .slice(index + 1)
        .filter((later) => later.replica !== reign.replica && later.from <= reign.to)
        .map((later) => `${reign.replica} until ${reign.to}, ${later.replica} from ${later.from}`),
    );
  }
}
