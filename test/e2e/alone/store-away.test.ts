// The S3 server goes away in mid-training and comes back: training goes on, nothing restarts, and everything arrives afterwards.
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { missingForNodes } from '../../../dev/cluster/machine.ts';
import { runs } from '../../support/counts.ts';
import { expectFinalWeights } from '../../support/e2e/proof.ts';
import { stage } from '../../support/e2e/stage.ts';
import { applyTestedRun, type TestedRun } from '../../support/e2e/tested-run.ts';
import { describeWith } from '../../support/requirement.ts';

const outageSeconds = runs(20, 60);
const pace = { updates: 400, updateSeconds: 0.05 };

async function expectUndisturbed(run: TestedRun): Promise<void> {
  const done = await run.untilPhase('Succeeded');
  expect(done).toMatchObject({ attempt: 1, failures: 0, totals: { disruptions: 0, lostUpdates: 0 } });
  await expectFinalWeights(run, done);
}

describeWith(await missingForNodes(), 'the S3 server away', () => {
  test(`for ${outageSeconds} s delays saves, and nothing else`, async (context) => {
    const { objectServer } = stage();
    context.onTestFinished(() => objectServer.start());
    const shared = { namespace: 'store-away', gpu: false } as const;
    const lasting = await applyTestedRun(context, {
      ...shared,
      name: 'lasting',
      pace,
      holdsAt: 345,
    });
    // its trainer ends while nothing can be saved: the flush waits
    const ending = await applyTestedRun(context, {
      ...shared,
      name: 'ending',
      pace: { ...pace, updates: 100 },
      holdsAt: 45,
    });
    const [pod] = await Promise.all([ending.untilHeld(45, 40), lasting.untilSaved(20)]);
    await objectServer.stop();
    await ending.release(pod);
    const back = delay(outageSeconds * 1000);
    const away = await lasting.until('its message tells of the trouble', ({ message }) =>
      message.includes('reached the store'),
    );
    expect(away).toMatchObject({ phase: 'Running', attempt: 1 });
    const trained = await lasting.untilSaid(1, 'update=345]');
    await ending.untilSaid(1, 'update=100]');
    await back;
    await objectServer.start();
    await lasting.release(trained);
    await Promise.all([expectUndisturbed(lasting), expectUndisturbed(ending)]);
  });
});
