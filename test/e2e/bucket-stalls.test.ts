// What lies in the bucket is not what Reprise left there: the next attempt waits, the run names the object, what is wrong and the cure,
// and goes on by itself when it is cured. Only the last cure waits for the operator's own next look; before, retry asks for one.
import { expect, test, type TestContext } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import { formatAttemptId } from '../../src/domain/bucket/keys.ts';
import { attemptDocument } from '../../src/wire/attempt-document.ts';
import { listKeys, plant, readText, removeObject, runPrefix } from '../support/e2e/bucket.ts';
import { markerText, originKey, originText, plantLast, stepAt } from '../support/e2e/planted-run.ts';
import { expectFinalWeights } from '../support/e2e/proof.ts';
import { stage } from '../support/e2e/stage.ts';
import { expectStalled } from '../support/e2e/standing.ts';
import { adoptCluster, applyStore } from '../support/e2e/tested-store.ts';
import { applyTestedRun, entryOf, makeTestedRun, type TestedRun } from '../support/e2e/tested-run.ts';
import { describeWith } from '../support/requirement.ts';
import { FaultProxy } from '../support/fault-proxy.ts';

const shared = { gpu: false, pace: { updates: 60 } } as const;

async function expectRecovered(run: TestedRun, attempt: number): Promise<void> {
  const done = await run.untilPhase('Succeeded');
  expect(done).toMatchObject({ attempt, failures: 0, totals: { failures: 0, disruptions: 0 } });
  expect(done.conditions.find(({ type }) => type === 'Stalled')?.status).toBe('False');
  await expectFinalWeights(run, done);
}

/** The store's server, as it is met through a proxy on an address that pods can reach. */
async function startProxy(context: TestContext): Promise<FaultProxy> {
  const { endpoint } = stage().bucket;
  const proxy = await FaultProxy.start(endpoint, new URL(endpoint).hostname);
  context.onTestFinished(async () => proxy.close());
  return proxy;
}

const formerCluster = 'c0ffee00-0000-4000-8000-000000000000';

