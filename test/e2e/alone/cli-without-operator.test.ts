// While no operator runs, the command line says what is due and that nobody does it, by reading alone.
import { expect, test } from 'vitest';
import { missingForNodes } from '../../../dev/cluster/machine.ts';
import { fromSources, runProcess } from '../../support/cli-stage.ts';
import { stage } from '../../support/e2e/stage.ts';
import { applyTestedRun, type TestedRun } from '../../support/e2e/tested-run.ts';
import { describeWith } from '../../support/requirement.ts';

async function why({ namespace, name }: TestedRun): Promise<unknown> {
  const line = fromSources('why', name, '-n', namespace, '--kubeconfig', stage().kubeconfig, '-o', 'json');
  const { code, out, err } = await runProcess(line, { env: { HOME: '/nowhere' } });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
}

describeWith(await missingForNodes(), 'kubectl reprise without any operator', () => {
  test('tells what nobody does, until somebody does it', async (context) => {
    const { operator } = stage();
    context.onTestFinished(() => operator.start());
    const run = await applyTestedRun(context, { namespace: 'left-alone', gpu: false, holdsAt: 45 });
    await run.untilHeld(45, 40);
    await operator.stop();
    await run.patch({ spec: { suspend: true, suspendMode: 'Now' } });
    expect(await why(run)).toMatchObject({
      idle: expect.stringMatching(
        /^Nobody has taken up the newest spec \(generation 2; status speaks of 1\)/,
      ),
      next: { actions: [{ do: 'DeleteJob', name: 'run-1' }] },
    });
    await operator.start();
    await run.untilPhase('Suspended');
    await run.untilEnded(1);
    expect(await why(run)).toMatchObject({ phase: 'Suspended', idle: null });
  });
});
