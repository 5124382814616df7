// The program of operator.ts: environment → adapters → election → controllers, until it is told to stop. The only program that may delete objects,
// and of its replicas only the one that leads.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { OperatorConfigError, parseOperatorConfig, type OperatorConfig } from './config/operator-config.ts';
import { makeStatusReader } from './http/status-client.ts';
import { makeLease } from './kube/cluster-lease.ts';
import { connectCluster } from './kube/rest-cluster.ts';
import { Election, OverdueError } from './operator/engine/election.ts';
import { makeControllers } from './operator/controllers.ts';
import { fencedCluster } from './operator/engine/fenced-cluster.ts';
import { tellAccession } from './operator/engine/tell-accession.ts';
import { type Tenure, unchallenged } from './operator/engine/tenure.ts';
import { readClusterUid } from './operator/store/cluster-identity.ts';
import { phaseCounts } from './operator/run/phase-counts.ts';
import { deafAfterMilliseconds, deafnessOf, type Watched, watchAll } from './operator/watches.ts';
import { systemClock } from './ops/clock.ts';
import { makeLog } from './ops/log.ts';
import { makeMetrics } from './ops/metrics.ts';
import { startMetricsServer } from './ops/metrics-server.ts';
import type { Clock } from './ports/clock.ts';
import type { Cluster } from './ports/cluster.ts';
import type { Log } from './ports/log.ts';
import { makeOpenObjectStore } from './s3/object-store.ts';

/** Runs wait so long for the first look at the stores, so that none is called missing that was merely not seen yet. */
const firstLookSeconds = 20;

type Metrics = ReturnType<typeof makeMetrics>;

interface Operator {
  readonly config: OperatorConfig;
  readonly log: Log;
  readonly cluster: Cluster;
  readonly clusterUid: string;
  readonly watched: Watched;
  readonly metrics: Metrics;
}

/** Does what only one operator at a time may do, until it is told to stop or is not the leader any more. */
async function lead(operator: Operator, tenure: Tenure, stop: AbortSignal): Promise<void> {
  const setup = {
    ...operator,
    operatorId: randomUUID(),
    clock: systemClock,
    chance: Math.random,
    agents: makeStatusReader(),
    bucketsBy: (clock: Clock) => makeOpenObjectStore({ clock }),
  };
  const controllers = makeControllers(setup, tenure);
  const { storeController, runController, sweepController, policyRegistry, policyController } = controllers;
  await allUntilOneFails(tenure.lost, [
    async (atOnce) => policyRegistry.follow(AbortSignal.any([stop, atOnce])),
    async (atOnce) => storeController.run(stop, atOnce),
    async (atOnce) => {
      await storeController.firstLook(firstLookSeconds, AbortSignal.any([stop, atOnce]));
      await Promise.all(
        [runController, sweepController, policyController].map(async (one) => one.run(stop, atOnce)),
      );
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

/** Runs the operator until `stop` is aborted; the exit status: 0 stopped, 2 configured wrongly, 1 anything else, after saying why on stderr. */
export async function runOperator(environment: NodeJS.ProcessEnv, stop: AbortSignal): Promise<number> {
  try {
    const config = parseOperatorConfig(environment);
    const log = makeLog({ level: config.logLevel, program: 'operator' });
    try {
      await main(config, log, stop);
    } catch (cause) {
      if (!stop.aborted) throw cause;
    }
    log.info({}, 'the operator has stopped');
    return 0;
  } catch (cause) {
    const isConfig = cause instanceof OperatorConfigError;
    process.stderr.write(
      `${isConfig || !(cause instanceof Error) ? String(cause) : (cause.stack ?? cause.message)}\n`,
    );
    return isConfig ? 2 : 1;
  }
}