describeWith(await missingForNodes(), 'a run', () => {
  test.concurrent('whose run.json is rubbish, of a newer Reprise, then of another cluster', async (context) => {
    const store = 'taken-over';
    const run = makeTestedRun(context, { ...shared, namespace: 'odd-marker', spec: { store } });
    await applyStore(context, run, { name: store });
    const where = `${store}/odd-marker/run/run\\.json`;
    const put = async (body: string, at: string): Promise<void> => {
      await plant(run, { key: 'run.json', body });
      await run.annotateRetry(at);
    };
    await plant(run, { key: 'run.json', body: '<html>502 Bad Gateway</html>' });
    await run.apply();
    await expectStalled(run, {
      reason: 'Malformed',
      message: new RegExp(`^${where} is not what Reprise writes: it is not JSON\\. Put it back as it was`),
    });
    await put('{"version":2,"runs":[]}', '1');
    await expectStalled(run, {
      reason: 'NewerLayout',
      message: new RegExp(`^${where} has layout version 2, newer than 1, .*upgrade this program`),
    });
    await put(`{"version":1,"x":"${'x'.repeat(2 << 20)}"}`, '2');
    await expectStalled(run, {
      reason: 'Malformed',
      message: new RegExp(`^${where} is not what Reprise writes: it is longer than 1 MiB\\. Put it back`),
    });
    await put(markerText(run, { clusterUid: formerCluster, highestAttempt: 1 }), '3');
    await expectStalled(run, {
      reason: 'ForeignRun',
      message: new RegExp(
        `^${where} belongs to another cluster \\(UID ${formerCluster}\\).* spec\\.adoptClusters`,
      ),
    });
    await adoptCluster(store, formerCluster);
    await expectRecovered(run, 2);
  });

  test.concurrent('whose attempt.json is rubbish, then gone though another descends from it', async (context) => {
    const run = await applyTestedRun(context, {
      ...shared,
      namespace: 'odd-lineage',
      holdsAt: 45,
      spec: { suspendMode: 'Now' },
    });
    await run.untilHeld(45, 40);
    await run.patch({ spec: { suspend: true } });
    await run.untilPhase('Suspended');
    const key = (await listKeys(run)).find((name) => name.endsWith('/attempt.json')) ?? '';
    const text = await readText(run, key);
    await plant(run, { key, body: text.slice(0, text.length / 2) });
    await run.patch({ spec: { suspend: false } });
    await expectStalled(run, {
      reason: 'Malformed',
      message:
        /attempts\/0001-\w+\/attempt\.json is not what Reprise writes: it is not JSON\. Put it back as it was\..*spec\.rollback/,
    });

    const { attempt: first } = attemptDocument.parse(text, key);
    const second = { number: 2, pod: '5eed0002' } as const;
    const saved = `${runPrefix(run)}attempts/${formatAttemptId(first)}/last/model_40.pt`;
    const resumedFrom = { key: saved, attempt: first, update: 40, sizeBytes: 1 };
    await plant(run, { key: originKey(second), body: originText(second, { resumedFrom }) });
    await removeObject(run, key);
    await run.annotateRetry('1');
    await expectStalled(run, {
      reason: 'LineageUnreadable',
      message:
        /attempt 0002-5eed0002 says it resumed from it, but attempts\/0001-\w+\/attempt\.json is missing\. Put the object back, or ask for/,
    });
    await plant(run, { key, body: text });
    await expectRecovered(run, 3);
    const done = await run.untilPhase('Succeeded');
    expect(entryOf(done, 3)?.resumedFrom).toMatchObject({ attempt: 1, update: 40 });
  });

  test.concurrent('whose part of the bucket may not be listed', async (context) => {
    const store = 'walled-off';
    const proxy = await startProxy(context);
    const run = makeTestedRun(context, { ...shared, namespace: 'unlisted', spec: { store } });
    proxy.choose = (line) =>
      /list-type=2/.test(line) && line.includes('unlisted%2Frun%2F') ? 'accessDenied' : undefined;
    await applyStore(context, run, { name: store, endpoint: proxy.endpoint });
    await stage().cli.run('wait', 'cks', store, '--for=condition=Available', '--timeout=600s');
    await run.apply();
    await expectStalled(run, {
      reason: 'BucketUnreadable',
      message: /walled-off\/unlisted\/run\/.*AccessDenied/,
    });
    proxy.choose = () => undefined;
    await expectRecovered(run, 1);
  });

  test.concurrent('whose source is of another cluster, rubbish, not saved yet, then without its lineage', async (context) => {
    const store = 'lent';
    const initializeFrom = { run: 'lender', update: 25, mode: 'Resume' };
    const spec = { store, initializeFrom };
    const run = makeTestedRun(context, { ...shared, namespace: 'odd-source', spec });
    const lender = { namespace: run.namespace, name: 'lender', prefix: store };
    await applyStore(context, run, { name: store });
    const marker = markerText(lender, { clusterUid: formerCluster, highestAttempt: 2 });
    await plant(lender, { key: 'run.json', body: marker });
    await run.apply();
    await expectStalled(run, {
      reason: 'SourceForeign',
      message:
        /^initializeFrom\.run: lent\/odd-source\/lender\/run\.json belongs to another cluster .*spec\.adoptClusters/,
    });
    const first = { number: 1, pod: '5eed0001' } as const;
    const second = { number: 2, pod: '5eed0002' } as const;
    await plant(lender, { key: originKey(first), body: '{}' });
    await adoptCluster(store, formerCluster);
    await run.annotateRetry('1');
    await expectStalled(run, {
      reason: 'SourceUnreadable',
      message:
        /^initializeFrom: .*0001-5eed0001\/attempt\.json is not what Reprise writes: version: .* Put it back/,
    });
    await plant(lender, { key: originKey(first), body: originText(first) });
    await run.annotateRetry('2');
    await expectStalled(run, {
      reason: 'SourceNotSaved',
      message:
        /there is no checkpoint of update 25 on the lineage below lent\/odd-source\/lender\/.*It is waited for/,
    });
    const resumedFrom = { key: 'gone', attempt: first, update: 25, sizeBytes: 1 };
    await plant(lender, { key: originKey(second), body: originText(second, { resumedFrom }) });
    await removeObject(lender, originKey(first));
    await run.annotateRetry('3');
    await expectStalled(run, {
      reason: 'SourceUnreadable',
      message:
        /^initializeFrom\.run: the lineage below .* cannot be read: .*0001-5eed0001\/attempt\.json is missing\. Put the object back/,
    });
    const body = await stepAt(25, run.manifest);
    await plantLast(lender, { attempt: first, update: 25, body });
    await plant(lender, { key: originKey(first), body: originText(first) });
    await expectRecovered(run, 1);
    const done = await run.untilPhase('Succeeded');
    expect(entryOf(done, 1)?.initializedFrom).toMatchObject({ update: 25, mode: 'Resume' });
  });
});
