// kill -9 of the operator, again and again, at random moments and just where it writes: right after apply, between the reservation of a
// number and its Job, at the birth of a Job, when it deletes one. Nothing may be lost, and no attempt number used twice.
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { missingForNodes } from '../../../dev/cluster/machine.ts';
import { describeError, waitUntil } from '../../../dev/progress/polling.ts';
import type { Pod } from '../../../src/ports/kube-objects.ts';
import { attemptDocument } from '../../../src/wire/attempt-document.ts';
import { endDocument } from '../../../src/wire/end-document.ts';
import { runs } from '../../support/counts.ts';
import { AttemptAudit, expectSingle } from '../../support/e2e/attempt-audit.ts';
import { listKeys, readText } from '../../support/e2e/bucket.ts';
import { Dice } from '../../support/e2e/dice.ts';
import { leader, untilAnotherLeads } from '../../support/e2e/leader.ts';
import { expectFinalWeights } from '../../support/e2e/proof.ts';
import { findRun, listJobs } from '../../support/e2e/run-view.ts';
import { stage } from '../../support/e2e/stage.ts';
import { makeTestedRun, type TestedRun } from '../../support/e2e/tested-run.ts';
import { describeWith } from '../../support/requirement.ts';

const kills = runs(20, 200);

/** What is done to the run, so that the operator has something to do when it dies; half of the times nothing. */
const provocations = ['nothing', 'nothing', 'nothing', 'evict', 'delete', 'suspend'] as const;

/** When it dies. */
const moments = ['some time', 'at the reservation', "at the Job's birth"] as const;

type Provocation = (typeof provocations)[number];
type Moment = (typeof moments)[number];

interface Trial {
  readonly run: TestedRun;
  readonly audit: AttemptAudit;
  readonly dice: Dice;
}

/** Where a kill found the run; counted for the report. */
const landed = new Map<string, number>();

const note = (where: string): void => void landed.set(where, (landed.get(where) ?? 0) + 1);

/** The pod of an attempt that has saved something: one disrupted before is followed by a pause, which would make the test long. */
async function fruitfulPod(run: TestedRun): Promise<Pod | undefined> {
  const reached = await run.until(
    'an attempt trains and has saved',
    ({ phase, attempt, resumePoint }) =>
      phase === 'Succeeded' || (phase === 'Running' && resumePoint?.attempt === attempt),
  );
  const pod = reached.phase === 'Succeeded' ? undefined : await run.pod(reached.attempt);
  return pod?.metadata.deletionTimestamp === undefined ? pod : undefined;
}

async function provoke({ run }: Trial, provocation: Provocation): Promise<void> {
  if (provocation === 'nothing') return;
  const pod = await fruitfulPod(run);
  if (pod === undefined) return;
  if (provocation === 'evict') await run.evict(pod);
  if (provocation === 'delete')
    await stage().cli.run('delete', 'pod', '-n', run.namespace, pod.metadata.name, '--wait=false');
  if (provocation === 'suspend') await run.patch({ spec: { suspend: true } });
}

/** Resolves at the moment, at the latest after a while: it may never come. */
async function reach({ run, audit, dice }: Trial, moment: Moment): Promise<void> {
  if (moment === 'some time') return delay(dice.under(1500));
  const reserved = (await findRun(run))?.status?.attempt ?? 0;
  const born = audit.jobs.length;
  const hasCome = async (): Promise<boolean> =>
    moment === "at the Job's birth"
      ? audit.jobs.length > born
      : ((await findRun(run))?.status?.attempt ?? 0) > reserved;
  await waitUntil({
    otherwise: 'the moment did not come',
    withinSeconds: 2,
    everyMillis: 1,
    check: async () => ((await hasCome()) ? undefined : 'not yet'),
  }).catch(describeError);
}

async function killAndRestart({ run, dice }: Trial): Promise<void> {
  const { operator } = stage();
  const former = await leader();
  await operator.kill();
  const status = (await findRun(run))?.status;
  const reserved = status?.attempt ?? 0;
  const jobs = await listJobs(run);
  const newest = jobs.find(({ metadata }) => metadata.name === `${run.name}-${reserved}`);
  if (reserved === 0) note('before any reservation');
  else if (newest === undefined && status?.attempts[0]?.cause === undefined)
    note('between reservation and Job');
  else note(`${status?.phase}`);
  await delay(dice.under(300));
  await operator.start();
  // A kill of one that does not lead yet would prove nothing.
  await untilAnotherLeads(former);
}

async function oneKill(trial: Trial): Promise<void> {
  const { run, dice } = trial;
  const provocation = dice.pick(provocations);
  await provoke(trial, provocation);
  await reach(trial, dice.pick(moments));
  await killAndRestart(trial);
  if (provocation === 'suspend') await run.patch({ spec: { suspend: false } });
}

/** Asserts that every attempt went on from the newest checkpoint that the one before it had left in the bucket. */
async function expectNothingLost(run: TestedRun): Promise<void> {
  const keys = await listKeys(run);
  let left = 0;
  for (const key of keys.filter((name) => name.endsWith('/attempt.json'))) {
    const { resumedFrom } = attemptDocument.parse(await readText(run, key), key);
    const from = resumedFrom?.update ?? 0;
    expect({ key, from }).toEqual({ key, from: left });
    // Every pod had the time to flush.
    const endKey = key.replace('attempt.json', 'end.json');
    expect(keys).toContain(endKey);
    const end = endDocument.parse(await readText(run, endKey), endKey);
    left = end.lastUpdateSaved ?? from;
  }
}

describeWith(await missingForNodes(), 'an operator that is killed', () => {
  test(`${kills} times at random moments loses nothing and uses no number twice`, async (context) => {
    const dice = new Dice();
    console.log(`  REPRISE_SEED=${dice.seed}`);
    await using audit = await AttemptAudit.begin('killed-operator');
    context.onTestFinished(() => stage().operator.start());
    const run = makeTestedRun(context, {
      namespace: 'killed-operator',
      // far more than can be made until the last kill
      pace: { updates: kills * 100, updateSeconds: 0.1, lastEvery: 5 },
      spec: { retention: { keepNewest: 1, minAgeSeconds: 0 } },
    });
    const trial = { run, audit, dice };
    await run.apply();
    await killAndRestart(trial);
    for (let count = 2; count <= kills; count += 1) await oneKill(trial);
    console.log(`  kills landed: ${[...landed].map(([where, count]) => `${where} ${count}`).join(', ')}`);
    await run.hurry();
    await provoke(trial, 'evict');
    const done = await run.untilPhase('Succeeded');
    await expectNothingLost(run);
    const numbers = await expectSingle(audit, run);
    console.log(`  attempts: ${numbers.length}, of ${done.attempt} numbers`);
    expect(done.failures).toBe(0);
    await expectFinalWeights(run, done);
  });
});
