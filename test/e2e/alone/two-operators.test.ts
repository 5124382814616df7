// Two operators take turns by their Lease: the one that leads is killed, and the next one stopped in the middle of its work, while pods are
// evicted that hold until they are met. The other goes on each time, no number is used twice, and the one that wakes up again writes nothing.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type TestContext } from 'vitest';
import { missingForNodes } from '../../../dev/cluster/machine.ts';
import type { Pod } from '../../../src/ports/kube-objects.ts';
import { AttemptAudit, expectSingle } from '../../support/e2e/attempt-audit.ts';
import { leader, untilAnotherLeads } from '../../support/e2e/leader.ts';
import { eventually } from '../../support/e2e/patience.ts';
import { expectFinalWeights } from '../../support/e2e/proof.ts';
import { stage } from '../../support/e2e/stage.ts';
import { makeTestedRun } from '../../support/e2e/tested-run.ts';
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

const standsBy = 'does not lead any more';

async function waitForSecondToStandBy(): Promise<void> {
  await eventually({
    otherwise: 'the operator that was stopped does not say that it leads no more',
    check: async () => (secondLog().includes(standsBy) ? undefined : 'it has not said so'),
  });
}

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
      pace: { updates: 240, updateSeconds: 0.01, lastEvery: 5 },
      spec: { retention: { keepNewest: 1, minAgeSeconds: 0 } },
      holdsAt: 60,
    });
    const first = await leader();
    expect(first).toMatch(/^operator_/);
    await secondOperator.start();
    await run.apply();
    const held = await run.untilHeld(60, 55);
    await run.hold(120, 2);

    await operator.kill();
    await run.evict(held);
    const second = await untilAnotherLeads(first);
    expect(second).toMatch(/^operator-2_/);
    const heldAgain = await run.untilHeld(120, 115, 2);
    expect(await figuresOfSecond()).toMatchObject({ leads: true });
    await run.hold(180, 3);

    await operator.start();
    expect(secondLog()).not.toContain(standsBy);
    const pid = secondOperator.pid();
    let heldLast: Pod;
    process.kill(pid, 'SIGSTOP');
    try {
      await run.evict(heldAgain);
      expect(await untilAnotherLeads(second)).toMatch(/^operator_/);
      heldLast = await run.untilHeld(180, 175, 3);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await waitForSecondToStandBy();
    const { writes } = await figuresOfSecond();

    await run.release(heldLast);
    const done = await run.untilPhase('Succeeded');
    expect(await figuresOfSecond()).toEqual({ writes, leads: false });
    expect(done).toMatchObject({ attempt: 3, failures: 0 });
    expect(await expectSingle(audit, run)).toEqual([1, 2, 3]);
    await expectFinalWeights(run, done);
  });
});
