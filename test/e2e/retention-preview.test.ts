// What `kubectl reprise plan` shows is what goes: every preview is taken before, and held against what is then gone from the bucket, key by key.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, type TestContext } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import { apiVersion, policyNames } from '../../src/api/names.ts';
import type { PolicyStatus } from '../../src/domain/retention/policy-status.ts';
import type { RunStatus } from '../../src/domain/run/status.ts';
import { fromSources, runProcess } from '../support/cli-stage.ts';
import { type RunDocument, runDocument } from '../../src/wire/run-document.ts';
import { listCheckpoints, listKeys, plant, readText } from '../support/e2e/bucket.ts';
import { eventually } from '../support/e2e/patience.ts';
import { stage } from '../support/e2e/stage.ts';
import { applyTestedRun, type TestedRun } from '../support/e2e/tested-run.ts';
import { describeWith } from '../support/requirement.ts';
import type { PlanRow } from '../support/plan-row.ts';

const namespace = 'previewed';
/** Where nothing is left of other runs. */
const apart = 'previewed-left';
const policy = 'previewed';

const reprise = async (...args: readonly string[]): Promise<string> => {
  const ended = await runProcess(fromSources(...args, '--kubeconfig', stage().kubeconfig), {
    env: { HOME: '/nowhere' },
  });
  if (ended.code !== 0) throw new Error(`reprise ${args.join(' ')}: ${ended.err}`);
  return ended.out;
};

/** The file of a test, gone when it is over. */
function written(context: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'reprise-preview-'));
  context.onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'with.yaml'), text);
  return join(folder, 'with.yaml');
}

/** What a plan condemns, as names of checkpoints of runs. */
async function condemnedBy(...args: readonly string[]): Promise<readonly string[]> {
  const rows: readonly PlanRow[] = JSON.parse(await reprise('plan', ...args, '-o', 'json'));
  return rows
    .filter((row) => row.namespace.startsWith(namespace) && row.verdict === 'Condemned')
    .map(({ run, attempt, kind, update }) => `${run} ${attempt} ${kind} ${update}`)
    .toSorted();
}

/** What is in the bucket of these runs, by the same names. */
async function stored(...runs: readonly TestedRun[]): Promise<readonly string[]> {
  const listed = await Promise.all(
    runs.map(async (run) =>
      (await listCheckpoints(run)).map(
        ({ attempt, kind, update }) => `${run.name} ${attempt.number} ${kind} ${update}`,
      ),
    ),
  );
  return listed.flat().toSorted();
}

const without = (all: readonly string[], gone: readonly string[]): readonly string[] =>
  all.filter((one) => !gone.includes(one));

/** Nothing is condemned, and of the kind Last there are two: by the rules that hold without a word, nothing more goes. */
const untilQuiet = async (run: TestedRun): Promise<RunStatus> =>
  run.until(
    'nothing is condemned',
    ({ retention, checkpoints }) =>
      retention?.condemned.checkpoints === 0 &&
      checkpoints?.newest.filter(({ kind }) => kind === 'Last').length === 2,
  );

const untilStored = async (runs: readonly TestedRun[], left: readonly string[]): Promise<void> =>
  eventually({
    otherwise: `in the bucket is not just ${left.join(', ')}`,
    everyMillis: 300,
    check: async () => {
      const now = await stored(...runs);
      return now.join() === left.join() ? undefined : `there is ${now.join(', ')}`;
    },
  });

/** Exactly this is left of the runs, and their status says that nothing more goes. */
async function untilLeft(runs: readonly TestedRun[], left: readonly string[]): Promise<void> {
  await untilStored(runs, left);
  for (const run of runs)
    await run.until(
      'nothing more is to go',
      ({ conditions, retention }) =>
        retention?.condemned.checkpoints === 0 &&
        conditions.some(({ type, reason }) => type === 'RetentionApplied' && reason === 'NothingToDelete'),
    );
  expect(await stored(...runs)).toEqual(left);
}

