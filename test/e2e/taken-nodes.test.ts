// Nodes and GPUs that the cluster's people take away from a run: a drain, and a pod that is more important.
import { expect, type TestContext, test } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import type { Pod } from '../../src/ports/kube-objects.ts';
import { expectEnding, expectFlushed } from '../support/e2e/ending.ts';
import { patienceSeconds } from '../support/e2e/patience.ts';
import { usePlace } from '../support/e2e/place.ts';
import { stage } from '../support/e2e/stage.ts';
import { applyTestedRun, type TestedRun } from '../support/e2e/tested-run.ts';
import { graceSeconds, reservedPlace } from '../support/e2e/training-run.ts';
import { describeWith } from '../support/requirement.ts';

usePlace('reserved nodes', 'alone');

/** It is met at update 65; 60 was saved last, and need not be in the bucket before it is flushed. */
const held = { holdsAt: 65, onReserved: true } as const;
const rarely = { sync: { modelLastEverySeconds: 3600 } } as const;

const priorities = ['e2e-low', 'e2e-high'] as const;

async function makePriorities(context: TestContext): Promise<void> {
  const { cli } = stage();
  await cli.apply(
    ...priorities.map((name, index) => ({
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name },
      value: index,
    })),
  );
  context.onTestFinished(async () => void (await cli.run('delete', 'priorityclass', ...priorities)));
}

/** Wants the only GPU of the pod's node, and must have it. */
async function takeGpuOf(context: TestContext, run: TestedRun, { spec }: Pod): Promise<void> {
  const { cli } = stage();
  const name = 'important';
  await cli.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: run.namespace },
    spec: {
      priorityClassName: 'e2e-high',
      nodeSelector: { 'kubernetes.io/hostname': spec?.nodeName ?? '' },
      tolerations: [{ operator: 'Exists' }],
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'it',
          image: 'reprise.local/tiny-trainer:dev',
          imagePullPolicy: 'Never',
          command: ['python3', '-c', 'import time; time.sleep(600)'],
          resources: { limits: { 'nvidia.com/gpu': '1' } },
        },
      ],
    },
  });
  context.onTestFinished(
    async () => void (await cli.run('delete', 'pod', '-n', run.namespace, name, '--ignore-not-found')),
  );
}

describeWith(await missingForNodes(), 'a run', () => {
  test('goes on elsewhere after a drain, which ends as soon as everything is saved', async (context) => {
    const run = await applyTestedRun(context, { ...held, spec: rarely, namespace: 'drained' });
    const first = await run.untilHeld(65, 50);
    const node = first.spec?.nodeName ?? '';
    const { cli } = stage();
    context.onTestFinished(async () => void (await cli.run('uncordon', node)));
    const started = performance.now();
    const within = `--timeout=${patienceSeconds}s`;
    await cli.run('drain', node, '--ignore-daemonsets', '--delete-emptydir-data', within);
    const seconds = (performance.now() - started) / 1000;
    console.log(`  the drain took ${seconds.toFixed(1)} s; the grace is ${graceSeconds} s`);
    await expectEnding(run, { cause: 'Evicted', message: /EvictionByEvictionAPI/, entry: { node } });
    expect((await run.untilTraining(2)).spec?.nodeName).not.toBe(node);
    await expectFlushed(run, first, 60);
  });

  test('whose GPU a more important pod takes goes on at another', async (context) => {
    await makePriorities(context);
    const run = await applyTestedRun(context, {
      ...held,
      namespace: 'preempted',
      spec: { ...rarely, podTemplate: { spec: { ...reservedPlace, priorityClassName: 'e2e-low' } } },
    });
    const first = await run.untilHeld(65, 50);
    await takeGpuOf(context, run, first);
    await expectEnding(run, { cause: 'Preempted', message: /PreemptionByScheduler/ });
    expect((await run.untilTraining(2)).spec?.nodeName).not.toBe(first.spec?.nodeName);
    await expectFlushed(run, first, 60);
  });
});
