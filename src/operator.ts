// The operator: environment → adapters → election → controllers, until it is told to stop. The only program that may delete objects,
// and of its replicas only the one that leads.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { labels } from './api/names.ts';
import { OperatorConfigError, parseOperatorConfig, type OperatorConfig } from './config/operator-config.ts';
import { makeStatusReader } from './http/status-client.ts';
import { makeLease } from './kube/cluster-lease.ts';
import { connectCluster } from './kube/rest-cluster.ts';
import { Election, OverdueError } from './operator/engine/election.ts';
import { fencedClock } from './operator/engine/fenced-clock.ts';
import { fencedCluster } from './operator/engine/fenced-cluster.ts';
import { fencedObjects } from './operator/engine/fenced-objects.ts';
import { tellAccession } from './operator/engine/tell-accession.ts';
import { assertMayDelete, type DeletionRight, type Tenure, unchallenged } from './operator/engine/tenure.ts';
import { readClusterUid } from './operator/store/cluster-identity.ts';
import { phaseCounts } from './operator/run/phase-counts.ts';
import { RunController } from './operator/run/run-controller.ts';
import { keptOfNode } from './operator/run/node-states.ts';
import type { World } from './operator/run/world.ts';
import { StoreController } from './operator/store/store-controller.ts';
import { SweepController } from './operator/sweep/sweep-controller.ts';
import { systemClock } from './ops/clock.ts';
import { makeLog } from './ops/log.ts';
import { preferSmallHeap } from './ops/memory.ts';
import { makeMetrics } from './ops/metrics.ts';
import { startMetricsServer } from './ops/metrics-server.ts';
import type { Cache, Cluster } from './ports/cluster.ts';
import type { KubeObject } from './ports/kube-objects.ts';
import { jobs, namespaces, nodes, pods, runs, stores } from './ports/kinds.ts';
import type { Log } from './ports/log.ts';
import { makeOpenObjectStore } from './s3/object-store.ts';

/** Runs wait so long for the first look at the stores, so that none is called missing that was merely not seen yet. */
const firstLookSeconds = 20;

/** A kind of which nothing was heard for so long is not watched any more. */
const deafAfterMilliseconds = 180_000;

type Watched = Pick<World, 'runs' | 'jobs' | 'pods' | 'nodes' | 'namespaces'> & {
  readonly stores: Cache<KubeObject>;
};

/** Opens every watch. Of Jobs and pods only those of runs are kept. */
function watchAll(cluster: Cluster, signal: AbortSignal): Watched {
  const ofRuns = { labelSelector: labels.runUid, indexLabels: [labels.run] };
  return {
    runs: cluster.watch(runs, {}, signal),
    jobs: cluster.watch(jobs, ofRuns, signal),
    pods: cluster.watch(pods, ofRuns, signal),
    nodes: cluster.watch(nodes, { keep: keptOfNode }, signal),
    namespaces: cluster.watch(namespaces, {}, signal),
    stores: cluster.watch(stores, {}, signal),
  };
}

/** Of which kinds nothing is heard any more: the server is silent, or there is no right to watch them. */
function deafnessOf(watched: Watched): string | undefined {
  const deaf = Object.entries(watched).filter(([, cache]) => cache.silence() > deafAfterMilliseconds);
  const names = deaf.map(([name]) => name).join(', ');
  return names === ''
    ? undefined
    : `nothing was heard of ${names} from the API server for ${deafAfterMilliseconds / 1000} s: the log says why`;
}

type Sweeping = Omit<
  ConstructorParameters<typeof SweepController>[0],
  keyof OperatorConfig['sweep'] | 'registry' | 'graceSeconds' | 'mayDelete' | 'onCounted'
>;

const makeSweepController = (
  { sweep, retentionGraceSeconds: graceSeconds }: OperatorConfig,
  {
    stores: controller,
    right,
    ...world
  }: Sweeping & {
    readonly stores: StoreController;
    readonly right: DeletionRight;
  },
): SweepController =>
  new SweepController({
    ...world,
    ...sweep,
    graceSeconds,
    registry: controller.registry,
    mayDelete: async (signal) => assertMayDelete(right, signal),
    onCounted: (store, usage) => controller.noteUsage(store, usage),
  });

type Metrics = ReturnType<typeof makeMetrics>;

interface Operator {
  readonly config: OperatorConfig;
  readonly log: Log;
  readonly cluster: Cluster;
  readonly clusterUid: string;
  readonly watched: Watched;
  readonly metrics: Metrics;
}

/** Controllers with a memory of their own, which change nothing once the tenure is over. */
function makeControllers({ config, cluster, watched, ...rest }: Operator, tenure: Tenure): Controllers {
  const clock = systemClock;
  const operatorId = randomUUID(); // the numbers it reserves are its own only while it remembers them
  const fenced = fencedCluster(cluster, tenure);
  const shared = { ...rest, operatorId, cluster: fenced, clock, chance: Math.random };
  const openBucket = makeOpenObjectStore({ clock: fencedClock(clock, tenure) });
  const storeController = new StoreController({
    ...shared,
    stores: watched.stores,
    openObjectStore: (address, credentials) => fencedObjects(openBucket(address, credentials), tenure),
    operatorNamespace: config.namespace,
  });
  const runController = new RunController({
    ...shared,
    ...watched,
    stores: storeController.registry,
    agents: makeStatusReader(),
    agentImage: config.agentImage,
    workers: config.workers,
    retentionGraceSeconds: config.retentionGraceSeconds,
    deletionRight: tenure,
    onDeletionAsked: (place) => sweepController.askDeletion(place),
    statusWritesPerSecond: config.statusWritesPerSecond,
  });
  const onRunChanged = (run: string): void => runController.look(run);
  const sweeping = { ...shared, stores: storeController, right: tenure, onRunChanged };
  const sweepController = makeSweepController(config, sweeping);
  return { storeController, runController, sweepController };
}

