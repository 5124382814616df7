// What `make cluster` leaves in its directory for later commands: written last, so that its presence means that the start was completed.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readRunning } from '../process/server.ts';
import type { LocalCluster } from './local-cluster.ts';
import type { OperatorProcess } from './operator-process.ts';

/** A completed start. */
export interface ClusterState {
  readonly kubeconfig: string;
  readonly kubectl: string;
  readonly nodes: readonly string[];
  readonly endpoint: string;
  readonly bucket: string;
  readonly prefix: string;
  /** base URL of the operator's /healthz and /metrics; null when there was no operator to start */
  readonly operatorUrl: string | null;
  /** names of all servers */
  readonly servers: readonly string[];
}

const stateFile = (directory: string): string => join(directory, 'state.json');

/** Notes that the cluster is complete. */
export function writeState(cluster: LocalCluster, operator: OperatorProcess | undefined): ClusterState {
  const { controlPlane, objectServer, nodes, directory } = cluster;
  const state: ClusterState = {
    kubeconfig: controlPlane.kubeconfig,
    kubectl: controlPlane.kubectl.program,
    nodes: nodes.map(({ name }) => name),
    endpoint: objectServer.endpoint,
    bucket: objectServer.bucket,
    prefix: objectServer.prefix,
    operatorUrl: operator?.url ?? null,
    servers: readdirSync(join(directory, 'processes')).map((file) => basename(file, '.json')),
  };
  writeFileSync(stateFile(directory), JSON.stringify(state, null, 2));
  return state;
}

/** The state of a completed start; undefined when there was none. */
export function readState(directory: string): ClusterState | undefined {
  if (!existsSync(stateFile(directory))) return undefined;
  return JSON.parse(readFileSync(stateFile(directory), 'utf8')) as ClusterState;
}

/** Servers of a completed start that do not run now. */
export function deadServers(directory: string, { servers }: ClusterState): readonly string[] {
  return servers.filter((name) => readRunning(directory, name) === undefined);
}
