// The commands that tell a run what to do, as a person gives them, on the real cluster: each comes to what it says, and the training
// that results is the training.
import { expect, test } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import { fromSources, type ProcessEnd, runProcess } from '../support/cli-stage.ts';
import { expectFinalWeights, expectWarmWeights } from '../support/e2e/proof.ts';
import { stage } from '../support/e2e/stage.ts';
import { applyTestedRun, entryOf, makeTestedRun } from '../support/e2e/tested-run.ts';
import { describeWith } from '../support/requirement.ts';

const namespace = 'told';

const reprise = (...args: readonly string[]): Promise<ProcessEnd> =>
  runProcess(fromSources(...args, '-n', namespace, '--kubeconfig', stage().kubeconfig), {
    env: { HOME: '/nowhere' },
  });

const waiting = ['--wait', '--timeout', '10m'] as const;

describeWith(await missingForNodes(), 'a run that is told what to do', () => {
  test('stands still, goes on, goes back and is forked', async (context) => {
    const run = await applyTestedRun(context, { namespace, gpu: false, holdsAt: 65 });
    await run.untilHeld(65, 60);
    await run.untilStepsStored([25, 50]);

    expect(await reprise('retry', 'run')).toMatchObject({
      code: 0,
      out: expect.stringContaining('run has nothing to retry: it is Running') as string,
    });
    expect(await reprise('suspend', 'run', '--now', ...waiting)).toMatchObject({
      code: 0,
      out: 'run is suspended.\n',
    });
    const suspended = await run.until('it is suspended', ({ phase }) => phase === 'Suspended');
    expect(entryOf(suspended, 1)).toMatchObject({
      cause: 'Suspended',
      endedAt: expect.any(String) as string,
    });

    await run.hold(105, 2);
    expect(await reprise('resume', 'run', ...waiting)).toMatchObject({ code: 0, out: 'run is training.\n' });
    await run.untilHeld(105, 100, 2);

    const refused = await reprise('rollback', 'run', '--to', '33');
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toMatch(
      /has no checkpoint of update 33 on the lineage\. Saved on the lineage: .*25, .*50/,
    );
    const back = await reprise('rollback', 'run', '--to', '25');
    expect(back).toMatchObject({ code: 0, err: '' });
    expect(back.out).toContain('now          attempt 2 is ended');
    await run.untilSaid(3, 'Loaded model_last.pt at update 25');

    const copy = makeTestedRun(context, { namespace, name: 'copy' });
    expect(await reprise('fork', 'run', 'copy', '--from', '25', '--warm-start')).toMatchObject({
      code: 0,
      out: 'copy is created: it starts with the EMA weights of update 25 of run (attempt 1, Step).\n',
    });
    await copy.untilSaid(1, 'Loaded model_0.safetensors at update 0');
    const copied = await copy.untilPhase('Succeeded');
    const initializedFrom = entryOf(copied, 1)?.initializedFrom;
    expect(initializedFrom).toMatchObject({ update: 25, mode: 'WarmStart' });
    await expectWarmWeights(copied, { source: initializedFrom?.key ?? '', updates: 150 });

    const done = await run.untilPhase('Succeeded');
    expect(entryOf(done, 2)).toMatchObject({ cause: 'RolledBack' });
    expect(entryOf(done, 3)).toMatchObject({ resumedFrom: { attempt: 1, update: 25 } });
    expect(done).toMatchObject({ failures: 0, totals: { failures: 0, disruptions: 0 } });
    await expectFinalWeights(run, done);
    expect(await reprise('rollback', 'run', '--to', '25')).toMatchObject({ code: 1 });
  });
});
