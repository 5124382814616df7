// `node dev/cluster.ts up|status|down`: the local cluster of this checkout, with S3 server and operator, until it is taken down.
import { existsSync } from 'node:fs';
import { ownerOf } from './cluster/cluster-directory.ts';
import { removeCluster } from './cluster/cluster-removal.ts';
import { deadServers, readState, writeState, type ClusterState } from './cluster/cluster-state.ts';
import { printUse } from './cluster/cluster-use.ts';
import { startLocalCluster, type LocalCluster } from './cluster/local-cluster.ts';
import { missingForControlPlane, missingForNodes } from './cluster/machine.ts';
import { installReprise } from './cluster/reprise-install.ts';
import { describeError } from './progress/polling.ts';
import { step } from './progress/report.ts';
import { workspaceDirectory } from './workspace.ts';

const directory = workspaceDirectory();
const nodePlans = [{ name: 'gpu-1' }, { name: 'gpu-2' }] as const;
const report = (line: string): void => console.log(`  ${line}`);

/** What of the operator's own variables is set here is handed on to it (docs/operator.md). */
const operatorSettings = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      handedOn.test(name) && value !== undefined ? [[name, value]] : [],
    ),
  );

const handedOn = /^REPRISE_(RETENTION|APPROVE|SWEEP|ABORT)_/;

async function bringUp(): Promise<ClusterState> {
  const withoutNodes = await missingForNodes();
  if (withoutNodes !== undefined)
    console.log(
      `No nodes: they need ${withoutNodes}. Control plane, S3 server and operator run all the same.`,
    );
  const nodes = withoutNodes === undefined ? nodePlans : [];
  const cluster: LocalCluster = await startLocalCluster({ directory, nodes, report });
  try {
    const operator = await step(report, 'Reprise installed', () =>
      installReprise(cluster, { env: operatorSettings() }),
    );
    const state = writeState(cluster, operator);
    await cluster.keep();
    return state;
  } catch (thrown) {
    await cluster.stop();
    throw thrown;
  }
}

/** The state of a cluster that is complete and runs. What is left of any other is removed. */
async function findRunning(): Promise<ClusterState | undefined> {
  if (!existsSync(directory)) return undefined;
  const owner = ownerOf(directory);
  if (owner !== undefined) throw new Error(`process ${owner.pid} is bringing this cluster up right now`);
  const state = readState(directory);
  const dead = state === undefined ? ['its start was not completed'] : deadServers(directory, state);
  if (dead.length === 0) return state;
  console.log(`Removing what is left of an earlier cluster (not running: ${dead.join(', ')}).`);
  await removeCluster(directory);
  return undefined;
}

async function up(): Promise<void> {
  const missing = await missingForControlPlane();
  if (missing !== undefined)
    throw new Error(
      `this machine cannot run the local cluster: it needs ${missing}. make check and the tests without a cluster run all the same.`,
    );
  const started = performance.now();
  const running = await findRunning();
  const state = running ?? (await bringUp());
  if (running === undefined) console.log(`  (${((performance.now() - started) / 1000).toFixed(1)} s in all)`);
  printUse(directory, state);
}

function status(): void {
  const state = readState(directory);
  if (state === undefined) {
    console.log('The local cluster is down (make cluster starts it).');
    process.exitCode = 1;
    return;
  }
  const dead = deadServers(directory, state);
  for (const name of state.servers) console.log(`${dead.includes(name) ? 'DEAD   ' : 'running'}  ${name}`);
  if (dead.length === 0) printUse(directory, state);
  else process.exitCode = 1;
}

async function down(): Promise<void> {
  const present = existsSync(directory);
  await step(report, present ? 'cluster removed' : 'nothing to remove', () => removeCluster(directory));
}

const commands: Readonly<Record<string, () => Promise<void> | void>> = { up, status, down };
const command = commands[process.argv[2] ?? ''];
if (command === undefined) {
  console.error('usage: node dev/cluster.ts up|status|down');
  process.exitCode = 2;
} else {
  try {
    await command();
  } catch (thrown) {
    console.error(describeError(thrown));
    process.exitCode = 1;
  }
}
