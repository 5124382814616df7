// spec.suspend: the run's pod saves what it has and goes; nothing starts until suspend is false again.
import { expect, test } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import { littleToLoseSeconds } from '../../src/domain/run/suspension.ts';
import { eventually } from '../support/e2e/patience.ts';
import { expectFinalWeights } from '../support/e2e/proof.ts';
import { containerState, listPods } from '../support/e2e/run-view.ts';
import { applyTestedRun, entryOf } from '../support/e2e/tested-run.ts';
import { describeWith } from '../support/requirement.ts';

describeWith(await missingForNodes(), 'a suspended run', () => {
  test('saves once more, gives its GPU back and goes on where it was', async (context) => {
    // from its release on it trains long enough to be met
    const run = await applyTestedRun(context, {
      namespace: 'suspended',
      pace: { updates: 1000, updateSeconds: 0.2 },
      holdsAt: 45,
    });
    const pod = await run.untilHeld(45, 40);
    await run.hurry();
    const since = Date.parse(containerState(pod, 'trainer')?.running?.startedAt ?? '');
    await eventually({
      otherwise: 'the trainer did not become old enough to be waited for',
      check: async () =>
        Date.now() - since > littleToLoseSeconds * 1000 ? undefined : `it runs since ${since}`,
    });
    await run.patch({ spec: { suspend: true } });
    const waiting = await run.until('it waits for the next save', ({ conditions }) =>
      conditions.some(({ reason }) => reason === 'WaitingForSave'),
    );
    expect(waiting).toMatchObject({ phase: 'Running', resumePoint: { update: 40 } });
    await run.release(pod);
    expect(await run.untilEnded(1)).toMatchObject({ cause: 'Suspended' });
    await eventually({
      otherwise: 'the pod did not go',
      check: async () => ((await listPods(run)).length === 0 ? undefined : 'it is there'),
    });
    const suspended = await run.until('it says that it is suspended', ({ message }) =>
      message.includes('is suspended'),
    );
    expect(suspended).toMatchObject({ phase: 'Suspended', attempt: 1 });
    expect(suspended.message).toMatch(/update \d+ is saved; set spec\.suspend to false to go on$/);

    // a change that asks for nothing else starts nothing
    await run.patch({ spec: { restart: { maxFailures: 5 } } });
    const seen = suspended.observedGeneration + 1;
    const still = await run.until('the change is seen', (status) => status.observedGeneration === seen);
    expect(still).toMatchObject({ phase: 'Suspended', attempt: 1 });

    await run.patch({ spec: { suspend: false } });
    const done = await run.untilPhase('Succeeded');
    expect(done).toMatchObject({ attempt: 2, failures: 0, totals: { disruptions: 0, failures: 0 } });
    expect(entryOf(done, 2)?.resumedFrom).toMatchObject({ attempt: 1, update: still.resumePoint?.update });
    await expectFinalWeights(run, done);
  });
});
