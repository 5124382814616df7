// spec.rollback on the real cluster: back to an earlier update and to nothing, and what is trained from there is what would
// have been trained without it.
import { expect, test } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import { attemptDocument } from '../../src/wire/attempt-document.ts';
import { listKeys, readText } from '../support/e2e/bucket.ts';
import { eventually } from '../support/e2e/patience.ts';
import { expectFinalWeights } from '../support/e2e/proof.ts';
import { findRun, type RunName } from '../support/e2e/run-view.ts';
import { applyTestedRun, entryOf } from '../support/e2e/tested-run.ts';
import { describeWith } from '../support/requirement.ts';

/** What the attempt told of its beginning. */
async function beginningOf(run: RunName, attempt: number): Promise<unknown> {
  const folder = `attempts/${String(attempt).padStart(4, '0')}-`;
  const key = (await listKeys(run)).find((name) => name.startsWith(folder) && name.endsWith('attempt.json'));
  return attemptDocument.parse(await readText(run, key ?? ''), key ?? '');
}

describeWith(await missingForNodes(), 'a rollback', () => {
  test.concurrent('of a run that trains goes back to the update, once, and the same training follows', async (context) => {
    const run = await applyTestedRun(context, { namespace: 'rolled-back', holdsAt: 65 });
    await run.untilHeld(65, 60);
    await run.untilStepsStored([25, 50]);
    await run.patch({ spec: { rollback: { update: 33, id: 'a' } } });
    const told = await run.until('it says what it cannot do', ({ message }) => message.includes('update 33'));
    expect(told).toMatchObject({ phase: 'Running', attempt: 1 });
    expect(told.message).toMatch(/Saved on the lineage: .*25, .*50/);

    await run.patch({ spec: { rollback: { update: 25, id: 'b' } } });
    await run.untilSaid(2, 'Loaded model_last.pt at update 25');
    expect(await beginningOf(run, 2)).toMatchObject({ rollback: 'b', resumedFrom: { update: 25 } });
    expect(await run.untilEnded(1)).toMatchObject({ cause: 'RolledBack' });

    const done = await run.untilPhase('Succeeded');
    expect(done).toMatchObject({ attempt: 2, failures: 0, totals: { failures: 0, disruptions: 0 } });
    expect(entryOf(done, 2)).toMatchObject({ rollback: 'b', resumedFrom: { attempt: 1, update: 25 } });
    await expectFinalWeights(run, done);
  });

  test.concurrent('to nothing starts a run anew, also over one of its name that succeeded', async (context) => {
    const run = await applyTestedRun(context, { namespace: 'started-anew', holdsAt: 35 });
    await run.untilHeld(35, 30);
    await run.patch({ spec: { rollback: { update: 0, id: '1' } } });
    await run.untilSaid(2, 'No checkpoint found, starting from update 0');
    const done = await run.untilPhase('Succeeded');
    expect(await beginningOf(run, 2)).toMatchObject({ rollback: '1', resumedFrom: null });
    await expectFinalWeights(run, done);

    await run.delete();
    await eventually({
      otherwise: 'the run was not deleted',
      check: async () => ((await findRun(run)) === undefined ? undefined : 'it is there'),
    });
    await run.apply();
    await run.until('its name is told to be in use', ({ message }) =>
      message.includes('spec.rollback: {update: 0, id: "2"}'),
    );
    await run.patch({ spec: { rollback: { update: 0, id: '2' } } });
    const again = await run.untilPhase('Succeeded');
    expect(again).toMatchObject({ attempt: 3, resumePoint: { attempt: 3, update: 150 } });
    await expectFinalWeights(run, again);
  });
});
