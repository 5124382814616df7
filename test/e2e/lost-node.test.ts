// Nodes that go away for real: a kubelet that is stopped, a Node object that is deleted, a power cut. The next attempt runs while the old pod still
// stands, nothing waits for it, and what the zombie saves changes nothing.
import { expect, type TestContext, test } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import { cutPower } from '../../dev/node/power-cut.ts';
import { parseTime } from '../../src/domain/time.ts';
import type { Node, Pod } from '../../src/ports/kube-objects.ts';
import { listCheckpoints } from '../support/e2e/bucket.ts';
import { expectEnding } from '../support/e2e/ending.ts';
import { eventually } from '../support/e2e/patience.ts';
import { expectFinalWeights } from '../support/e2e/proof.ts';
import { containerState } from '../support/e2e/run-view.ts';
import { usePlace } from '../support/e2e/place.ts';
import { stage } from '../support/e2e/stage.ts';
import { applyTestedRun, entryOf, type TestedRun } from '../support/e2e/tested-run.ts';
import { describeWith } from '../support/requirement.ts';

usePlace('reserved nodes', 'alone');

const nodeLostAfterSeconds = 5;

const nodePath = (name: string): string => `/api/v1/nodes/${name}`;

async function untilReady(name: string, isWanted: boolean): Promise<Node> {
  let found: Node | undefined;
  await eventually({
    otherwise: `node ${name} is not ${isWanted ? 'Ready' : 'NotReady'}`,
    everyMillis: 200,
    check: async () => {
      found = await stage().api.find<Node>(nodePath(name));
      const status = found?.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
      return (status === 'True') === isWanted && status !== undefined ? undefined : `Ready is ${status}`;
    },
  });
  if (found === undefined) throw new Error('unreachable: it was found');
  return found;
}

/** Its GPU is a patch of its status that goes with the object. */
async function restoreNode(name: string): Promise<void> {
  const { api } = stage();
  const kubelet = stage().kubelet(name);
  await kubelet.stop();
  await kubelet.start();
  await eventually({
    otherwise: `node ${name} is not registered`,
    check: async () => ((await api.find(nodePath(name))) === undefined ? 'it is not there' : undefined),
  });
  const gpu = { 'nvidia.com/gpu': '1' };
  const body = { status: { capacity: gpu, allocatable: gpu } };
  await api.change({ method: 'PATCH', path: `${nodePath(name)}/status`, body });
  await untilReady(name, true);
}

type Namespace = 'gone-node' | 'rebooted';

const spec = { restart: { nodeLostAfterSeconds }, retention: { keepModelLast: 100 } };
const shared = { onReserved: true, spec } as const;

/** A run whose first attempt is met at update 45, with its node. */
async function holdOn(context: TestContext, namespace: Namespace) {
  const run = await applyTestedRun(context, { ...shared, namespace, holdsAt: 45 });
  const pod = await run.untilHeld(45, 40);
  return { run, node: pod.spec?.nodeName ?? '' };
}

async function expectAlone(run: TestedRun, zombie: Pod): Promise<void> {
  const second = await run.untilTraining(2);
  expect(second.spec?.nodeName).not.toBe(zombie.spec?.nodeName);
  expect((await run.pod(1))?.metadata.uid).toBe(zombie.metadata.uid);
}

