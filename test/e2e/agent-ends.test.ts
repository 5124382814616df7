// The ways the agents end badly while the trainer could go on: restore that may not start, cannot read or is killed, sync that keeps dying. None
// costs budget, each says what is wrong, and curing it is enough.
import { expect, test } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import type { RunStatus } from '../../src/domain/run/status.ts';
import type { Pod } from '../../src/ports/kube-objects.ts';
import { listKeys, plant, readBytes } from '../support/e2e/bucket.ts';
import { expectCondition, expectEnding } from '../support/e2e/ending.ts';
import { eventually } from '../support/e2e/patience.ts';
import { findPodProcess, killPodProcess, signalPodProcess } from '../support/e2e/pod-process.ts';
import { expectFinalWeights } from '../support/e2e/proof.ts';
import { containerState } from '../support/e2e/run-view.ts';
import { bindByHand, unscheduled } from '../support/e2e/scheduling-by-hand.ts';
import { stage } from '../support/e2e/stage.ts';
import { StatusRecord } from '../support/e2e/status-record.ts';
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

/** A trainer that nobody but the kernel can end. */
const deaf = ['sh', '-c', 'trap "" TERM; exec "$@"', 'trainer', 'python3', '/trainer/train.py'];

/** The pod of an attempt, once its restore has said that it waits for what another flushes. */
async function untilItWaits(run: TestedRun, attempt: number): Promise<Pod> {
  let found: Pod | undefined;
  await eventually({
    otherwise: `${run.namespace}: the restore of attempt ${attempt} does not wait`,
    everyMillis: 100,
    check: async () => {
      found = await run.pod(attempt);
      if (found === undefined || containerState(found, 'restore')?.running === undefined)
        return 'it does not run';
      const log = await run.logs(found, 'restore');
      return log.includes('waiting for the predecessor') ? undefined : `it said: ${log}`;
    },
  });
  if (found === undefined) throw new Error('unreachable: it resolved without a pod');
  return found;
}

const isToBeFollowed = ({ phase, message }: RunStatus, attempt: number): boolean =>
  phase === 'Restarting' && message.startsWith(`attempt ${attempt} ended`);

/** What is true of the run. What retention condemned goes when its grace is over, whatever becomes of attempts. */
const trueOf = ({ conditions }: RunStatus): readonly string[] =>
  conditions
    .filter(({ type, status }) => type !== 'RetentionApplied' && status === 'True')
    .map(({ type }) => type);

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
    const sync = ['agent.mjs', 'sync'];
    const run = await applyTestedRun(context, {
      ...shared,
      namespace: 'sync-loops',
      holdsAt: 45,
      // so that the last sync is surely there before the trainer ends
      pace: { updates: 145 },
    });
    const pod = await run.untilHeld(45, 40);
    const told = await run.until('its dying is told', (status) => {
      killPodProcess(pod.metadata.uid, sync);
      return isTold(status);
    });
    expect(told).toMatchObject({ phase: 'Running', attempt: 1 });
    expect(told.message).toMatch(/container sync of pod .* keeps ending \(exit code 137\)/);
    // Status may still tell of one that was killed since.
    await eventually({
      otherwise: 'kubelet does not start sync again',
      check: async () =>
        findPodProcess(pod.metadata.uid, sync) === undefined ? 'there is no sync' : undefined,
    });
    await run.until('it runs again', (status) => !isTold(status));
    await run.release(pod);
    const done = await run.untilPhase('Succeeded');
    expect(done).toMatchObject({ attempt: 1, totals: { failures: 0, disruptions: 0 } });
    await expectFinalWeights(run, done);
  });

  test.concurrent('that is killed while it waits for a flush is followed by another, which waits on', async (context) => {
    const run = await applyTestedRun(context, {
      ...shared,
      namespace: 'restore-killed',
      holdsAt: 45,
      spec: { restart: { maxFailures: 1 } },
      trainer: { command: deaf },
    });
    const first = await run.untilHeld(45, 40);
    const endTrainer = (): boolean => killPodProcess(first.metadata.uid, ['/trainer/train.py']);
    context.onTestFinished(() => void endTrainer());
    await using record = await StatusRecord.begin(run);
    await run.evict(first);
    const killed = await untilItWaits(run, 2);
    signalPodProcess(killed.metadata.uid, ['agent.mjs', 'restore'], 'SIGKILL');
    const message =
      /restore died with exit code 137; the last it said: waiting for the predecessor to flush\b/;
    await expectEnding(run, { attempt: 2, cause: 'AgentFailed', message, entry: { exitCode: 137 } });
    const told = await record.first('what comes next', (status) => isToBeFollowed(status, 2));
    expect(told).toMatchObject({ phase: 'Restarting', failures: 0, totals: { failures: 0, disruptions: 0 } });
    expect(told.message).toMatch(
      /^attempt 2 ended: restore died with exit code 137; the last it said: .*; the next starts at [0-9TZ:-]+; update 40 is saved$/,
    );
    expect(trueOf(told)).toEqual(['CheckpointAvailable']);

    await untilItWaits(run, 3);
    expect(endTrainer()).toBe(true);
    const done = await run.untilPhase('Succeeded');
    expect(done).toMatchObject({ attempt: 3, failures: 0, totals: { failures: 0, disruptions: 1 } });
    expect(entryOf(done, 1)).toMatchObject({ cause: 'Evicted', savedUpdate: 40 });
    expect(entryOf(done, 3)?.resumedFrom).toMatchObject({ attempt: 1, update: 40 });
    await expectFinalWeights(run, done);
  });

  test.concurrent('that the node does not even begin, having no room for its pod, costs nothing', async (context) => {
    const run = makeTestedRun(context, {
      ...shared,
      namespace: 'refused-by-node',
      // this test is the scheduler, with a cache that is far behind
      spec: {
        restart: { maxFailures: 1, maxDisruptions: 1 },
        ...unscheduled,
      },
      trainer: { resources: { requests: { cpu: '1000', memory: '64Mi' } } },
    });
    await using record = await StatusRecord.begin(run);
    await run.apply();
    await bindByHand(run, 'gpu-1');
    const message = /its pod ended before the trainer started: .*enough resource: cpu/;
    await expectEnding(run, { cause: 'AgentFailed', message });
    const told = await record.first('what comes next', (status) => isToBeFollowed(status, 1));
    expect(told).toMatchObject({ phase: 'Restarting', failures: 0, totals: { failures: 0, disruptions: 0 } });
    expect(told.message).toMatch(
      /enough resource: cpu.*; the next starts at [0-9TZ:-]+; nothing is saved yet$/,
    );
    expect(trueOf(told)).toEqual([]);

    const resources = { requests: { cpu: '20m' } };
    await run.patch({ spec: { podTemplate: { spec: { schedulerName: null } }, trainer: { resources } } });
    const done = await run.untilPhase('Succeeded');
    expect(done).toMatchObject({ failures: 0, totals: { failures: 0, disruptions: 0 } });
    await expectFinalWeights(run, done);
  });
});
