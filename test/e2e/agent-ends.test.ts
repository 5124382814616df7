// The ways the agents end badly while the trainer could go on: restore that may not start or cannot read, sync that keeps dying. None
// costs budget, each says what is wrong, and curing it is enough.
import { expect, test } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import type { RunStatus } from '../../src/domain/run/status.ts';
import { listKeys, plant, readBytes } from '../support/e2e/bucket.ts';
import { expectCondition, expectEnding } from '../support/e2e/ending.ts';
import { killPodProcess } from '../support/e2e/pod-process.ts';
import { expectFinalWeights } from '../support/e2e/proof.ts';
import { stage } from '../support/e2e/stage.ts';
import { applyTestedRun, entryOf, makeTestedRun, type TestedRun } from '../support/e2e/tested-run.ts';
import { describeWith } from '../support/requirement.ts';

const shared = { gpu: false, pace: { updates: 60 } } as const;

async function setSecretKey(run: TestedRun, secretAccessKey: string): Promise<void> {
  const body = { stringData: { AWS_SECRET_ACCESS_KEY: secretAccessKey } };
  const path = `/api/v1/namespaces/${run.namespace}/secrets/reprise-store`;
  await stage().api.change({ method: 'PATCH', path, body });
}

/** Suspends the run once it has saved update 40, and waits until its pod has ended. */
async function suspendAfterSave(run: TestedRun): Promise<void> {
  await run.untilHeld(45, 40);
  await run.patch({ spec: { suspend: true } });
  await run.untilEnded(1);
}

const isTold = ({ conditions }: RunStatus): boolean =>
  conditions.some(({ reason }) => reason === 'SyncFailing');

describeWith(await missingForNodes(), 'an agent', () => {
  test.concurrent('whose credentials are refused is tried again in one row of the ledger', async (context) => {
    const run = makeTestedRun(context, { ...shared, namespace: 'store-refuses' });
    await setSecretKey(run, 'this is not the key');
    await run.apply();
    await expectEnding(run, {
      cause: 'StoreUnavailable',
      message: /StoreAccessDenied/,
      entry: { exitCode: 11 },
    });
    const repeated = await run.until(
      'it has been tried twice, told in one row',
      ({ attempts }) => (attempts.find(({ repeats }) => repeats !== undefined)?.repeats ?? 1) >= 2,
    );
    expect(repeated).toMatchObject({ failures: 0, totals: { failures: 0, disruptions: 0 } });
    await setSecretKey(run, stage().bucket.agent.secretAccessKey);
    const done = await run.untilPhase('Succeeded');
    expect(done.totals).toMatchObject({ failures: 0, disruptions: 0 });
    await expectFinalWeights(run, done);
  });

  test.concurrent('that finds every checkpoint damaged waits for one that is not', async (context) => {
    const run = await applyTestedRun(context, {
      ...shared,
      namespace: 'restore-stopped',
      holdsAt: 45,
      // everything stays to be damaged
      spec: { suspendMode: 'Now', retention: { keepModelLast: 100 } },
    });
    await suspendAfterSave(run);
    const keys = (await listKeys(run)).filter((key) => key.endsWith('.pt'));
    const kept = await Promise.all(keys.map(async (key) => ({ key, body: await readBytes(run, key) })));
    for (const { key, body } of kept) await plant(run, { key, body: body.slice(0, body.length / 2) });
    await run.patch({ spec: { suspend: false } });
    await expectEnding(run, {
      attempt: 2,
      cause: 'RestoreStopped',
      message: /NoUsableCheckpoint/,
      entry: { exitCode: 10 },
    });
    await expectCondition(run, {
      type: 'Stalled',
      reason: 'NoUsableCheckpoint',
      message: /^attempt 2: NoUsable/,
    });
    for (const object of kept) await plant(run, object);
    const done = await run.untilPhase('Succeeded');
    expect(done).toMatchObject({ attempt: 3, failures: 0, totals: { failures: 0, disruptions: 0 } });
    expect(entryOf(done, 3)?.resumedFrom?.attempt).toBe(1);
    await expectFinalWeights(run, done);
  });

  test.concurrent('that keeps dying beside a trainer that lives is told, and ends nothing', async (context) => {
    const run = await applyTestedRun(context, {
      ...shared,
      namespace: 'sync-loops',
      holdsAt: 45,
    });
    const pod = await run.untilHeld(45, 40);
    const told = await run.until('its dying is told', (status) => {
      killPodProcess(pod.metadata.uid, ['agent.mjs', 'sync']);
      return isTold(status);
    });
    expect(told).toMatchObject({ phase: 'Running', attempt: 1 });
    expect(told.message).toMatch(/container sync of pod .* keeps ending \(exit code 137\)/);
    await run.until('it runs again', (status) => !isTold(status));
    await run.release(pod);
    const done = await run.untilPhase('Succeeded');
    expect(done).toMatchObject({ attempt: 1, totals: { failures: 0, disruptions: 0 } });
    await expectFinalWeights(run, done);
  });
});
