// One run evicted again and again: every end is told, no attempt number is used twice, and the next Job is there at once.
import { expect, test } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import { runs } from '../support/counts.ts';
import { AttemptAudit, expectSingle } from '../support/e2e/attempt-audit.ts';
import { eventually } from '../support/e2e/patience.ts';
import { makeTestedRun, type TestedRun } from '../support/e2e/tested-run.ts';
import { describeWith } from '../support/requirement.ts';

describeWith(await missingForNodes(), 'a disrupted run', () => {
  test('has its next Job at once after each of many evictions', async (context) => {
    const count = runs(4, 50);
    await using audit = await AttemptAudit.begin('evicted');
    const run = makeTestedRun(context, { namespace: 'evicted', pace: { updates: 100_000, lastEvery: 5 } });
    await run.apply();
    const latencies: number[] = [];
    for (let attempt = 1; attempt <= count; attempt += 1)
      latencies.push(await evictAndTime(run, audit, attempt));
    const sorted = latencies.toSorted((a, b) => a - b);
    const at = (part: number): string => (sorted[Math.ceil(part * count) - 1] ?? Number.NaN).toFixed(0);
    console.log(
      `  eviction to next Job, ms over ${count}: p50 ${at(0.5)}, p99 ${at(0.99)}, all ${sorted.map(Math.round).join()}`,
    );
    await run.untilTraining(count + 1);
    expect(await expectSingle(audit, run)).toHaveLength(count + 1);
    const { failures, totals } = await run.until(
      'every end is in the ledger',
      ({ totals: { disruptions } }) => disruptions === count,
    );
    expect({ failures, ofTotals: totals.failures }).toEqual({ failures: 0, ofTotals: 0 });
  });
});

/** Evicts an attempt that has saved something, and tells how many milliseconds later the next Job was there. */
async function evictAndTime(run: TestedRun, audit: AttemptAudit, attempt: number): Promise<number> {
  const pod = await run.untilTraining(attempt);
  await run.until(`attempt ${attempt} has saved`, ({ resumePoint }) => resumePoint?.attempt === attempt);
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
