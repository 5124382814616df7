// What policies do beyond one run: a capacity takes Steps of the run that holds most, and what a deleted run left goes once its time is over,
// but for what is pinned.
import { expect, test, type TestContext } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import { apiVersion, policyNames } from '../../src/api/names.ts';
import type { PolicyStatus } from '../../src/domain/retention/policy-status.ts';
import { type RunDocument, runDocument } from '../../src/wire/run-document.ts';
import { listCheckpoints, listKeys, plant, readText } from '../support/e2e/bucket.ts';
import { eventually } from '../support/e2e/patience.ts';
import { findRun } from '../support/e2e/run-view.ts';
import { stage } from '../support/e2e/stage.ts';
import { applyTestedRun, type TestedRun } from '../support/e2e/tested-run.ts';
import { describeWith } from '../support/requirement.ts';

const namespace = 'store-wide';
const policy = 'store-wide';
const path = `/apis/${apiVersion}/${policyNames.plural}/${policy}`;

/** `kubectl apply` of the policy; it is gone when the test is over. */
async function applyPolicy(context: TestContext, spec: object): Promise<void> {
  const selector = { namespaces: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } };
  const { kind } = policyNames;
  await stage().cli.apply({
    apiVersion,
    kind,
    metadata: { name: policy },
    spec: { selector, mode: 'Enforce', ...spec },
  });
  context.onTestFinished(async () => {
    await stage().cli.run('delete', 'ckrp', policy, '--ignore-not-found');
  });
}

async function untilPolicy(what: string, isWanted: (status: PolicyStatus) => boolean): Promise<void> {
  await eventually({
    otherwise: `the policy does not tell: ${what}`,
    everyMillis: 300,
    check: async () => {
      const found = await stage().api.find<{
        readonly metadata: { readonly uid: string };
        readonly status?: PolicyStatus;
      }>(path);
      if (found?.status === undefined) return 'it has no status';
      return isWanted(found.status) ? undefined : JSON.stringify(found.status);
    },
  });
}

async function steps(run: TestedRun): Promise<readonly number[]> {
  const all = (await listCheckpoints(run)).filter(({ kind }) => kind === 'Step');
  return all.map(({ update }) => update).toSorted((a, b) => a - b);
}

const untilSteps = async (run: TestedRun, wanted: readonly number[]): Promise<void> =>
  eventually({
    otherwise: `the steps of ${run.name} in the bucket are not ${wanted.join()}`,
    everyMillis: 300,
    check: async () => {
      const left = await steps(run);
      return left.join() === wanted.join() ? undefined : `they are ${left.join()}`;
    },
  });

/** A run that has succeeded, and of which nothing more goes by its own rules. Returns what its checkpoints weigh. */
async function finished(run: TestedRun): Promise<{ readonly bytes: number; readonly ofOne: number }> {
  await run.untilPhase('Succeeded');
  const { checkpoints } = await run.until(
    'nothing is condemned',
    ({ retention, checkpoints: saved }) =>
      retention?.condemned.checkpoints === 0 &&
      saved?.newest.filter(({ kind }) => kind === 'Last').length === 2,
  );
  const { bytes = 0, newest = [] } = checkpoints ?? {};
  return { bytes, ofOne: newest.find(({ kind }) => kind === 'Step')?.sizeBytes ?? 0 };
}

/** What run.json says, once it says this. */
async function untilMarker(
  run: TestedRun,
  what: string,
  isWanted: (document: RunDocument) => boolean,
): Promise<RunDocument> {
  let last: RunDocument | undefined;
  await eventually({
    otherwise: `run.json of ${run.name} does not say: ${what}`,
    everyMillis: 500,
    check: async () => {
      last = runDocument.parse(await readText(run, 'run.json'), 'run.json');
      return isWanted(last) ? undefined : JSON.stringify(last);
    },
  });
  if (last === undefined) throw new Error('unreachable: it resolved without a document');
  return last;
}

const monthAgo = (): number => Date.now() - 30 * 86_400_000;

describeWith(await missingForNodes(), 'a policy over several runs', () => {
  test('takes for its capacity, and what a deleted run left but for what is pinned', async (context) => {
    const large = await applyTestedRun(context, { namespace, name: 'large', pace: { updates: 150 } });
    const small = await applyTestedRun(context, { namespace, name: 'small', pace: { updates: 100 } });
    const [a, b] = [await finished(large), await finished(small)];

    const bytes = String(Math.round(a.bytes + b.bytes - 1.5 * a.ofOne));
    const capacity = { bytes, highThresholdPercent: 100, lowThresholdPercent: 100 };
    await applyPolicy(context, { capacity });
    // Of the run that holds most, the Steps that leave the smallest gaps.
    await untilSteps(large, [50, 100, 125, 150]);
    await untilPolicy(
      'that there is room again',
      ({ conditions, runs, condemned }) =>
        runs === 2 &&
        condemned?.checkpoints === 0 &&
        conditions.some(({ type, reason }) => type === 'CapacitySatisfied' && reason === 'WithinCapacity'),
    );
    expect(await steps(small)).toEqual([25, 50, 75, 100]);

    await large.patch({ spec: { pins: [{ update: 100, reason: 'demo voice' }] } });
    await eventually({
      otherwise: 'the pin is not in the bucket',
      check: async () => ((await listKeys(large)).includes('pins/0001-100.json') ? undefined : 'it is not'),
    });
    await large.delete();
    await eventually({
      otherwise: 'the run was not deleted',
      check: async () => ((await findRun(large)) === undefined ? undefined : 'it is there'),
    });
    const marker = await untilMarker(large, 'that the run is gone', ({ gone }) => gone !== undefined);
    const body = runDocument.format({ ...marker, gone: { since: monthAgo() } });
    await plant(large, { key: 'run.json', body });

    const orphans = { deleteAfterSeconds: 86_400, includeRetained: true };
    await stage().api.change({ method: 'PATCH', path, body: { spec: { capacity: null, orphans } } });
    await untilSteps(large, [100]);
    const left = await eventuallyLeft(large);
    // The pin holds all that there is at its update: the Step, and the Last if one was taken just then.
    const held = left.filter((key) => key.endsWith('.pt'));
    expect(held.map((key) => key.split('/').at(-1))).toEqual(held.map(() => 'model_100.pt'));
    expect(left).toEqual(expect.arrayContaining(['run.json', 'pins/0001-100.json']));
    expect(left.some((key) => key.startsWith('deletions/'))).toBe(true);
    expect(await steps(small)).toEqual([25, 50, 75, 100]);
  });
});

/** What is left once run.json says that all is gone but what pins hold. */
async function eventuallyLeft(run: TestedRun): Promise<readonly string[]> {
  await untilMarker(run, 'that the rest is gone', ({ deletion }) => deletion?.finished === true);
  return listKeys(run);
}
