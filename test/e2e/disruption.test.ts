// What happens to pods in a cluster's life: drains, deletions, evictions. Each time what was trained is saved first, the next attempt
// goes on from it at once, and in the end the weights are those of an undisturbed training.
import { expect, test } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import { formatAttemptId, podOf } from '../../src/domain/bucket/keys.ts';
import type { Pod } from '../../src/ports/kube-objects.ts';
import { type EndDocument, endDocument } from '../../src/wire/end-document.ts';
import { runs } from '../support/counts.ts';
import { AttemptAudit, expectSingle } from '../support/e2e/attempt-audit.ts';
import { listCheckpoints, readText } from '../support/e2e/bucket.ts';
import { eventually, patienceSeconds } from '../support/e2e/patience.ts';
import { expectFinalWeights } from '../support/e2e/proof.ts';
import { stage } from '../support/e2e/stage.ts';
import { applyTestedRun, entryOf, makeTestedRun, type TestedRun } from '../support/e2e/tested-run.ts';
import { graceSeconds } from '../support/e2e/training-run.ts';
import { describeWith } from '../support/requirement.ts';

async function readEnd(run: TestedRun, { metadata: { uid } }: Pod): Promise<EndDocument> {
  const key = `attempts/${formatAttemptId({ number: 1, pod: podOf(uid) })}/end.json`;
  return endDocument.parse(await readText(run, key), key);
}

/** Asserts that attempt 1 saved all it could, and that attempt 2 went on from there to the end. */
async function expectResumed(run: TestedRun, first: Pod): Promise<void> {
  const end = await readEnd(run, first);
  expect(end.flushed).toBe(true);
  expect(end.lastUpdateSaved).toBe(end.lastUpdateSeen);
  const saved = (await listCheckpoints(run)).filter(({ attempt }) => attempt.number === 1);
  expect(Math.max(...saved.map(({ update }) => update))).toBe(end.lastUpdateSaved);
  const done = await run.untilPhase('Succeeded');
  expect(done).toMatchObject({ attempt: 2, failures: 0, totals: { disruptions: 1, failures: 0 } });
  expect(entryOf(done, 2)?.resumedFrom).toMatchObject({ attempt: 1, update: end.lastUpdateSaved });
  const lost = entryOf(done, 1)?.lostUpdates ?? -1;
  expect(lost, 'lost is less than what lies between two saves').toBeLessThan(10);
  await expectFinalWeights(run, done);
}

describeWith(await missingForNodes(), 'a disrupted run', () => {
  test('goes on elsewhere after a drain, which ends as soon as everything is saved', async (context) => {
    const run = await applyTestedRun(context, { namespace: 'drained', pace: { updates: 600 } });
    const first = await run.untilTraining(1);
    const node = first.spec?.nodeName ?? '';
    await run.untilSaved(50);
    const { cli } = stage();
    context.onTestFinished(async () => void (await cli.run('uncordon', node)));
    const started = performance.now();
    await cli.run(
      'drain',
      node,
      '--ignore-daemonsets',
      '--delete-emptydir-data',
      `--timeout=${patienceSeconds}s`,
    );
    const seconds = (performance.now() - started) / 1000;
    console.log(`  the drain took ${seconds.toFixed(1)} s; the grace is ${graceSeconds} s`);
    expect(await run.untilEnded(1)).toMatchObject({ cause: 'Evicted', node });
    const second = await run.untilTraining(2);
    expect(second.spec?.nodeName).not.toBe(node);
    await expectResumed(run, first);
  });

  test('goes on after kubectl delete pod', async (context) => {
    const run = await applyTestedRun(context, { namespace: 'deleted-pod', pace: { updates: 600 } });
    const first = await run.untilTraining(1);
    await run.untilSaved(50);
    await stage().cli.run('delete', 'pod', '-n', run.namespace, first.metadata.name);
    expect(await run.untilEnded(1)).toMatchObject({ cause: 'PodDeleted' });
    await expectResumed(run, first);
  });

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
