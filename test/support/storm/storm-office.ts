// Everything that one tenure of an operator process in a storm works with: its passes over runs, over places where runs were, over the
// store and over all policies. The judge hears of every judgement at the moment it is passed.
import { labels } from '../../../src/api/names.ts';
import { fencedCluster } from '../../../src/operator/engine/fenced-cluster.ts';
import { fencedObjects } from '../../../src/operator/engine/fenced-objects.ts';
import type { Reconcile } from '../../../src/operator/engine/loop.ts';
import { assertMayDelete, type Tenure } from '../../../src/operator/engine/tenure.ts';
import { JudgedRuns } from '../../../src/operator/policy/judged-runs.ts';
import { PolicyPass } from '../../../src/operator/policy/policy-pass.ts';
import { PolicyRegistry } from '../../../src/operator/policy/policy-registry.ts';
import { DepartedPods } from '../../../src/operator/run/departed-pods.ts';
import { LookLimit } from '../../../src/operator/run/look-limit.ts';
import { makeRunReconcile } from '../../../src/operator/run/reconcile.ts';
import { RunMemory } from '../../../src/operator/run/world.ts';
import { WriteBudget } from '../../../src/operator/run/write-budget.ts';
import { StoreRegistry } from '../../../src/operator/store/store-registry.ts';
import { CapacityTaken } from '../../../src/operator/sweep/capacity-taken.ts';
import { OrphanJudgements } from '../../../src/operator/sweep/orphan-judgements.ts';
import { RunCollection } from '../../../src/operator/sweep/run-collection.ts';
import { makeRunDeletion } from '../../../src/operator/sweep/run-deletion.ts';
import { StoreLooks } from '../../../src/operator/sweep/store-looks.ts';
import { formatStoreRun, type StoreRun } from '../../../src/domain/store/store-run.ts';
import { SweepMemory, sweepStore } from '../../../src/operator/sweep/store-sweep.ts';
import { cacheKey, type Cluster } from '../../../src/ports/cluster.ts';
import { jobs, namespaces, nodes, pods, policies, runs } from '../../../src/ports/kinds.ts';
import type { ObjectStore } from '../../../src/ports/objects.ts';
import { sampleStore } from '../attempt-orders.ts';
import { RecordedLog } from '../recorded-log.ts';
import { midBatch, type Mortal, type StormGround } from './storm-ground.ts';
import { stormFlags } from './storm-policies.ts';
import { witnessedCluster, witnessedObjects } from './storm-ports.ts';

const byRun = { indexLabels: [labels.run] };
const store = sampleStore();

export interface Tenancy {
  readonly ground: StormGround;
  readonly process: Mortal;
  readonly tenure: Tenure;
  readonly over: AbortSignal;
}

export class StormOffice {
  readonly #passOverRun: Reconcile;
  readonly #passOverPlace: Reconcile;
  readonly #sweep: (signal: AbortSignal) => Promise<void>;
  readonly #plan: PolicyPass;
  /** The places over which somebody ever asked for a pass. */
  readonly places = new Set<string>();

  constructor(tenancy: Tenancy) {
    const reached = reachedBy(tenancy);
    const common = commonOf(tenancy, reached);
    const { cluster } = tenancy.ground;
    const watchedRuns = cluster.watch(runs, {}, tenancy.over);
    const onDeletionAsked = (place: StoreRun): void => void this.places.add(formatStoreRun(place));
    const deletion = { ...deletionPartOf(tenancy, common, reached), onDeletionAsked };
    this.#passOverRun = makeRunReconcile({
      ...common,
      ...runPartOf(tenancy, reached),
      runs: watchedRuns,
      onDeletionAsked,
    });
    this.#passOverPlace = makeRunDeletion(deletion);
    const memory = new SweepMemory();
    const open = {
      kind: 'Open',
      store,
      objects: reached.objects,
      capabilities: reached.capabilities,
    } as const;
    const sweeping = {
      ...deletion,
      runs: watchedRuns,
      intervalSeconds: 600,
      abortUploadsAfterSeconds: 1e6,
      onCounted: () => undefined,
      onRunChanged: () => undefined,
    };
    this.#sweep = async (signal) => sweepStore(sweeping, { open, memory }, signal);
    const policyObjects = cluster.watch(policies, {}, tenancy.over);
    const concerned = { onRunConcerned: () => undefined, onOrphanConcerned: onDeletionAsked };
    this.#plan = new PolicyPass({ ...deletion, ...concerned, runs: watchedRuns, policyObjects });
  }

  async passOverRun(run: { readonly namespace: string; readonly name: string }, signal: AbortSignal) {
    return this.#passOverRun(cacheKey(run), signal);
  }

  /** Over a place where a run was: see {@link StoreRun}. */
  async passOverPlace(place: string, signal: AbortSignal) {
    return this.#passOverPlace(place, signal);
  }

  async sweep(signal: AbortSignal): Promise<void> {
    return this.#sweep(signal);
  }

  /** Plans all runs together. */
  async plan(signal: AbortSignal) {
    return this.#plan.pass(signal);
  }
}

