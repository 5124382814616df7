// Somebody deletes the Job of an attempt while no operator looks: the one that comes next has neither Job nor pod to go by. It goes on
// from what the pod had flushed, uses no number twice and counts what was lost.
import { expect, test } from 'vitest';
import { missingForNodes } from '../../../dev/cluster/machine.ts';
import { AttemptAudit, expectSingle } from '../../support/e2e/attempt-audit.ts';
import { expectEnding, expectFlushed } from '../../support/e2e/ending.ts';
import { eventually } from '../../support/e2e/patience.ts';
import { stage } from '../../support/e2e/stage.ts';
import { applyTestedRun } from '../../support/e2e/tested-run.ts';
import { UpdateRecord } from '../../support/e2e/update-record.ts';
import { describeWith } from '../../support/requirement.ts';

describeWith(await missingForNodes(), 'a run', () => {
  test('whose Job is deleted between the death of an operator and the next look goes on under a new number', async (context) => {
    const { cli, operator } = stage();
    context.onTestFinished(() => operator.start());
    await using record = await UpdateRecord.begin();
    await using audit = await AttemptAudit.begin('ends-job-gone');
    const run = await applyTestedRun(context, {
      namespace: 'ends-job-gone',
      gpu: false,
      holdsAt: 65,
      spec: { sync: { modelLastEverySeconds: 3600 } },
      trainer: { command: record.command },
    });
    const pod = await run.untilHeld(65, 50);
    await run.until('update 65 is seen', ({ progress }) => progress?.update === 65);
    await operator.kill();
    await cli.run('delete', 'job', '-n', run.namespace, `${run.name}-1`);
    await eventually({
      otherwise: 'the pod of the Job did not go',
      check: async () => ((await run.pod(1)) === undefined ? undefined : 'it is there'),
    });
    await operator.start();
    await expectEnding(run, { cause: 'PodDeleted', message: /its pod is gone/ });
    await expectFlushed(run, pod, 60);
    expect(await expectSingle(audit, run)).toEqual([1, 2]);
    const made = record.updates().length - 150;
    expect(made).toBe(5);
    expect((await run.untilPhase('Succeeded')).totals.lostUpdates).toBe(made);
  });
});
