// `make demo`: the main job on a real local cluster, told in plain lines with elapsed times. KEEP=1 keeps the cluster.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeState } from './cluster/cluster-state.ts';
import { printUse } from './cluster/cluster-use.ts';
import { type LocalCluster, startLocalCluster } from './cluster/local-cluster.ts';
import { missingForNodes } from './cluster/machine.ts';
import type { OperatorProcess } from './cluster/operator-process.ts';
import { installReprise } from './cluster/reprise-install.ts';
import { type EvictionTimes, watchEviction } from './demo/eviction.ts';
import { digestOf, fetchObject, readExample, trainReference } from './demo/proof.ts';
import { type Ledger, type RunView, RunWatch, stateOf } from './demo/run-view.ts';
import { peakMemory, processesWhere } from './process/footprint.ts';
import { describeError, waitUntil } from './progress/polling.ts';
import { segmentNames } from '../src/domain/run/segments.ts';
import { checkout, workspaceDirectory } from './workspace.ts';

const started = performance.now();
const keep = (process.env['KEEP'] ?? '') !== '' && process.env['KEEP'] !== '0';

function say(line: string): void {
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`[${seconds.padStart(6)} s] ${line}`);
}

const chapter = (title: string): void => console.log(`\n== ${title}`);

interface Stage {
  readonly cluster: LocalCluster;
  readonly operator: OperatorProcess;
  readonly watch: RunWatch;
  /** The phase last told. */
  told: string;
}

type Status = NonNullable<RunView['status']>;

/** Waits until the run's status is as wanted, telling each new phase on the way. */
async function waitForRun(
  stage: Stage,
  what: string,
  isWanted: (status: Status) => boolean,
): Promise<Status> {
  let last: Status | undefined;
  await waitUntil({
    otherwise: `the run did not come so far (${what})`,
    withinSeconds: 300,
    everyMillis: 200,
    check: async (signal) => {
      last = (await stage.watch.run(signal)).status;
      if (last === undefined) return 'it has no status';
      if (stage.told !== last.phase) say(`${last.phase}: ${last.message}`);
      stage.told = last.phase;
      return isWanted(last) ? undefined : `it is ${last.phase}: ${last.message}`;
    },
  });
  if (last === undefined) throw new Error('the run has no status');
  return last;
}

async function setUp(): Promise<Pick<Stage, 'cluster' | 'operator'>> {
  chapter('A cluster: control plane, two nodes with a GPU each, an S3 server');
  const directory = keep ? { directory: workspaceDirectory() } : {};
  const cluster = await startLocalCluster({
    ...directory,
    nodes: [{ name: 'gpu-1' }, { name: 'gpu-2' }],
    report: say,
  });
  try {
    chapter('Reprise: CRDs, rights, a CheckpointStore, the operator');
    const operator = await installReprise(cluster, { env: { REPRISE_RETENTION_GRACE_SECONDS: '5' } });
    if (operator === undefined) throw new Error('src/operator.ts is missing');
    say(`the operator is running (${operator.url}/metrics)`);
    const { kubectl } = cluster.controlPlane;
    await kubectl.run('wait', 'cks/main', '--for=condition=Available', '--timeout=60s');
    console.log((await kubectl.run('get', 'cks')).trimEnd());
    return { cluster, operator };
  } catch (thrown) {
    await cluster.stop();
    throw thrown;
  }
}

async function train(stage: Stage): Promise<void> {
  chapter('A run: kubectl apply -f examples/quickstart.yaml');
  await stage.cluster.controlPlane.kubectl.applyFile(join(checkout, 'examples', 'quickstart.yaml'));
  await waitForRun(stage, 'it trains', ({ phase }) => phase === 'Running');
  const { resumePoint } = await waitForRun(
    stage,
    'a step and a last checkpoint are saved',
    ({ checkpoints }) => {
      const kinds = new Set(checkpoints?.newest.map(({ kind }) => kind));
      return kinds.has('Last') && kinds.has('Step');
    },
  );
  say(`checkpoints arrive in the bucket; the newest is update ${resumePoint?.update} (${resumePoint?.key})`);
}

async function evict(stage: Stage): Promise<void> {
  const { watch, cluster } = stage;
  const pod = await watch.pod(1, AbortSignal.timeout(5000));
  const node = pod?.spec.nodeName;
  if (node === undefined || stateOf(pod, 'trainer') !== 'Running')
    throw new Error('attempt 1 is not training');
  chapter(`An eviction: kubectl drain ${node} --ignore-daemonsets --delete-emptydir-data`);
  const { kubectl } = cluster.controlPlane;
  const drainStart = performance.now();
  const drained = kubectl.run(
    'drain',
    node,
    '--ignore-daemonsets',
    '--delete-emptydir-data',
    '--timeout=120s',
  );
  const [times] = await Promise.all([
    watchEviction(watch, 1),
    drained.then(() => say(`${node} is drained (${((performance.now() - drainStart) / 1000).toFixed(1)} s)`)),
  ]);
  await kubectl.run('uncordon', node);
  const status = await waitForRun(
    stage,
    'the ledger has the end of attempt 1',
    ({ attempts }) =>
      attempts.some(({ number, endedAt }) => number === 1 && endedAt !== undefined) &&
      attempts.some(
        ({ number, resumedFrom, segments }) =>
          number === 2 && resumedFrom !== undefined && segments?.['firstUpdate'] !== undefined,
      ),
  );
  tellEviction(status, times);
}

