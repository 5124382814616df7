// The main job without any disturbance: a run trains to its end, and in the bucket stays what its retention keeps.
import { expect, test } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import { segmentNames } from '../../src/domain/run/segments.ts';
import { listCheckpoints } from '../support/e2e/bucket.ts';
import { eventually } from '../support/e2e/patience.ts';
import { expectFinalWeights } from '../support/e2e/proof.ts';
import { stage } from '../support/e2e/stage.ts';
import { applyTestedRun } from '../support/e2e/tested-run.ts';
import { describeWith } from '../support/requirement.ts';

describeWith(await missingForNodes(), 'a fresh run', () => {
  test('trains to Succeeded and leaves what its retention keeps', async (context) => {
    const retention = { keepModelLast: 2, keepNewest: 2, keepEvery: 100, minAgeSeconds: 0 };
    const run = await applyTestedRun(context, {
      namespace: 'fresh',
      pace: { updates: 200 },
      holdsAt: 95,
      spec: { retention },
    });
    const pod = await run.untilHeld(95, 90);
    const running = await run.until(
      'its progress is told',
      ({ progress }) => progress?.plannedUpdates === 200,
    );
    // what is unsaved is not told by a pass whose look at the agent got no answer
    expect(running.message).toMatch(
      /^attempt 1 on gpu-\d, from scratch(?:; at least \d+ updates unsaved|; no unsaved update is seen)?$/,
    );
    await run.release(pod);

    const done = await run.untilPhase('Succeeded');
    expect(done).toMatchObject({
      attempt: 1,
      failures: 0,
      resumePoint: { attempt: 1, update: 200, kind: 'Last' },
      attempts: [{ number: 1, cause: 'Succeeded', exitCode: 0, savedUpdate: 200, lostUpdates: 0 }],
    });
    await expectFinalWeights(run, done);
    const [first] = done.attempts;
    expect(first).toMatchObject({ gpus: 1, firstUpdateAt: expect.any(String) });
    // Nothing was interrupted before it, so nothing had to be made anew.
    expect(Object.keys(first?.segments ?? {}).toSorted()).toEqual(
      segmentNames.filter((name) => name !== 'create').toSorted(),
    );
    expect(done.totals.gpuSeconds).toBeGreaterThanOrEqual(first?.trainedSeconds ?? Infinity);
    expect(done.totals.goodputPercent).toBeGreaterThan(0);

    // 25 to 200 by 25 were saved: the two newest and the first at or after each multiple of 100 stay
    await eventually({
      otherwise: 'retention did not come to its end',
      everyMillis: 500,
      async check() {
        const steps = (await listCheckpoints(run)).filter(({ kind }) => kind === 'Step');
        const left = steps
          .map(({ update }) => update)
          .toSorted((a, b) => a - b)
          .join();
        return left === '100,175,200' ? undefined : `the steps in the bucket are ${left}`;
      },
    });
    const lasts = (await listCheckpoints(run)).filter(({ kind }) => kind === 'Last');
    expect(lasts.map(({ update }) => update)).toContain(200);
    const { totals } = await run.until(
      'what was reclaimed is told',
      ({ totals: { reclaimedBytes } }) => reclaimedBytes >= 4_000_000,
    );
    expect(totals).toMatchObject({ attempts: 1, disruptions: 0, failures: 0, lostUpdates: 0 });
    const table = await stage().cli.run('get', 'ttsr', '-n', 'fresh');
    expect(table).toMatch(/^NAME +PHASE +UPDATE .*\nrun +Succeeded +200 /);
  });
});