interface Controllers {
  readonly storeController: StoreController;
  readonly runController: RunController;
  readonly sweepController: SweepController;
}

/** Does what only one operator at a time may do, until it is told to stop or is not the leader any more. */
async function lead(operator: Operator, tenure: Tenure, stop: AbortSignal): Promise<void> {
  const { storeController, runController, sweepController } = makeControllers(operator, tenure);
  await allUntilOneFails(tenure.lost, [
    async (atOnce) => storeController.run(stop, atOnce),
    async (atOnce) => {
      await storeController.firstLook(firstLookSeconds, AbortSignal.any([stop, atOnce]));
      await Promise.all([runController.run(stop, atOnce), sweepController.run(stop, atOnce)]);
    },
  ]);
}

/** Resolves when all have ended, whose signal is aborted when one of them fails; rejects with what the first one threw. */
async function allUntilOneFails(
  signal: AbortSignal,
  tasks: readonly ((atOnce: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const failed = new AbortController();
  const atOnce = AbortSignal.any([signal, failed.signal]);
  await Promise.all(
    tasks.map(async (task) => {
      try {
        await task(atOnce);
      } catch (cause) {
        failed.abort(cause);
      }
    }),
  );
  failed.signal.throwIfAborted();
}

/** Leads whenever the Lease says so, and stands by with warm caches else. */
async function takeTurns(operator: Operator, election: Election, signal: AbortSignal): Promise<void> {
  const { config, cluster, log } = operator;
  const lease = leaseOf(config);
  try {
    await election.run(async (tenure, accession, stop) => {
      const teller = { cluster: fencedCluster(cluster, tenure), clock: systemClock, log };
      void tellAccession(teller, { lease, accession }, AbortSignal.any([stop, tenure.lost]));
      await lead(operator, tenure, stop);
    }, signal);
  } catch (cause) {
    if (!(cause instanceof OverdueError)) throw cause;
    log.error({ err: cause }, 'this process ends, since nothing else would end what it still does');
    process.exit(1);
  }
}

const leaseOf = ({ namespace }: OperatorConfig) => ({ namespace, name: 'reprise-operator' });

function makeElection({ config, log, metrics }: Operator, cluster: Cluster): Election {
  const { podName = hostname(), ...timings } = config.leaderElection;
  return new Election({
    lease: makeLease(cluster, leaseOf(config)),
    identity: `${podName}_${randomUUID()}`,
    timings,
    clock: systemClock,
    log,
    chance: Math.random,
    metrics,
  });
}

async function main(config: OperatorConfig, log: Log, signal: AbortSignal): Promise<void> {
  const connect = () => connectCluster({ kubeconfigPath: config.kubeconfig, clock: systemClock, log });
  await using cluster = connect();
  // Connections of its own: renewals must not queue behind the passes.
  await using clusterOfLease = connect();
  const clusterUid = await readClusterUid(cluster, signal);
  const ended = new AbortController();
  using _watching = { [Symbol.dispose]: () => ended.abort() };
  const watched = watchAll(cluster, AbortSignal.any([signal, ended.signal]));
  const metrics = makeMetrics();
  for (const [name, cache] of Object.entries(watched)) metrics.watched(name, cache);
  const operator = { config, log, cluster, clusterUid, watched, metrics };
  const election = config.leaderElection.enabled ? makeElection(operator, clusterOfLease) : undefined;
  const isLeading = () => election?.isLeading() ?? true;
  metrics.leading(isLeading);
  // Of several replicas only one counts the runs.
  metrics.phases(() => (isLeading() ? phaseCounts(watched.runs) : new Map()));
  await using server = await startMetricsServer({
    port: config.metricsPort,
    metrics,
    illness: () => deafnessOf(watched) ?? election?.illness(deafAfterMilliseconds),
  });
  log.info({ metricsPort: server.port, clusterUid, namespace: config.namespace }, 'the operator is running');
  if (election === undefined) await lead(operator, unchallenged, signal);
  else await takeTurns(operator, election, signal);
}

preferSmallHeap();

const stop = new AbortController();
for (const name of ['SIGTERM', 'SIGINT'] as const)
  process.once(name, () => stop.abort(new Error(`got ${name}`)));

try {
  const config = parseOperatorConfig(process.env);
  const log = makeLog({ level: config.logLevel, program: 'operator' });
  try {
    await main(config, log, stop.signal);
  } catch (cause) {
    if (!stop.signal.aborted) throw cause;
  }
  log.info({}, 'the operator has stopped');
} catch (cause) {
  const isConfig = cause instanceof OperatorConfigError;
  process.stderr.write(
    `${isConfig || !(cause instanceof Error) ? String(cause) : (cause.stack ?? cause.message)}\n`,
  );
  process.exitCode = isConfig ? 2 : 1;
}
