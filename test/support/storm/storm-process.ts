// One operator process of a storm: it takes part in the election, passes over runs while it leads, and can be frozen or killed at any
// of its calls. The judge sees what it asks and does, past its fences.
import { labels } from '../../../src/api/names.ts';
import { makeLease } from '../../../src/kube/cluster-lease.ts';
import { Election } from '../../../src/operator/engine/election.ts';
import { fencedCluster } from '../../../src/operator/engine/fenced-cluster.ts';
import { fencedObjects } from '../../../src/operator/engine/fenced-objects.ts';
import type { Tenure } from '../../../src/operator/engine/tenure.ts';
import { DepartedPods } from '../../../src/operator/run/departed-pods.ts';
import { LookLimit } from '../../../src/operator/run/look-limit.ts';
import { makeRunReconcile } from '../../../src/operator/run/reconcile.ts';
import { RunMemory, type World } from '../../../src/operator/run/world.ts';
import { WriteBudget } from '../../../src/operator/run/write-budget.ts';
import { PolicyRegistry } from '../../../src/operator/policy/policy-registry.ts';
import { JudgedRuns } from '../../../src/operator/policy/judged-runs.ts';
import { CapacityTaken } from '../../../src/operator/sweep/capacity-taken.ts';
import { RunCollection } from '../../../src/operator/sweep/run-collection.ts';
import { cacheKey, type Cluster, type ObjectName } from '../../../src/ports/cluster.ts';
import type { AgentStatusReader } from '../../../src/ports/agent-status.ts';
import { jobs, namespaces, nodes, pods, policies, runs } from '../../../src/ports/kinds.ts';
import type { ObjectStore } from '../../../src/ports/objects.ts';
import { sampleStore } from '../attempt-orders.ts';
import { leaseName, ProcessClock } from '../election-bench.ts';
import type { FakeCluster } from '../fake-cluster.ts';
import { RecordedLog } from '../recorded-log.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import { stormFlags } from './storm-policies.ts';
import type { StormJudge } from './storm-judge.ts';
import type { StormPlace } from './storm-place.ts';
import { stepped, witnessedCluster, witnessedObjects } from './storm-ports.ts';

export interface StormGround {
  readonly clock: VirtualClock;
  readonly cluster: FakeCluster;
  readonly place: StormPlace;
  readonly judge: StormJudge;
  readonly agents: AgentStatusReader;
  readonly chance: () => number;
  /** Called at every call of a pass: before it is made, and when it was answered. */
  readonly onCall: (process: StormProcess, call: string) => Promise<void>;
}

class KilledError extends Error {
  override readonly name = 'KilledError';
}

/** More than what an operator takes a renewal of its Lease for new. */
const noticedMilliseconds = 300;

const byRun = { indexLabels: [labels.run] };

export class StormProcess {
  readonly name: string;
  readonly clock: ProcessClock;
  readonly #ground: StormGround;
  readonly #killed = new AbortController();
  readonly #death: Promise<void>;
  /** Whether the pass under way has judged what may go. */
  hasJudged = false;
  #reconcile: ReturnType<typeof makeRunReconcile> | undefined;
  #tenure: Tenure | undefined;

  constructor(ground: StormGround, name: string) {
    this.name = name;
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
    return this.#reconcile !== undefined;
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

  /** SIGSTOP and SIGCONT, so many seconds later; or the whole machine stands still, and with it nearly all the time of its clock. */
  async freeze(seconds: number, isMachine = false): Promise<void> {
    this.clock.stop();
    await this.#ground.clock.advance(seconds * 1000);
    this.clock.goOn(isMachine ? seconds * 1000 - noticedMilliseconds : 0);
  }

  /** One pass over the run, if it leads. What goes wrong in it goes wrong for it alone. */
  async pass(run: ObjectName): Promise<void> {
    const object = this.#ground.cluster.storage.read(runs, run);
    const reconcile = this.#reconcile;
    if (reconcile === undefined || this.#tenure === undefined || object === undefined) return;
    this.hasJudged = false;
    this.#ground.judge.begin(this, object);
    const signal = AbortSignal.any([this.#killed.signal, this.#tenure.lost]);
    const passing = reconcile(cacheKey(run), signal).catch((cause: unknown) => {
      if (cause instanceof TypeError || cause instanceof RangeError) throw cause;
    });
    await Promise.race([passing, this.#death]);
  }

  async #lead(tenure: Tenure, stop: AbortSignal): Promise<void> {
    const over = AbortSignal.any([stop, tenure.lost]);
    this.#tenure = tenure;
    this.#ground.judge.forget(this);
    this.#reconcile = makeRunReconcile(this.#world(tenure, over));
    await new Promise<void>((resolve) => over.addEventListener('abort', () => resolve(), { once: true }));
    this.#reconcile = undefined;
  }

  #world(tenure: Tenure, over: AbortSignal): World {
    const { cluster, place, judge, agents } = this.#ground;
    const { clock } = this;
    const log = new RecordedLog();
    const objects = this.#stepped<ObjectStore>(
      fencedObjects(witnessedObjects(judge, this, place.objects), tenure),
    );
    const store = sampleStore();
    const reached = this.#stepped<Cluster>(fencedCluster(witnessedCluster(judge, this, cluster), tenure));
    const registry = new PolicyRegistry({ cluster: reached, policies: cluster.watch(policies, {}, over) });
    void registry.follow(over);
    const watched = cluster.watch(pods, byRun, over);
    return {
      cluster: reached,
      runs: cluster.watch(runs, {}, over),
      jobs: cluster.watch(jobs, byRun, over),
      pods: watched,
      nodes: cluster.watch(nodes, {}, over),
      namespaces: cluster.watch(namespaces, {}, over),
      findStore: () => ({ kind: 'Ready', name: 'main', store, objects, capabilities: place.capabilities }),
      agents,
      agentImage: { image: 'registry.example/reprise:0.1.0', pullPolicy: 'IfNotPresent' },
      operatorId: this.name,
      clusterUid: 'cluster-uid',
      clock,
      log,
      collection: new WatchedCollection({ clock, log, operator: stormFlags, right: tenure }, () => {
        this.hasJudged = true;
        judge.judged(this);
      }),
      policies: registry,
      capacityTaken: new CapacityTaken(),
      judged: new JudgedRuns(),
      looks: new LookLimit(8),
      writes: new WriteBudget({ clock, perSecond: 1000 }),
      memory: new RunMemory(),
      departed: new DepartedPods({ clock, pods: watched }),
      onDeletionAsked: () => undefined,
    };
  }

  #stepped<T extends object>(port: T): T {
    return stepped(async (call) => {
      this.assertAlive();
      await this.#ground.onCall(this, call);
      this.assertAlive();
      await this.clock.going();
      this.assertAlive();
    }, port);
  }

  #mortal(cluster: Cluster): Cluster {
    return stepped(async () => {
      this.assertAlive();
      await this.clock.going();
      this.assertAlive();
    }, cluster);
  }
}

class WatchedCollection extends RunCollection {
  readonly #onJudge: () => void;

  constructor(setup: ConstructorParameters<typeof RunCollection>[0], onJudge: () => void) {
    super(setup);
    this.#onJudge = onJudge;
  }

  override judge(...question: Parameters<RunCollection['judge']>): ReturnType<RunCollection['judge']> {
    this.#onJudge();
    return super.judge(...question);
  }
}
