// A trainer that fails: by its own exit code, again and again, and by a SIGKILL in the middle of a save.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import { endDocument } from '../../src/wire/end-document.ts';
import { fetchObject, listCheckpoints, listKeys, readText, runPrefix } from '../support/e2e/bucket.ts';
import { expectFinalWeights } from '../support/e2e/proof.ts';
import { stage } from '../support/e2e/stage.ts';
import { StatusRecord } from '../support/e2e/status-record.ts';
import { applyTestedRun, entryOf, makeTestedRun } from '../support/e2e/tested-run.ts';
import { describeWith } from '../support/requirement.ts';
import { verdictOf } from '../support/tiny-trainer.ts';

/** The tiny trainer; attempts up to `last` end after update 30 with exit code 7. */
const failingUntil = (last: number): readonly string[] => [
  'sh',
  '-c',
  `if [ "$REPRISE_ATTEMPT" -le ${last} ]; then set -- "$@" --exit-at=30 --exit-code=7; fi; exec python3 /trainer/train.py "$@"`,
  'trainer',
];

describeWith(await missingForNodes(), 'a failing trainer', () => {
  test.concurrent('is tried again until its budget is spent, and once more when asked to', async (context) => {
    const run = makeTestedRun(context, {
      namespace: 'crashing',
      spec: { restart: { maxFailures: 1 } },
      trainer: { command: failingUntil(2) },
    });
    await using record = await StatusRecord.begin(run);
    await run.apply();
    // the first attempt saved update 25 before it failed: that is progress, which costs nothing of the budget
    const restarting = await record.first(
      'attempt 1 failed, and another is to follow',
      (status) => status.phase === 'Restarting' && entryOf(status, 1)?.endedAt !== undefined,
    );
    expect(restarting).toMatchObject({ attempt: 1, failures: 0, totals: { failures: 1, disruptions: 0 } });
    expect(entryOf(restarting, 1)).toMatchObject({ cause: 'TrainerFailed', exitCode: 7, savedUpdate: 25 });
    expect(restarting.message).toMatch(
      /attempt 1 ended: the trainer failed with exit code 7(?: \(.*\))?; the next starts at [0-9TZ:-]+/,
    );
    const failed = await run.untilPhase('Failed');
    expect(failed.message).toMatch(
      /^attempt 2: the trainer failed with exit code 7(?: \(.*\))?; 1 failure without progress reach restart\.maxFailures \(1\)\. .*reprise\.dev\/retry/,
    );
    expect(failed).toMatchObject({ attempt: 2, failures: 1, totals: { failures: 2, disruptions: 0 } });
    expect(failed.conditions.find(({ type }) => type === 'Failed')).toMatchObject({
      status: 'True',
      reason: 'TooManyFailures',
    });
    expect(entryOf(failed, 2)).toMatchObject({ cause: 'TrainerFailed', exitCode: 7 });

    await run.annotateRetry('once more');
    const done = await run.untilPhase('Succeeded');
    expect(done).toMatchObject({ attempt: 3, failures: 0 });
    expect(entryOf(done, 3)?.resumedFrom).toMatchObject({ attempt: 1, update: 25 });
    await expectFinalWeights(run, done);

    const described = await stage().cli.run('describe', 'ttsr', '-n', run.namespace, run.name);
    const told = [...described.matchAll(/Attempt \d (?:starts|ended)/g)].map(([words]) => words);
    // kubectl sorts by whole seconds: the third may have started in that of the second's end
    expect(told).toContain('Attempt 3 starts');
    expect(told.filter((words) => !words.startsWith('Attempt 3'))).toEqual([
      'Attempt 1 starts',
      'Attempt 1 ended',
      'Attempt 2 starts',
      'Attempt 2 ended',
    ]);
  });

  test.concurrent('killed in the middle of a save leaves nothing torn in the bucket and goes on from the save before', async (context) => {
    const run = await applyTestedRun(context, {
      namespace: 'torn-save',
      // update 60 writes model_last.pt first; update 50 lies beside it as a step
      args: ['--die-mid-save-at=60', '--only-on-attempt=1'],
      pace: { stepEvery: 25, lastEvery: 20 },
      // everything stays to be looked at
      spec: { retention: { keepModelLast: 100 } },
    });
    expect(await run.untilEnded(1)).toMatchObject({ cause: 'Disrupted', exitCode: 137, savedUpdate: 50 });
    const endKey = (await listKeys(run)).find((key) => /^attempts\/0001-.*\/end\.json$/.test(key)) ?? '';
    const end = endDocument.parse(await readText(run, endKey), endKey);
    expect(end.unsent.map(({ file }) => file)).toEqual(['model_last.pt']);
    const done = await run.untilPhase('Succeeded');
    expect(entryOf(done, 2)?.resumedFrom).toMatchObject({ attempt: 1, update: 50 });
    const checkpoints = await listCheckpoints(run);
    expect(checkpoints.filter(({ attempt, update }) => attempt.number === 1 && update > 50)).toEqual([]);
    await expectWhole(runPrefix(run), await listKeys(run));
    await expectFinalWeights(run, done);
  });
});

async function expectWhole(prefix: string, keys: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'reprise-whole-'));
  try {
    for (const key of keys.filter((name) => name.endsWith('.pt'))) {
      const file = await fetchObject(`${prefix}${key}`, join(folder, 'checkpoint.pt'));
      expect({ key, verdict: await verdictOf(file) }).toEqual({ key, verdict: 'verified' });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
