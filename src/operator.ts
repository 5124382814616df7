// The operator: environment → adapters → controllers, until it is told to stop. The only program that may delete objects.
import { randomUUID } from 'node:crypto';
import { labels } from './api/names.ts';
import { OperatorConfigError, parseOperatorConfig, type OperatorConfig } from './config/operator-config.ts';
import { makeStatusReader } from './http/status-client.ts';
import { connectCluster } from './kube/rest-cluster.ts';
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
  { stores: controller, ...world }: Sweeping & { readonly stores: StoreController },
): SweepController =>
  new SweepController({
    ...world,
    ...sweep,
    graceSeconds,
    registry: controller.registry,
    mayDelete: async () => undefined,
    onCounted: (store, usage) => controller.noteUsage(store, usage),
  });

async function main(config: OperatorConfig, log: Log, signal: AbortSignal): Promise<void> {
  const clock = systemClock;
  const metrics = makeMetrics();
  await using cluster = connectCluster({ kubeconfigPath: config.kubeconfig, clock, log });
  const identity = { clusterUid: await readClusterUid(cluster, signal), operatorId: randomUUID() };
  const watched = watchAll(cluster, signal);
  for (const [name, cache] of Object.entries(watched)) metrics.watched(name, cache);
  const { metricsPort: port } = config;
  await using server = await startMetricsServer({ port, metrics, illness: () => deafnessOf(watched) });
  const shared = { cluster, ...identity, clock, log, metrics, chance: Math.random };
  const openObjectStore = makeOpenObjectStore({ clock });
  const storeController = new StoreController({
    ...shared,
    stores: watched.stores,
    openObjectStore,
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
    onDeletionAsked: (place) => sweepController.askDeletion(place),
    statusWritesPerSecond: config.statusWritesPerSecond,
  });
  const sweepController = makeSweepController(config, {
    ...shared,
    stores: storeController,
    onRunChanged: (run) => runController.look(run),
  });
  metrics.phases(() => phaseCounts(watched.runs));
  log.info({ metricsPort: server.port, namespace: config.namespace, ...identity }, 'the operator is running');
  const looking = storeController.run(signal);
  await storeController.firstLook(firstLookSeconds, signal);
  await Promise.all([looking, runController.run(signal), sweepController.run(signal)]);
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
