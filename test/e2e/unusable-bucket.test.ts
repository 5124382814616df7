// A bucket that is not as Reprise left it, found when the next attempt is to start: nothing starts from zero, the run says what is wrong,
// and putting it right is enough.
import { expect, test } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import { plant, readBytes, removeObject } from '../support/e2e/bucket.ts';
import { expectCondition } from '../support/e2e/ending.ts';
import { expectFinalWeights } from '../support/e2e/proof.ts';
import { applyTestedRun, type TestedRun } from '../support/e2e/tested-run.ts';
import { describeWith } from '../support/requirement.ts';

const shared = { gpu: false, pace: { updates: 60 }, holdsAt: 45 } as const;

async function expectRecovered(run: TestedRun): Promise<void> {
  const done = await run.untilPhase('Succeeded');
  expect(done).toMatchObject({ failures: 0, totals: { failures: 0 } });
  expect(done.attempts[0]?.resumedFrom).toMatchObject({ attempt: 1, update: 40 });
  await expectFinalWeights(run, done);
}

describeWith(await missingForNodes(), 'a run', () => {
  test.concurrent('whose run.json is gone waits until it is back', async (context) => {
    const run = await applyTestedRun(context, { ...shared, namespace: 'wrong-place' });
    const pod = await run.untilHeld(45, 40);
    const body = await readBytes(run, 'run.json');
    await removeObject(run, 'run.json');
    await run.evict(pod);
    const message = /run\.json is gone, though this run saved update 40.*put the objects back/;
    await expectCondition(run, { type: 'Stalled', reason: 'WrongPlace', message });
    await plant(run, { key: 'run.json', body });
    await expectRecovered(run);
  });
});