function tellEviction({ attempts }: Status, times: EvictionTimes): void {
  const [second, first] = [2, 1].map((number) => attempts.find((entry) => entry.number === number));
  say(
    `attempt 2 on ${second?.node} resumed from update ${second?.resumedFrom?.update} (${second?.resumedFrom?.key}), placed as model_last.pt`,
  );
  say(
    `the trainer had been seen at update ${first?.endUpdate}: ${first?.lostUpdates} updates are made again`,
  );
  const restore = times.restored - Math.max(times.scheduled, times.flushed);
  const parts = [
    `next Job ${times.jobCreated.toFixed(2)}`,
    `flush ${times.flushed.toFixed(2)}`,
    `schedule ${(times.scheduled - times.jobCreated).toFixed(2)}`,
    `restore ${Math.max(0, restore).toFixed(2)} after the later of both`,
    `start ${(times.started - times.restored).toFixed(2)}`,
    `first update ${(times.firstUpdate - times.started).toFixed(2)}`,
  ];
  say(`from the eviction to the first new update: ${times.firstUpdate.toFixed(1)} s (${parts.join(', ')})`);
  say(`the same as status tells it, from Kubernetes' times in whole seconds: ${segmentWords(second)}`);
}

function segmentWords({ segments = {} }: Pick<Ledger, 'segments'> = {}): string {
  const whole = Object.values(segments).reduce((sum, seconds) => sum + seconds, 0);
  const parts = segmentNames.map((name) => `${name} ${segments[name] ?? '?'}`);
  return `${whole} s (${parts.join(', ')})`;
}

async function finish(stage: Stage): Promise<Status> {
  chapter('To the end, and retention: keepNewest 2, keepEvery 200, the two newest model_last');
  const [sync] = processesWhere(
    ({ args }) => args.includes('sync') && args.some((arg) => arg.endsWith('agent.mjs')),
  );
  say(
    `memory, peak: operator ${peakMemory(stage.operator.server.running()?.pid ?? 0)} MB, sync agent ${sync === undefined ? '?' : peakMemory(sync)} MB`,
  );
  await waitForRun(stage, 'it is complete', ({ phase }) => phase === 'Succeeded' || phase === 'Failed');
  const status = await waitForRun(
    stage,
    'retention has nothing left to delete',
    ({ phase, checkpoints }) =>
      phase === 'Succeeded' && (checkpoints?.newest.filter(({ kind }) => kind === 'Step').length ?? 0) <= 4,
  );
  const kept = status.checkpoints?.newest.map(({ kind, update }) => `${kind} ${update}`).join(', ');
  say(`${(status.totals.reclaimedBytes / 1e6).toFixed(1)} MB left the bucket; kept: ${kept}`);
  const { kubectl } = stage.cluster.controlPlane;
  console.log((await kubectl.run('get', 'ttsr', '-n', 'voice', '-o', 'wide')).trimEnd());
  for (const line of ledgerLines(status.attempts)) console.log(line);
  const { gpuSeconds, goodputPercent } = status.totals;
  say(
    `${gpuSeconds} GPU-seconds held; goodput ${goodputPercent} % of the time in which the run wanted to train`,
  );
  return status;
}

const ledgerLines = (attempts: readonly Ledger[]): readonly string[] =>
  attempts.toReversed().map(({ number, node, cause, resumedFrom, savedUpdate, lostUpdates }) => {
    const from = resumedFrom === undefined ? 'scratch' : `update ${resumedFrom.update}`;
    return `  attempt ${number} on ${node}: from ${from}, saved update ${savedUpdate}, ${cause}, ${lostUpdates ?? 0} updates lost`;
  });

async function prove(stage: Stage, status: Status): Promise<boolean> {
  chapter('The proof: the same training without Reprise has the same tensors');
  const directory = mkdtempSync(join(tmpdir(), 'reprise-demo-'));
  try {
    const file = join(directory, 'final.pt');
    await fetchObject(stage.cluster.objectServer, status.resumePoint?.key ?? '', file);
    const reference = await trainReference(readExample('quickstart.yaml'), join(directory, 'reference'));
    const [ours, theirs] = await Promise.all([digestOf(file), digestOf(reference)]);
    say(`with Reprise     ${ours.sha256} (${ours.tensors} tensors)`);
    say(`without Reprise  ${theirs.sha256} (${theirs.tensors} tensors)`);
    return ours.sha256 === theirs.sha256 && ours.tensors > 0;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Removes the cluster, or leaves it as `make cluster` would have made it. */
async function leave(cluster: LocalCluster, operator: OperatorProcess): Promise<void> {
  if (!keep) return cluster.stop();
  const state = writeState(cluster, operator);
  await cluster.keep();
  printUse(cluster.directory, state);
}

async function demo(): Promise<boolean> {
  const missing = await missingForNodes();
  if (missing !== undefined) {
    throw new Error(
      `this machine cannot run the demo: its nodes need ${missing}. make check and the unit tests run`,
    );
  }
  const { cluster, operator } = await setUp();
  try {
    const { namespace, name } = readExample('quickstart.yaml').metadata;
    const stage = { cluster, operator, watch: new RunWatch(cluster, namespace, name), told: '' };
    await train(stage);
    await evict(stage);
    const isProven = await prove(stage, await finish(stage));
    return isProven;
  } finally {
    await leave(cluster, operator);
  }
}

try {
  const isProven = await demo();
  console.log(isProven ? '\nDemo passed: every tensor is equal.' : '\nDemo FAILED: the tensors differ.');
  process.exitCode = isProven ? 0 : 1;
} catch (thrown) {
  console.error(`\nDemo FAILED: ${describeError(thrown)}`);
  process.exitCode = 1;
}
