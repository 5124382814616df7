// The run controller's pass over a fake cluster, a fake bucket and a virtual clock, with somebody to play the nodes. An operator
// can be stopped dead at any of its calls and started anew, as a process is, with empty caches and an empty memory.
import { apiVersion, labels, runNames } from '../../src/api/names.ts';
import { parseRun, type TTSTrainingRun } from '../../src/api/run.ts';
import { type Outcome, recheckOf } from '../../src/domain/outcome.ts';
import { decide } from '../../src/domain/run/decide.ts';
import type { Decision } from '../../src/domain/run/decision.ts';
import type { RunStatus } from '../../src/domain/run/status.ts';
import { type DeletionRight, unchallenged } from '../../src/operator/engine/tenure.ts';
import { DepartedPods } from '../../src/operator/run/departed-pods.ts';
import { LookLimit } from '../../src/operator/run/look-limit.ts';
import { governingOf } from '../../src/operator/run/governing.ts';
import { observe } from '../../src/operator/run/observe.ts';
import { makeRunReconcile } from '../../src/operator/run/reconcile.ts';
import { RunMemory, type World } from '../../src/operator/run/world.ts';
import { WriteBudget } from '../../src/operator/run/write-budget.ts';
import type { StoreLookup } from '../../src/operator/store/store-lookup.ts';
import { JudgedRuns } from '../../src/operator/policy/judged-runs.ts';
import { PolicyRegistry } from '../../src/operator/policy/policy-registry.ts';
import { CapacityTaken } from '../../src/operator/sweep/capacity-taken.ts';
import { RunCollection } from '../../src/operator/sweep/run-collection.ts';
import type { StoreRun } from '../../src/domain/store/store-run.ts';
import { definitions, jobs, namespaces, nodes, pods, policies, runs } from '../../src/ports/kinds.ts';
import type { KubeObject } from '../../src/ports/kube-objects.ts';
import { ObjectStoreError } from '../../src/ports/objects.ts';
import { sampleStore } from './attempt-orders.ts';
import type { AttemptJob } from '../../src/workload/attempt-job.ts';
import { CallTrace, traced } from './call-trace.ts';
import { FakeCluster, refusal } from './fake-cluster.ts';
import { FakeObjectStore } from './fake-object-store.ts';
import { FakeTraining } from './fake-training.ts';
import type { JsonObject } from './object-storage/merge-patch.ts';
import { RecordedLog } from './recorded-log.ts';
import { settle, VirtualClock } from './virtual-clock.ts';

export const runName = { namespace: 'voice', name: 'zh' };
/** The CRD of runs, and where the run's objects are in the bucket. */
export const definitionName = 'ttstrainingruns.reprise.dev';
export const runPrefix = 'prod/voice/zh/';
// What a lost answer looks like to the operator.
const clusterUnanswered = (): Error => refusal('Unavailable');
const bucketUnanswered = (): Error => new ObjectStoreError('Unavailable', 'the answer was lost');

export class RunBench {
  readonly clock = new VirtualClock();
  readonly log = new RecordedLog();
  readonly cluster = new FakeCluster({ clock: this.clock, log: this.log });
  readonly objects = new FakeObjectStore(this.clock);
  readonly training = new FakeTraining({ cluster: this.cluster, objects: this.objects, clock: this.clock });
  /** The operator's calls, and where one is struck. */
  readonly trace = new CallTrace();
  /** Instead of the store, this answer. */
  refusedStore: Extract<StoreLookup, { kind: 'Unready' }> | undefined;
  /** The places whose run.json asks for a deletion, as the operator was told. */
  readonly deletionsAsked: StoreRun[] = [];
  graceSeconds = 5;
  /** True: an operator started from now on hears nothing of policies. */
  isPolicyWatchDeaf = false;
  approveAbove = { percent: 50, checkpoints: 20 };
  readonly capacityTaken = new CapacityTaken();
  /** What the Lease says before each batch of deletions. */
  right: DeletionRight = unchallenged;
  writesPerSecond = 1000;
  #operator = new AbortController();
  #starts = 0;
  #world: World;
  #reconcile: ReturnType<typeof makeRunReconcile>;

  constructor(spec: JsonObject = {}) {
    this.cluster.storage.create(namespaces, { metadata: { name: 'voice', labels: { tts: 'true' } } });
    this.cluster.storage.create(definitions, { metadata: { name: definitionName, finalizers: ['crd'] } });
    this.apply(spec);
    this.#world = this.#makeWorld(this.#operator.signal);
    this.#reconcile = makeRunReconcile(this.#world);
  }

  /** `kubectl apply` of the run, with this beside the least that is needed. */
  apply(spec: JsonObject = {}): void {
    const trainer = { image: 'registry.example/f5-tts:1', checkpointDir: '/ckpts' };
    const manifest = { apiVersion, kind: runNames.kind, metadata: runName, spec: { trainer, ...spec } };
    this.cluster.storage.create(runs, manifest);
  }

  /** `kubectl patch` of the run. */
  change(patch: JsonObject): void {
    this.cluster.storage.patch(runs, runName, patch);
  }

  /** `kubectl delete` of the run, with what garbage collection does then. */
  deleteRun(): void {
    this.cluster.storage.delete(runs, runName, {});
  }

  /** `kubectl delete --cascade=orphan`: the Jobs stay behind. */
  orphan(): void {
    this.cluster.storage.delete(runs, runName, { propagation: 'Orphan' });
  }

  /** A fresh operator: nothing of the one before is left but what it wrote. */
  restartOperator(): void {
    this.#operator.abort(new Error('the operator was stopped'));
    this.trace.restart();
    this.#reconcile = this.#startOperator();
  }

