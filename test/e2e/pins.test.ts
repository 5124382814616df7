// A checkpoint that is pinned by the command line stays through retention and the deletion of its run, until it is unpinned.
import { expect, test } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import { fromSources, type ProcessEnd, runProcess } from '../support/cli-stage.ts';
import { listKeys } from '../support/e2e/bucket.ts';
import { eventually } from '../support/e2e/patience.ts';
import { findRun, type RunName } from '../support/e2e/run-view.ts';
import { stage } from '../support/e2e/stage.ts';
import { applyTestedRun } from '../support/e2e/tested-run.ts';
import { describeWith } from '../support/requirement.ts';

const namespace = 'pinned';

const reprise = (...args: readonly string[]): Promise<ProcessEnd> =>
  runProcess(fromSources(...args, '-n', namespace, '--kubeconfig', stage().kubeconfig), {
    env: { HOME: '/nowhere' },
  });

/** Names without the pods'. */
const namesOf = async (run: RunName): Promise<readonly string[]> =>
  (await listKeys(run)).map((key) => key.replace(/^attempts\/(\d+)-[0-9a-f]{8}\//, '$1/'));

const untilLeft = async (
  run: RunName,
  isKnown: (name: string) => boolean,
  wanted: readonly string[],
): Promise<void> =>
  eventually({
    otherwise: `what is left is not ${wanted.join(' ')}`,
    everyMillis: 300,
    check: async () => {
      const left = (await namesOf(run)).filter(isKnown);
      return left.join(' ') === wanted.join(' ') ? undefined : `it is ${left.join(' ')}`;
    },
  });

const isStep = (name: string): boolean => name.includes('/steps/');

describeWith(await missingForNodes(), 'a pinned checkpoint', () => {
  test('stays when rules and the deletion of its run take the rest, and goes once it is unpinned', async (context) => {
    const spec = { deletionPolicy: 'Delete' };
    // a pin holds all that there is at its update: no Last is saved at those that are pinned
    const pace = { updates: 150, lastEvery: 40 };
    const run = await applyTestedRun(context, { namespace, spec, pace });
    await run.untilPhase('Succeeded');

    expect(await reprise('pin', 'run@50', '--reason', 'demo voice')).toMatchObject({
      code: 0,
      out: expect.stringContaining('run@50 of attempt 1 (Step') as string,
      err: '',
    });
    expect(await reprise('pin', 'run@75', '--reason', 'for a while', '--until', '30d')).toMatchObject({
      code: 0,
    });
    await run.patch({ spec: { retention: { keepNewest: 1, minAgeSeconds: 0 } } });
    await untilLeft(run, isStep, [
      '0001/steps/model_150.pt',
      '0001/steps/model_50.pt',
      '0001/steps/model_75.pt',
    ]);
    await untilLeft(run, (name) => name.startsWith('pins/'), ['pins/0001-50.json', 'pins/0001-75.json']);

    expect(await reprise('unpin', 'run@75')).toMatchObject({ code: 0, err: '' });
    await untilLeft(run, isStep, ['0001/steps/model_150.pt', '0001/steps/model_50.pt']);

    await run.delete();
    await eventually({
      otherwise: 'the run was not deleted',
      check: async () => ((await findRun(run)) === undefined ? undefined : 'it is there'),
    });
    await untilLeft(run, (name) => !name.startsWith('deletions/'), [
      '0001/attempt.json',
      '0001/end.json',
      '0001/steps/model_50.pt',
      'pins/0001-50.json',
      'run.json',
    ]);

    const ended = await reprise('unpin', 'run@50', '-o', 'json');
    expect(ended).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(ended.out)).toMatchObject({ removed: [{ attempt: 1, heldBy: 'Bucket' }] });
    await untilLeft(run, () => true, []);
  });
});
