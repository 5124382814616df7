// Pods and Jobs that others take away or change: a deleted Job, a preemption by a higher priority, GPUs changed in mid-training.
import { expect, type TestContext, test } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import type { Pod } from '../../src/ports/kube-objects.ts';
import { expectCondition, expectEnding } from '../support/e2e/ending.ts';
import { expectFinalWeights } from '../support/e2e/proof.ts';
import { stage } from '../support/e2e/stage.ts';
import { applyTestedRun, entryOf, type TestedRun } from '../support/e2e/tested-run.ts';
import { describeWith } from '../support/requirement.ts';

/** Attempt 1 was disrupted and attempt 2 goes on to the end from what it saved. */
async function expectResumed(run: TestedRun): Promise<void> {
  const done = await run.untilPhase('Succeeded');
  expect(done).toMatchObject({ attempt: 2, failures: 0, totals: { disruptions: 1, failures: 0 } });
  expect(entryOf(done, 2)?.resumedFrom?.update).toBe(entryOf(done, 1)?.savedUpdate);
  await expectFinalWeights(run, done);
}

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

/** Wants the GPU of the pod's node, and must have it. */
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
  test('whose Job is deleted saves what it has and goes on at once', async (context) => {
    const run = await applyTestedRun(context, { namespace: 'deleted-job', pace: { updates: 200 } });
    await run.untilSaved(30);
    await stage().cli.run('delete', 'job', '-n', run.namespace, `${run.name}-1`, '--wait=false');
    await expectEnding(run, { cause: 'PodDeleted', message: /its pod .*was deleted/ });
    await expectResumed(run);
  });

  test('whose GPU a more important pod takes goes on at another', async (context) => {
    await makePriorities(context);
    const run = await applyTestedRun(context, {
      namespace: 'preempted',
      pace: { updates: 200 },
      spec: { podTemplate: { spec: { priorityClassName: 'e2e-low', terminationGracePeriodSeconds: 60 } } },
    });
    await run.untilSaved(30);
    const pod = await run.untilTraining(1);
    await takeGpuOf(context, run, pod);
    await expectEnding(run, { cause: 'Preempted', message: /PreemptionByScheduler/ });
    expect((await run.untilTraining(2)).spec?.nodeName).not.toBe(pod.spec?.nodeName);
    await expectResumed(run);
  });

  test('that is to go on with other GPUs waits for a word', async (context) => {
    const run = await applyTestedRun(context, { namespace: 'drifted', pace: { updates: 200 } });
    await run.untilSaved(30);
    await run.patch({ spec: { trainer: { resources: { limits: null } } } });
    await run.evict(await run.untilTraining(1));
    await expectEnding(run, { cause: 'Evicted', message: /EvictionByEvictionAPI/ });
    await expectCondition(run, {
      type: 'Stalled',
      reason: 'WorldSizeChanged',
      message: /was trained on 1 GPU and the run now asks for 0 GPUs.*restart\.acceptWorldSize: 0/,
    });
    await run.patch({ spec: { restart: { acceptWorldSize: 0 } } });
    await expectResumed(run);
  });
});
