// One run evicted again and again at random moments: training ends with the weights of one never interrupted, and what status says was
// lost is what was trained twice, counted by the trainers themselves.
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import { runs } from '../support/counts.ts';
import { AttemptAudit, expectSingle } from '../support/e2e/attempt-audit.ts';
import { Dice } from '../support/e2e/dice.ts';
import { eventually } from '../support/e2e/patience.ts';
import { expectFinalWeights } from '../support/e2e/proof.ts';
import { makeTestedRun, type TestedRun } from '../support/e2e/tested-run.ts';
import { UpdateRecord } from '../support/e2e/update-record.ts';
import { describeWith } from '../support/requirement.ts';

const evictions = runs(5, 50);

/** Far more than can be made until the last eviction; what is left then is made without any pause. */
const updates = 400 * evictions;

describeWith(await missingForNodes(), 'a run', () => {
  test(`evicted ${evictions} times in a row loses what status says, and has its next Job at once`, async (context) => {
    const dice = new Dice();
    console.log(`  REPRISE_SEED=${dice.seed}`);
    await using record = await UpdateRecord.begin();
    await using audit = await AttemptAudit.begin('evicted');
    const run = makeTestedRun(context, {
      namespace: 'evicted',
      pace: { updates, updateSeconds: 0.1, lastEvery: 5 },
      trainer: { command: record.command },
    });
    await run.apply();
    const latencies: number[] = [];
    for (let attempt = 1; attempt <= evictions; attempt += 1) {
      await run.until(`attempt ${attempt} has saved`, ({ resumePoint }) => resumePoint?.attempt === attempt);
      await delay(dice.under(1000));
      if (attempt === evictions) await run.hurry();
      latencies.push(await evictAndTime(run, audit, attempt));
    }
    tell(latencies);
    const done = await run.untilPhase('Succeeded');
    expect(await expectSingle(audit, run)).toHaveLength(evictions + 1);
    expect(done).toMatchObject({ failures: 0, totals: { disruptions: evictions, failures: 0 } });
    await expectFinalWeights(run, done);
    const made = record.updates();
    expect(new Set(made).size).toBe(updates);
    console.log(`  updates made twice: ${made.length - updates}`);
    expect(done.totals.lostUpdates).toBe(made.length - updates);
  });
});

function tell(latencies: readonly number[]): void {
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (part: number): string => (sorted[Math.ceil(part * sorted.length) - 1] ?? Number.NaN).toFixed(0);
  const all = sorted.map(Math.round).join();
  console.log(
    `  eviction to next Job, ms over ${sorted.length}: p50 ${at(0.5)}, p99 ${at(0.99)}, all ${all}`,
  );
}

/** Evicts an attempt, and tells how many milliseconds later the next Job was there. */
async function evictAndTime(run: TestedRun, audit: AttemptAudit, attempt: number): Promise<number> {
  const pod = await run.untilTraining(attempt);
  const started = performance.now();
  await run.evict(pod);
  let born: number | undefined;
  await eventually({
    otherwise: `attempt ${attempt} was evicted, but there was no next Job`,
    everyMillis: 10,
    async check() {
      born = audit.jobs.find((job) => job.attempt === attempt + 1)?.at;
      return born === undefined ? 'no Job' : undefined;
    },
  });
  return (born ?? Number.NaN) - started;
}
