// spec.initializeFrom on the real cluster: a run that starts with another's weights, counts from 0, is evicted, and ends with the
// weights that the same warm start comes to without Reprise.
import { expect, test } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import { expectWarmWeights } from '../support/e2e/proof.ts';
import { applyTestedRun, entryOf, makeTestedRun } from '../support/e2e/tested-run.ts';
import { describeWith } from '../support/requirement.ts';

const updates = 100;

describeWith(await missingForNodes(), 'a warm start', () => {
  test('waits for its source, takes its weights, and goes on from its own checkpoints after an eviction', async (context) => {
    const spec = { initializeFrom: { run: 'base', update: 50, mode: 'WarmStart' } };
    const warm = await applyTestedRun(context, { namespace: 'warm', pace: { updates }, holdsAt: 35, spec });
    const waiting = await warm.untilPhase('Stalled');
    expect(waiting.message).toContain('no run has ever started below');

    const base = makeTestedRun(context, { namespace: 'warm', name: 'base', pace: { updates: 60 } });
    await base.apply();
    const pod = await warm.untilSaid(1, 'Loaded model_0.safetensors at update 0');
    await warm.untilHeld(35, 30);
    const running = await warm.untilPhase('Running');
    const initializedFrom = entryOf(running, 1)?.initializedFrom;
    expect(initializedFrom).toMatchObject({ update: 50, mode: 'WarmStart' });

    await warm.evict(pod);
    const done = await warm.untilPhase('Succeeded');
    expect(entryOf(done, 2)?.resumedFrom).toMatchObject({ attempt: 1 });
    expect(done.resumePoint).toMatchObject({ attempt: 2, update: updates });
    await expectWarmWeights(done, { source: initializedFrom?.key ?? '', updates });
  });
});
