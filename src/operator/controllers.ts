// Wires the controllers of one tenure to each other and to what the program gives them. They have a memory of their own, and change
// nothing once the tenure is over.
import type { OperatorConfig } from '../config/operator-config.ts';
import type { AgentStatusReader } from '../ports/agent-status.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { Log } from '../ports/log.ts';
import type { LoopMetrics } from '../ports/loop-metrics.ts';
import type { OpenObjectStore } from '../ports/objects.ts';
import type { RunMetrics } from '../ports/run-metrics.ts';
import type { SweepMetrics } from '../ports/sweep-metrics.ts';
import { fencedClock } from './engine/fenced-clock.ts';
import { fencedCluster } from './engine/fenced-cluster.ts';
import { fencedObjects } from './engine/fenced-objects.ts';
import { assertMayDelete, type Tenure } from './engine/tenure.ts';
import { JudgedRuns } from './policy/judged-runs.ts';
import { PolicyController } from './policy/policy-controller.ts';
import { PolicyRegistry } from './policy/policy-registry.ts';
import { RunController } from './run/run-controller.ts';
import { StoreController } from './store/store-controller.ts';
import { CapacityTaken } from './sweep/capacity-taken.ts';
import { OrphanJudgements } from './sweep/orphan-judgements.ts';
import { StoreLooks } from './sweep/store-looks.ts';
import { SweepController } from './sweep/sweep-controller.ts';
import type { Watched } from './watches.ts';

export interface ControllersSetup {
  readonly config: OperatorConfig;
  readonly log: Log;
  readonly cluster: Cluster;
  readonly clusterUid: string;
  readonly watched: Watched;
  readonly metrics: LoopMetrics & RunMetrics & SweepMetrics;
  /** The numbers it reserves are its own only while it remembers them: one id a tenure. */
  readonly operatorId: string;
  readonly clock: Clock;
  readonly chance: () => number;
  readonly agents: AgentStatusReader;
  readonly bucketsBy: (clock: Clock) => OpenObjectStore;
}

export interface Controllers {
  readonly storeController: StoreController;
  readonly runController: RunController;
  readonly sweepController: SweepController;
  readonly policyRegistry: PolicyRegistry;
  readonly policyController: PolicyController;
}

/** The controllers of a tenure. */
export function makeControllers(setup: ControllersSetup, tenure: Tenure): Controllers {
  const { config, clock, watched, bucketsBy, agents, ...rest } = setup;
  const shared = { ...rest, clock, cluster: fencedCluster(setup.cluster, tenure) };
  const openBucket = bucketsBy(fencedClock(clock, tenure));
  const policyRegistry = new PolicyRegistry({ cluster: shared.cluster, policies: watched.policies });
  const storeController = new StoreController({
    ...shared,
    stores: watched.stores,
    openObjectStore: (address, credentials) => fencedObjects(openBucket(address, credentials), tenure),
    operatorNamespace: config.namespace,
    operator: config.retention,
  });
  const common = { ...shared, ...makeMemory(), ...watched, policies: policyRegistry };
  const runController = new RunController({
    ...common,
    agents,
    stores: storeController.registry,
    agentImage: config.agentImage,
    workers: config.workers,
    retention: config.retention,
    deletionRight: tenure,
    onDeletionAsked: (place) => sweepController.askDeletion(place),
    statusWritesPerSecond: config.statusWritesPerSecond,
  });
  const wide = { ...common, tenure, config, storeController, runController };
  const sweepController = makeSweepController(wide);
  const policyController = new PolicyController({
    ...common,
    policyObjects: watched.policies,
    registry: storeController.registry,
    operator: config.retention,
    onRunConcerned: (run) => runController.look(run),
    onOrphanConcerned: (place) => sweepController.askDeletion(place),
  });
  return { storeController, runController, sweepController, policyRegistry, policyController };
}

/** What the controllers tell each other. */
const makeMemory = () => ({
  judged: new JudgedRuns(),
  looks: new StoreLooks(),
  orphans: new OrphanJudgements(),
  capacityTaken: new CapacityTaken(),
});

type SweepParts = Pick<Controllers, 'storeController' | 'runController'> &
  Omit<ControllersSetup, 'watched' | 'agents' | 'bucketsBy'> &
  ReturnType<typeof makeMemory> &
  Pick<Watched, 'runs' | 'namespaces'> & { readonly policies: PolicyRegistry; readonly tenure: Tenure };

function makeSweepController({
  tenure,
  storeController,
  runController,
  ...parts
}: SweepParts): SweepController {
  const { config } = parts;
  return new SweepController({
    ...parts,
    ...config.sweep,
    operator: config.retention,
    graceSeconds: config.retention.graceSeconds,
    right: tenure,
    registry: storeController.registry,
    mayDelete: async (signal) => assertMayDelete(tenure, signal),
    onCounted: (store, usage) => storeController.noteUsage(store, usage),
    onRunChanged: (run) => runController.look(run),
  });
}