  #startOperator(): ReturnType<typeof makeRunReconcile> {
    this.#operator = new AbortController();
    this.#world = this.#makeWorld(this.#operator.signal);
    return makeRunReconcile(this.#world);
  }

  #makeWorld(signal: AbortSignal): World {
    const { clock, log, cluster } = this;
    const watched = cluster.watch(pods, { indexLabels: [labels.run] }, signal);
    return {
      cluster: traced({ trace: this.trace, unanswered: clusterUnanswered }, cluster),
      runs: cluster.watch(runs, {}, signal),
      jobs: cluster.watch(jobs, { indexLabels: [labels.run] }, signal),
      pods: watched,
      nodes: cluster.watch(nodes, {}, signal),
      namespaces: cluster.watch(namespaces, {}, signal),
      findStore: () => this.#findStore(),
      agents: this.training,
      agentImage: { image: 'registry.example/reprise:0.1.0', pullPolicy: 'IfNotPresent' },
      operatorId: `operator-${(this.#starts += 1)}`,
      clusterUid: 'cluster-uid',
      clock,
      log,
      collection: new RunCollection({
        clock,
        log,
        operator: { graceSeconds: this.graceSeconds, approveAbove: this.approveAbove },
        right: { mayDelete: async (stop) => this.right.mayDelete(stop) },
      }),
      policies: this.#policyRegistry(signal),
      capacityTaken: this.capacityTaken,
      judged: new JudgedRuns(),
      looks: new LookLimit(8),
      writes: new WriteBudget({ clock, perSecond: this.writesPerSecond }),
      memory: new RunMemory(),
      departed: new DepartedPods({ clock, pods: watched }),
      onDeletionAsked: (place) => void this.deletionsAsked.push(place),
    };
  }

  #policyRegistry(signal: AbortSignal): PolicyRegistry {
    const cluster = traced({ trace: this.trace, unanswered: clusterUnanswered }, this.cluster);
    const registry = new PolicyRegistry({ cluster, policies: this.cluster.watch(policies, {}, signal) });
    if (!this.isPolicyWatchDeaf) void registry.follow(signal);
    return registry;
  }

  #findStore(): StoreLookup {
    if (this.refusedStore !== undefined) return this.refusedStore;
    const objects = traced({ trace: this.trace, unanswered: bucketUnanswered }, this.objects);
    const { capabilities } = this.objects;
    return { kind: 'Ready', name: 'main', store: sampleStore(), objects, capabilities };
  }

  /** Until every cache has heard what there is to hear. */
  async settled(): Promise<void> {
    await settle();
  }

  /** One pass of the operator, once its caches have heard everything. */
  async pass(): Promise<Outcome> {
    await this.settled();
    return this.#reconcile(`${runName.namespace}/${runName.name}`, this.#operator.signal);
  }

  /** What the operator would decide now, from all that it sees and remembers; nothing is done. */
  async decision(): Promise<Decision> {
    await this.settled();
    const { run } = this;
    const { snapshot } = await observe(this.#world, { run, needsListing: true }, this.#operator.signal);
    const governed = governingOf(this.#world, run);
    return decide({ ...snapshot, retention: this.#world.collection.judge(snapshot, governed) });
  }

  /** Passes until one neither writes status nor acts: what wakes the operator is then all told. Returns when it looks again. */
  async passes(): Promise<number | undefined> {
    for (let left = 12; left > 0; left -= 1) {
      const before = this.cluster.storage.journal.resourceVersion;
      const outcome = await this.pass();
      if (this.cluster.storage.journal.resourceVersion === before) return recheckOf(outcome);
    }
    throw new Error(`the passes do not come to rest: ${this.status.phase}, ${this.status.message}`);
  }

  /** So many seconds of everybody's life: in each the operator is woken by what happened, and looks. */
  async live(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      await this.passes();
      await this.training.turn();
      await this.passes();
      await this.clock.advance(1000);
    }
  }

  /** Lives on until the condition holds; throws when it does not within two minutes. */
  async liveUntil(condition: () => boolean): Promise<void> {
    for (let left = 120; left > 0; left -= 1) {
      await this.live(1);
      if (condition()) return;
    }
    throw new Error(`it did not come to that: ${this.status.phase}, ${this.status.message}`);
  }

  get run(): TTSTrainingRun {
    const parsed = parseRun(this.cluster.storage.read(runs, runName));
    if ('ok' in parsed) return parsed.ok;
    throw new Error(parsed.problems.join('; '));
  }

  get status(): RunStatus {
    const { status } = this.run;
    if (status === undefined) throw new Error('the run has no status yet');
    return status;
  }

  /** The Jobs there are, by name. */
  get jobs(): readonly (KubeObject & AttemptJob)[] {
    return this.cluster.storage.list(jobs, {}) as unknown as readonly (KubeObject & AttemptJob)[];
  }

  get jobNames(): readonly string[] {
    return this.jobs.map(({ metadata }) => metadata.name);
  }
  get events(): FakeCluster['told'] {
    return this.cluster.told;
  }

  /** run.json as it stands in the bucket. */
  get marker(): unknown {
    const object = this.objects.objects.get(`${runPrefix}run.json`);
    return object === undefined ? undefined : JSON.parse(new TextDecoder().decode(object.bytes));
  }

  /** The key of the attempt.json of the pod of this attempt. */
  attemptKey(attempt: number): string {
    const folder = `${runPrefix}attempts/${String(attempt).padStart(4, '0')}-`;
    return this.objects.keys(folder).find((key) => key.endsWith('attempt.json')) ?? '';
  }

  /** The keys of the run's checkpoints, as they stand below its prefix. */
  get checkpoints(): readonly string[] {
    const all = this.objects.keys(`${runPrefix}attempts/`).map((key) => key.slice(runPrefix.length));
    return all.filter((key) => key.endsWith('.pt'));
  }
}
