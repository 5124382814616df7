// Pods and Jobs that others take away or change: a deleted pod, a deleted Job, GPUs changed in mid-training. Each time what was trained is
// saved first, the next attempt goes on from it at once, and in the end the weights are those of an undisturbed training.
import { test } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import { expectCondition, expectEnding, expectFlushed } from '../support/e2e/ending.ts';
import { stage } from '../support/e2e/stage.ts';
import { applyTestedRun } from '../support/e2e/tested-run.ts';
import { describeWith } from '../support/requirement.ts';

/** It is met at update 65; 60 was saved last, and need not be in the bucket before it is flushed. */
const held = { holdsAt: 65, spec: { sync: { modelLastEverySeconds: 3600 } } } as const;

describeWith(await missingForNodes(), 'a run', () => {
  test.concurrent('whose pod is deleted goes on', async (context) => {
    const run = await applyTestedRun(context, { ...held, namespace: 'deleted-pod' });
    const first = await run.untilHeld(65, 50);
    await stage().cli.run('delete', 'pod', '-n', run.namespace, first.metadata.name);
    await expectEnding(run, { cause: 'PodDeleted', message: /its pod .*was deleted/ });
    await expectFlushed(run, first, 60);
  });

  test.concurrent('whose Job is deleted saves what it has and goes on at once', async (context) => {
    const run = await applyTestedRun(context, { ...held, namespace: 'deleted-job' });
    const first = await run.untilHeld(65, 50);
    await stage().cli.run('delete', 'job', '-n', run.namespace, `${run.name}-1`, '--wait=false');
    await expectEnding(run, { cause: 'PodDeleted', message: /its pod .*was deleted/ });
    await expectFlushed(run, first, 60);
  });

  test.concurrent('that is to go on with other GPUs waits for a word', async (context) => {
    const run = await applyTestedRun(context, { ...held, namespace: 'drifted' });
    const first = await run.untilHeld(65, 50);
    await run.patch({ spec: { trainer: { resources: { limits: null } } } });
    await run.evict(first);
    await expectEnding(run, { cause: 'Evicted', message: /EvictionByEvictionAPI/ });
    await expectCondition(run, {
      type: 'Stalled',
      reason: 'WorldSizeChanged',
      message: /was trained on 1 GPU and the run now asks for 0 GPUs.*restart\.acceptWorldSize: 0/,
    });
    await run.patch({ spec: { restart: { acceptWorldSize: 0 } } });
    await expectFlushed(run, first, 60);
  });
});