/** The bucket and the API server, as this tenure reaches them. */
function reachedBy({ ground, process, tenure }: Tenancy) {
  const { judge, place, cluster, isFew } = ground;
  const witness = { judge, suspect: process, midway: async () => process.step(midBatch) };
  const objects = process.stepped<ObjectStore>(
    fencedObjects(witnessedObjects(witness, place.objects), tenure),
  );
  const heard = process.stepped<Cluster>(
    fencedCluster(witnessedCluster({ ...witness, isFew }, cluster), tenure),
  );
  return { objects, cluster: heard, capabilities: place.capabilities };
}

type Reached = ReturnType<typeof reachedBy>;

/** What every pass works with, and what they tell each other. */
function commonOf({ ground, process, over }: Tenancy, reached: Reached) {
  const { cluster, judge } = ground;
  const registry = new PolicyRegistry({
    cluster: reached.cluster,
    policies: cluster.watch(policies, {}, over),
  });
  void registry.follow(over);
  return {
    cluster: reached.cluster,
    namespaces: cluster.watch(namespaces, {}, over),
    clusterUid: 'cluster-uid',
    clock: process.clock,
    log: new RecordedLog(),
    policies: registry,
    capacityTaken: telling(new CapacityTaken(), 'note', () => judge.planned(process)),
    judged: new JudgedRuns(),
  };
}

function runPartOf({ ground, process, tenure, over }: Tenancy, { objects, capabilities }: Reached) {
  const { cluster, judge, agents } = ground;
  const { clock } = process;
  const watched = cluster.watch(pods, byRun, over);
  const collection = new RunCollection({
    clock,
    log: new RecordedLog(),
    operator: stormFlags,
    right: tenure,
  });
  return {
    jobs: cluster.watch(jobs, byRun, over),
    pods: watched,
    nodes: cluster.watch(nodes, {}, over),
    findStore: () => ({ kind: 'Ready', name: 'main', store, objects, capabilities }) as const,
    agents,
    agentImage: { image: 'registry.example/reprise:0.1.0', pullPolicy: 'IfNotPresent' } as const,
    operatorId: process.name,
    collection: telling(collection, 'judge', () => process.judges(() => judge.judged(process))),
    looks: new LookLimit(8),
    writes: new WriteBudget({ clock, perSecond: 1000 }),
    memory: new RunMemory(),
    departed: new DepartedPods({ clock, pods: watched }),
  };
}

function deletionPartOf(
  { ground: { judge }, process, tenure }: Tenancy,
  common: ReturnType<typeof commonOf>,
  { objects, capabilities }: Reached,
) {
  const orphans = new OrphanJudgements();
  const registry = new StoreRegistry();
  registry.note('main', { kind: 'Open', store, objects, capabilities });
  return {
    ...common,
    registry,
    graceSeconds: stormFlags.graceSeconds,
    operator: stormFlags,
    right: tenure,
    mayDelete: async (signal: AbortSignal) => assertMayDelete(tenure, signal),
    looks: telling(new StoreLooks(), 'note', () => judge.swept(process)),
    orphans: telling(orphans, 'note', (place, judgement) => {
      if (judgement === undefined) return;
      process.judges(() => judge.judged(process, orphans.approved(String(place))));
    }),
  };
}

/** The same, telling of every call of this method before it is made. */
function telling<T extends object>(what: T, method: keyof T, tell: (...args: readonly unknown[]) => void): T {
  return new Proxy(what, {
    get(target, name) {
      const field: unknown = Reflect.get(target, name, target);
      if (typeof field !== 'function') return field;
      const bound = field.bind(target) as (...args: readonly unknown[]) => unknown;
      if (name !== method) return bound;
      return (...args: readonly unknown[]) => {
        tell(...args);
        return bound(...args);
      };
    },
  });
}