const untilKey = async (run: TestedRun, key: string): Promise<void> =>
  eventually({
    otherwise: `${key} is not in the bucket`,
    check: async () => ((await listKeys(run)).includes(key) ? undefined : 'it is not'),
  });

/** run.json, once it is so. */
async function untilMarked(
  run: TestedRun,
  isWanted: (document: RunDocument) => boolean,
): Promise<RunDocument> {
  let last: RunDocument | undefined;
  await eventually({
    otherwise: `run.json of ${run.name} is not as wanted`,
    everyMillis: 500,
    check: async () => {
      last = runDocument.parse(await readText(run, 'run.json'), 'run.json');
      return isWanted(last) ? undefined : JSON.stringify(last);
    },
  });
  if (last === undefined) throw new Error('unreachable: it resolved without a document');
  return last;
}

/** Has the store's note of a run that is gone say that it has been for a month. */
async function longGone(run: TestedRun): Promise<void> {
  const marker = await untilMarked(run, ({ gone }) => gone !== undefined);
  const gone = { since: Date.now() - 30 * 86_400_000 };
  await plant(run, { key: 'run.json', body: runDocument.format({ ...marker, gone }) });
}

const untilPolicyAsks = async (path: string): Promise<void> =>
  eventually({
    otherwise: 'the policy does not ask about what runs that are gone left',
    check: async () => {
      const found = await stage().api.find<{ readonly status?: PolicyStatus }>(path);
      return found?.status?.orphans?.approval === undefined ? JSON.stringify(found?.status) : undefined;
    },
  });

const policyOf = (spec: object, of: string = namespace): object => ({
  apiVersion,
  kind: policyNames.kind,
  metadata: { name: policy },
  spec: { selector: { namespaces: { matchLabels: { 'kubernetes.io/metadata.name': of } } }, ...spec },
});