describeWith(await missingForNodes(), 'a run', () => {
  test('whose node falls silent goes on elsewhere beside the zombie, which changes nothing', async (context) => {
    // it trains for longer than anything here takes, and the next attempt in no time
    const pace = { updates: 400, updateSeconds: 1, lastEvery: 2 };
    const run = await applyTestedRun(context, { ...shared, namespace: 'lost-node', pace });
    await run.untilSaved(4);
    await run.hurry();
    const pod = await run.untilTraining(1);
    const node = pod.spec?.nodeName ?? '';
    const kubelet = stage().kubelet(node);
    context.onTestFinished(async () => kubelet.start());
    await kubelet.stop();
    const silent = await untilReady(node, false);
    await expectEnding(run, { cause: 'NodeLost', message: /does not answer/, entry: { node } });
    await expectAlone(run, pod);
    const took = await secondsTo(run, silent);
    console.log(
      `  node NotReady to the next trainer: ${took.toFixed(1)} s, of which ${nodeLostAfterSeconds} s are asked for`,
    );
    await expectZombieSaves(run);
    await kubelet.start();
    await untilReady(node, true);
    const ended = await run.untilEnded(1);
    expect(ended).toMatchObject({ cause: 'NodeLost' });
    const done = await run.untilPhase('Succeeded');
    expect(done).toMatchObject({ attempt: 2, failures: 0, totals: { disruptions: 1, failures: 0 } });
    expect(done.resumePoint).toMatchObject({ attempt: 2, update: 400 });
    await expectFinalWeights(run, done);
  });

  test('whose Node is deleted goes on elsewhere', async (context) => {
    const { run, node } = await holdOn(context, 'gone-node');
    context.onTestFinished(async () => restoreNode(node));
    await stage().kubelet(node).stop();
    await stage().cli.run('delete', 'node', node);
    await expectEnding(run, { cause: 'NodeLost', message: /is gone/, entry: { node } });
    const second = await run.untilTraining(2);
    expect(second.spec?.nodeName).not.toBe(node);
    const done = await run.untilPhase('Succeeded');
    expect(done).toMatchObject({ attempt: 2, failures: 0, totals: { disruptions: 1, failures: 0 } });
    await expectFinalWeights(run, done);
  });

  test('whose node is rebooted goes on', async (context) => {
    const { run, node } = await holdOn(context, 'rebooted');
    const servers = [stage().kubelet(node), stage().containerd(node)];
    context.onTestFinished(async () => {
      for (const server of servers.toReversed()) await server.start();
    });
    for (const server of servers) await server.kill();
    await cutPower(stage().directory, node);
    for (const server of servers.toReversed()) await server.start();
    await expectEnding(run, {
      cause: 'NodeRestarted',
      message: /its node restarted and lost the exit code/,
      entry: { node },
    });
    const done = await run.untilPhase('Succeeded');
    expect(done).toMatchObject({ attempt: 2, failures: 0, totals: { disruptions: 1, failures: 0 } });
    expect(entryOf(done, 2)?.resumedFrom?.attempt).toBe(1);
    await expectFinalWeights(run, done);
  });
});

/** From the node's being NotReady to the start of attempt 2's trainer, by the cluster's clock. */
async function secondsTo(run: TestedRun, silent: Node): Promise<number> {
  const ready = silent.status?.conditions?.find(({ type }) => type === 'Ready');
  const pod = await run.untilTraining(2);
  const trainer = containerState(pod, 'trainer');
  const started = trainer?.running?.startedAt ?? trainer?.terminated?.startedAt;
  return (timeOf(started) - timeOf(ready?.lastTransitionTime)) / 1000;
}

const timeOf = (text: string | undefined): number => parseTime(text ?? '') ?? Number.NaN;

/** The zombie goes on saving, into its own folder; what the run resumes from is not its. */
async function expectZombieSaves(run: TestedRun): Promise<void> {
  const newestOf = async (attempt: number): Promise<number> => {
    const checkpoints = await listCheckpoints(run);
    const own = checkpoints.filter((checkpoint) => checkpoint.attempt.number === attempt);
    return Math.max(0, ...own.map(({ update }) => update));
  };
  const before = await newestOf(1);
  await eventually({
    otherwise: 'the zombie saves nothing more',
    check: async () => ((await newestOf(1)) > before ? undefined : 'it has not saved yet'),
  });
  const status = await run.until('attempt 2 has saved', ({ resumePoint }) => resumePoint?.attempt === 2);
  const { update = Infinity } = entryOf(status, 2)?.resumedFrom ?? {};
  expect(update).toBeLessThan(await newestOf(1));
}
