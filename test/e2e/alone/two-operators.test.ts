// Two operators take turns by their Lease: the one that leads is killed, and the next one stopped in the middle of its work, while pods are
// evicted. The other goes on each time, no number is used twice, and the one that wakes up again writes nothing.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type TestContext } from 'vitest';
import { missingForNodes } from '../../../dev/cluster/machine.ts';
import { waitUntil } from '../../../dev/progress/polling.ts';
import type { RunStatus } from '../../../src/domain/run/status.ts';
import { AttemptAudit, expectSingle } from '../../support/e2e/attempt-audit.ts';
import { leader, untilAnotherLeads } from '../../support/e2e/leader.ts';
import { expectFinalWeights } from '../../support/e2e/proof.ts';
import { stage } from '../../support/e2e/stage.ts';
import { makeTestedRun, type TestedRun } from '../../support/e2e/tested-run.ts';
import { describeWith } from '../../support/requirement.ts';

/** Its own figures: how often it wrote a status, and whether it leads. */
async function figuresOfSecond(): Promise<{ readonly writes: number; readonly leads: boolean }> {
  const response = await fetch(`${stage().secondOperatorUrl}/metrics`);
  const text = await response.text();
  const writes = [...text.matchAll(/^reprise_status_writes_total\{kind="(?:Facts|Progress)"\} (\d+)$/gm)];
  return {
    writes: writes.reduce((sum, [, count]) => sum + Number(count), 0),
    leads: /^reprise_leader 1$/m.test(text),
  };
}

const secondLog = (): string => readFileSync(join(stage().directory, 'logs', 'operator-2.log'), 'utf8');

async function waitForSecondToStandBy(): Promise<void> {
  await waitUntil({
    otherwise: 'the operator that was stopped does not say that it leads no more',
    withinSeconds: 30,
    check: async () => (secondLog().includes('does not lead any more') ? undefined : 'it has not said so'),
  });
}

/** Evicts the pod of the attempt that trains, without which the next leader would have nothing to do. */
async function evictWhen(run: TestedRun, attempt: number): Promise<void> {
  const pod = await run.pod(attempt);
  if (pod !== undefined) await run.evict(pod);
}

const trains =
  (attempt: number) =>
  ({ phase, attempt: current, resumePoint }: RunStatus): boolean =>
    phase === 'Running' && current === attempt && resumePoint?.attempt === attempt;

function leaveOneOperator(context: TestContext): void {
  context.onTestFinished(async () => {
    const { operator, secondOperator } = stage();
    await secondOperator.stop();
    await operator.start();
  });
}

describeWith(await missingForNodes(), 'two operators', () => {
  test('take turns when one is killed or stopped, and lose nothing', async (context) => {
    const { operator, secondOperator } = stage();
    leaveOneOperator(context);
    await using audit = await AttemptAudit.begin('two-operators');
    const run = makeTestedRun(context, {
      namespace: 'two-operators',
      pace: { updates: 700, updateSeconds: 0.1, lastEvery: 5 },
      spec: { retention: { keepNewest: 1, minAgeSeconds: 0 } },
    });
    const first = await leader();
    expect(first).toMatch(/^operator_/);
    await secondOperator.start();
    await run.apply();
    await run.until('attempt 1 trains and has saved', trains(1));

    await operator.kill();
    await evictWhen(run, 1);
    const second = await untilAnotherLeads(first);
    expect(second).toMatch(/^operator-2_/);
    await run.until('attempt 2 trains and has saved', trains(2));
    expect(await figuresOfSecond()).toMatchObject({ leads: true });

    await operator.start();
    const { length } = secondLog();
    expect(secondLog().slice(0, length)).not.toContain('does not lead any more');
    const pid = secondOperator.pid();
    process.kill(pid, 'SIGSTOP');
    try {
      await evictWhen(run, 2);
      expect(await untilAnotherLeads(second)).toMatch(/^operator_/);
      await run.until('attempt 3 trains and has saved', trains(3));
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await waitForSecondToStandBy();
    const { writes } = await figuresOfSecond();

    const done = await run.untilPhase('Succeeded');
    expect(await figuresOfSecond()).toEqual({ writes, leads: false });
    expect(done).toMatchObject({ attempt: 3, failures: 0 });
    expect(await expectSingle(audit, run)).toEqual([1, 2, 3]);
    await expectFinalWeights(run, done);
  });
});