describeWith(await missingForNodes(), 'a preview of retention', () => {
  test('of a run that trains is what goes once its rules are so', async (context) => {
    const run = await applyTestedRun(context, { namespace, name: 'held', holdsAt: 140 });
    const pod = await run.untilHeld(140, 130);
    await run.untilStepsStored([25, 50, 75, 100, 125]);
    await untilQuiet(run);
    const before = await stored(run);
    const file = written(context, 'retention: {keepNewest: 1, keepEvery: 100, minAgeSeconds: 0}\n');
    const previewed = await condemnedBy('-n', namespace, run.name, '--with', file);
    expect(previewed).toEqual(['held 1 Step 25', 'held 1 Step 50', 'held 1 Step 75']);

    await run.patch({ spec: { retention: { keepNewest: 1, keepEvery: 100, minAgeSeconds: 0 } } });
    await untilLeft([run], without(before, previewed));
    await run.release(pod);
    await run.untilPhase('Succeeded');
  });

  test('of a policy is what goes once it is enforced and agreed to', async (context) => {
    const large = await applyTestedRun(context, { namespace, name: 'large', pace: { updates: 150 } });
    const small = await applyTestedRun(context, { namespace, name: 'small', pace: { updates: 100 } });
    for (const run of [large, small]) await run.untilPhase('Succeeded');
    for (const run of [large, small]) await untilQuiet(run);
    const before = await stored(large, small);
    const rules = { defaults: { keepNewest: 1, minAgeSeconds: 0 }, graceSeconds: 4 };
    const spec = { ...rules, approveAbove: { percent: 0, checkpoints: 3 } };
    await stage().cli.apply(policyOf(spec));
    context.onTestFinished(async () => {
      await stage().cli.run('delete', 'ckrp', policy, '--ignore-not-found');
    });
    const file = written(context, JSON.stringify(policyOf(spec)));
    expect(await condemnedBy('--policy', policy)).toEqual([]);
    const previewed = await condemnedBy('--policy', policy, '--with', file);
    expect(previewed).toContain('large 1 Step 100');
    expect(previewed.filter((name) => name.startsWith('small'))).toHaveLength(3);

    // More protection than there was at the preview: what goes is part of it.
    await reprise('pin', '-n', namespace, `${large.name}@100`, '--reason', 'demo');
    const goes = without(previewed, ['large 1 Step 100']);
    expect(await condemnedBy('--policy', policy, '--with', file)).toEqual(goes);
    const path = `/apis/${apiVersion}/${policyNames.plural}/${policy}`;
    await stage().api.change({ method: 'PATCH', path, body: { spec: { mode: 'Enforce' } } });
    const asking = await large.until('it asks', ({ retention }) => retention?.approval !== undefined);
    const digest = asking.retention?.approval?.digest ?? '';
    // of the other run there is nothing to agree to: it may be gone by now
    const asked = goes.filter((name) => name.startsWith('large'));
    expect(await condemnedBy('--policy', policy)).toEqual(expect.arrayContaining([...asked]));
    expect(await reprise('plan', '-n', namespace, large.name)).toContain(digest);
    await untilLeft(
      [small],
      without(before, goes).filter((name) => name.startsWith('small')),
    );
    await reprise('approve', '-n', namespace, large.name, digest, '--yes');
    await untilLeft([large, small], without(before, goes));
  });

  test('of what runs that are gone left, and of a capacity, is what goes, also from an inventory', async (context) => {
    const stays = await applyTestedRun(context, { namespace: apart, name: 'stays', pace: { updates: 150 } });
    const leaves = await applyTestedRun(context, { namespace: apart, name: 'leaves', pace: { updates: 75 } });
    for (const run of [stays, leaves]) await run.untilPhase('Succeeded');
    for (const run of [stays, leaves]) await untilQuiet(run);
    await leaves.patch({ spec: { pins: [{ update: 25, reason: 'demo' }] } });
    await untilKey(leaves, 'pins/0001-25.json');
    await leaves.delete();
    await longGone(leaves);

    const before = await stored(stays, leaves);
    const { checkpoints } = await untilQuiet(stays);
    const bytes = String(Math.round(((checkpoints?.bytes ?? 0) * 5) / 8));
    const capacity = { bytes, highThresholdPercent: 100, lowThresholdPercent: 100 };
    const orphans = { deleteAfterSeconds: 86_400, includeRetained: true };
    const spec = { capacity, orphans, approveAbove: { percent: 0, checkpoints: 1 } };
    await stage().cli.apply(policyOf(spec, apart));
    context.onTestFinished(async () => {
      await stage().cli.run('delete', 'ckrp', policy, '--ignore-not-found');
    });
    const file = written(context, JSON.stringify(policyOf(spec, apart)));
    const previewed = await condemnedBy('--policy', policy, '--with', file);
    const inventory = written(context, await reprise('inventory', 'main', '-o', 'json'));
    expect(await condemnedBy('--inventory', inventory, '--with', file)).toEqual(previewed);
    expect(previewed).toEqual(expect.arrayContaining(['leaves 1 Step 50', 'leaves 1 Step 75']));
    expect(previewed).not.toContain('leaves 1 Step 25');
    expect(previewed.filter((name) => name.startsWith('stays')).length).toBeGreaterThan(1);

    const path = `/apis/${apiVersion}/${policyNames.plural}/${policy}`;
    await stage().api.change({ method: 'PATCH', path, body: { spec: { mode: 'Enforce' } } });
    await stays.until('it asks', ({ retention }) => retention?.approval !== undefined);
    await untilPolicyAsks(path);
    const agreed = await reprise('approve', '--policy', policy, '--yes', '-o', 'json');
    expect(JSON.parse(agreed)).toMatchObject([
      { run: 'stays', changed: true },
      { policy, changed: true },
    ]);
    await untilLeft(
      [stays],
      without(before, previewed).filter((name) => name.startsWith('stays')),
    );
    await untilStored([stays, leaves], without(before, previewed));
    await untilMarked(leaves, ({ deletion }) => deletion?.finished === true);
    expect(await stored(stays, leaves)).toEqual(without(before, previewed));
  });
});
