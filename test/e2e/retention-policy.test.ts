// A CheckpointRetentionPolicy on a run that has ended: audited it only tells, enforced it takes, its floor holds, and what is too much at
// once waits until somebody agrees.
import { expect, test, type TestContext } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import { apiVersion, policyNames } from '../../src/api/names.ts';
import type { RunStatus } from '../../src/domain/run/status.ts';
import { fromSources, type ProcessEnd, runProcess } from '../support/cli-stage.ts';
import { listCheckpoints } from '../support/e2e/bucket.ts';
import { eventually } from '../support/e2e/patience.ts';
import { stage } from '../support/e2e/stage.ts';
import { applyTestedRun, type TestedRun } from '../support/e2e/tested-run.ts';
import { describeWith } from '../support/requirement.ts';

const namespace = 'governed';
const policy = 'governed';

/** `kubectl apply` of the policy; it is gone when the test is over. */
async function applyPolicy(context: TestContext, spec: object): Promise<void> {
  const ours = { namespaces: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } };
  const { kind } = policyNames;
  await stage().cli.apply({
    apiVersion,
    kind,
    metadata: { name: policy },
    spec: { selector: ours, ...spec },
  });
  context.onTestFinished(async () => {
    await stage().cli.run('delete', 'ckrp', policy, '--ignore-not-found');
  });
}

const editPolicy = async (spec: object): Promise<void> =>
  stage().api.change({
    method: 'PATCH',
    path: `/apis/${apiVersion}/${policyNames.plural}/${policy}`,
    body: { spec },
  });

async function steps(run: TestedRun): Promise<readonly number[]> {
  const all = (await listCheckpoints(run)).filter(({ kind }) => kind === 'Step');
  return all.map(({ update }) => update).toSorted((a, b) => a - b);
}

const untilSteps = async (run: TestedRun, wanted: readonly number[]): Promise<void> =>
  eventually({
    otherwise: `the steps in the bucket are not ${wanted.join()}`,
    everyMillis: 300,
    check: async () => {
      const left = await steps(run);
      return left.join() === wanted.join() ? undefined : `they are ${left.join()}`;
    },
  });

const reasonOf = ({ conditions }: RunStatus): string | undefined =>
  conditions.find(({ type }) => type === 'RetentionApplied')?.reason;

const reprise = (...args: readonly string[]): Promise<ProcessEnd> =>
  runProcess(fromSources(...args, '-n', namespace, '--kubeconfig', stage().kubeconfig), {
    env: { HOME: '/nowhere' },
  });

const describeRun = async (run: TestedRun): Promise<string> =>
  stage().cli.run('describe', 'ttsr', run.name, '-n', run.namespace);

describeWith(await missingForNodes(), 'a retention policy', () => {
  test('audits, takes, keeps by its floor, and asks before it takes much', async (context) => {
    const run = await applyTestedRun(context, { namespace, pace: { updates: 150 } });
    await run.untilPhase('Succeeded');
    const all = [25, 50, 75, 100, 125, 150];
    await untilSteps(run, all);

    await applyPolicy(context, { defaults: { keepNewest: 1, minAgeSeconds: 0 }, floor: { keepNewest: 4 } });
    const audited = await run.until(
      'what the policy would take is told, and what the built-in rules take is gone',
      ({ retention }) => retention?.audit !== undefined && retention.condemned.checkpoints === 0,
    );
    expect(audited.retention).toMatchObject({ policies: [policy], audit: { checkpoints: 2 } });
    const would = audited.checkpoints?.newest.filter(({ audit }) => audit === 'Condemned') ?? [];
    expect(would.filter(({ kind }) => kind === 'Step').map(({ update }) => update)).toEqual([50, 25]);
    expect(await steps(run)).toEqual(all);
    expect(await stage().cli.run('get', 'ckrp')).toMatch(/^NAME +MODE .*\ngoverned +Audit /);

    await editPolicy({ mode: 'Enforce' });
    await untilSteps(run, [75, 100, 125, 150]);
    const enforced = await run.until(
      'what was reclaimed is told, and nothing is left to take',
      (status) => status.totals.reclaimedBytes > 0 && reasonOf(status) === 'NothingToDelete',
    );
    expect(enforced.retention?.audit).toBeUndefined();
    expect(await describeRun(run)).toContain('CheckpointsDeleted');

    await editPolicy({ floor: { keepNewest: 2 }, approveAbove: { percent: 0, checkpoints: 1 } });
    const asking = await run.until(
      'it asks for approval',
      ({ retention }) => retention?.approval !== undefined,
    );
    expect(asking.retention?.approval).toMatchObject({ checkpoints: 2 });
    expect(reasonOf(asking)).toBe('ApprovalNeeded');
    expect(await steps(run)).toEqual([75, 100, 125, 150]);
    expect(await describeRun(run)).toContain(asking.retention?.approval?.digest);
    const digest = asking.retention?.approval?.digest ?? '';
    const refused = await reprise('approve', run.name, 'another', '--yes');
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining(digest) as string });
    const agreed = await reprise('approve', run.name, digest, '--yes', '-o', 'json');
    expect(agreed).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(agreed.out)).toMatchObject([
      { changed: true, digest, checkpoints: [{ update: 100 }, { update: 75 }] },
    ]);
    await untilSteps(run, [125, 150]);
    await run.until('nothing waits any more', (status) => reasonOf(status) === 'NothingToDelete');
  });
});
