// A run with deletionPolicy Delete that is deleted while it trains: the object goes, its pods go, and then everything that it saved.
import { expect, test } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import { finalizer } from '../../src/api/names.ts';
import { listCheckpoints, listKeys } from '../support/e2e/bucket.ts';
import { eventually } from '../support/e2e/patience.ts';
import { findRun } from '../support/e2e/run-view.ts';
import { stage } from '../support/e2e/stage.ts';
import { applyTestedRun } from '../support/e2e/tested-run.ts';
import { describeWith } from '../support/requirement.ts';

/** How many objects the status of the store tells of. */
const counted = async (): Promise<number> =>
  Number(await stage().cli.run('get', 'cks', 'main', '-o', 'jsonpath={.status.usage.objects}'));

describeWith(await missingForNodes(), 'a run with deletionPolicy Delete', () => {
  test('that is deleted leaves nothing in the bucket, once its pods are gone', async (context) => {
    const spec = { deletionPolicy: 'Delete' };
    const run = await applyTestedRun(context, { namespace: 'taken-away', spec, pace: { updates: 3000 } });
    await run.untilSaved(50);
    expect((await findRun(run))?.metadata.finalizers).toEqual([finalizer]);
    expect(await listCheckpoints(run)).not.toEqual([]);
    await run.delete();
    await eventually({
      otherwise: 'the run was not deleted',
      check: async () => ((await findRun(run)) === undefined ? undefined : 'it is there'),
    });
    await eventually({
      otherwise: 'its objects were not deleted',
      check: async () => {
        const keys = await listKeys(run);
        return keys.length === 0 ? undefined : keys.join(' ');
      },
    });
  });

  test('and the status of the store tells what lies in it', async () => {
    await eventually({
      otherwise: 'the store tells nothing',
      check: async () => ((await counted()) > 0 ? undefined : 'nothing'),
    });
    expect(await counted()).toBeGreaterThan(0);
  });
});
