// Ends after which not everything was saved: the store refuses what a pod would flush, or the pod is gone before it could. Each is told,
// the next attempt goes on from what is in the bucket, and what is made twice is what status says was lost.
import { expect, test } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import { expectEnding } from '../support/e2e/ending.ts';
import { markAsShutDown } from '../support/e2e/kubelet-mark.ts';
import { killPodProcess, signalPodProcess } from '../support/e2e/pod-process.ts';
import { expectFinalWeights } from '../support/e2e/proof.ts';
import { refuseSaves } from '../support/e2e/refusal.ts';
import { stage } from '../support/e2e/stage.ts';
import { applyTestedRun, entryOf, type TestedRun } from '../support/e2e/tested-run.ts';
import { graceSeconds } from '../support/e2e/training-run.ts';
import { UpdateRecord } from '../support/e2e/update-record.ts';
import { describeWith } from '../support/requirement.ts';

const sync = ['agent.mjs', 'sync'];

/** It is met at update 65; 50 is in the bucket, and 60 on disk alone. */
const held = { gpu: false, holdsAt: 65 } as const;

const specOf = (terminationGracePeriodSeconds: number) => ({
  sync: { modelLastEverySeconds: 3600 },
  podTemplate: { spec: { terminationGracePeriodSeconds } },
});

const unflushed = [
  { how: 'for longer than its grace', namespace: 'ends-unflushed', grace: 5, isKilled: false },
  { how: 'until its sync is killed', namespace: 'ends-killed-flush', grace: graceSeconds, isKilled: true },
] as const;

/** The second attempt went on from what the first had saved, and ended as if nothing had been. */
async function expectGoneOn(run: TestedRun, { from, lost }: { from: number; lost: number }): Promise<void> {
  const done = await run.untilPhase('Succeeded');
  expect(done).toMatchObject({ attempt: 2, failures: 0, totals: { disruptions: 1, failures: 0 } });
  expect(entryOf(done, 1)).toMatchObject({ savedUpdate: from, lostUpdates: lost });
  expect(entryOf(done, 2)?.resumedFrom).toMatchObject({ attempt: 1, update: from });
  expect(done.totals.lostUpdates).toBe(lost);
  await expectFinalWeights(run, done);
}

describeWith(await missingForNodes(), 'a run', () => {
  for (const { how, namespace, grace, isKilled } of unflushed)
    test.concurrent(`whose trainer exits 0 while the store refuses its last saves ${how} trains the tail again`, async (context) => {
      const run = await applyTestedRun(context, { ...held, namespace, spec: specOf(grace) });
      const pod = await run.untilHeld(65, 50);
      await refuseSaves(context, run, 1);
      await run.release(pod);
      await run.until('the end of attempt 1 is decided', (status) => {
        // kubelet may start it again as long as it has not seen the trainer's end
        if (isKilled && status.message.includes('saves what is left')) killPodProcess(pod.metadata.uid, sync);
        return entryOf(status, 1)?.cause !== undefined;
      });
      await expectEnding(run, {
        cause: 'Unflushed',
        message: /the trainer finished, but its last checkpoint did not reach the bucket/,
        entry: { exitCode: 0 },
      });
      await expectGoneOn(run, { from: 50, lost: 100 });
    });

  test.concurrent('whose pod is deleted by force before its flush goes on from what it had saved', async (context) => {
    await using record = await UpdateRecord.begin();
    const run = await applyTestedRun(context, {
      ...held,
      namespace: 'ends-forced-away',
      spec: specOf(5),
      trainer: { command: record.command },
    });
    const pod = await run.untilHeld(65, 50);
    await run.until('update 65 is seen', ({ progress }) => progress?.update === 65);
    await refuseSaves(context, run, 1);
    const force = ['--grace-period=0', '--force'];
    await stage().cli.run('delete', 'pod', '-n', run.namespace, pod.metadata.name, ...force);
    await expectEnding(run, { cause: 'PodDeleted', message: /its pod .*(?:was deleted|is gone)/ });
    await expectGoneOn(run, { from: 50, lost: 15 });
    expect(record.updates().length - 150).toBe(15);
  });

  test.concurrent('whose node is shut down has saved everything before', async (context) => {
    const run = await applyTestedRun(context, {
      ...held,
      namespace: 'ends-shut-down',
      spec: specOf(graceSeconds),
    });
    const pod = await run.untilHeld(65, 50);
    await markAsShutDown(pod);
    signalPodProcess(pod.metadata.uid, ['/trainer/train.py'], 'SIGTERM');
    await expectEnding(run, {
      cause: 'NodeShutdown',
      message: /TerminationByKubelet/,
      entry: { exitCode: 143 },
    });
    await expectGoneOn(run, { from: 60, lost: 5 });
  });
});
