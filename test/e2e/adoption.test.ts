// A run that finds checkpoints of an unfinished predecessor of its name: one deleted and applied again, and one whose files come from
// the real F5-TTS.
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import { genuine } from '../support/checkpoints.ts';
import { listCheckpoints, plant, runPrefix } from '../support/e2e/bucket.ts';
import { eventually } from '../support/e2e/patience.ts';
import { formerUid, markerText, originKey, originText, plantLast } from '../support/e2e/planted-run.ts';
import { expectFinalWeights } from '../support/e2e/proof.ts';
import { findRun, listEvents, type RunName, type RunObject } from '../support/e2e/run-view.ts';
import { stage } from '../support/e2e/stage.ts';
import { applyTestedRun, entryOf, makeTestedRun, type TestedRun } from '../support/e2e/tested-run.ts';
import { describeWith } from '../support/requirement.ts';

/** Asserts that `kubectl describe` of this very run tells of the adoption. */
async function expectAdopted(run: TestedRun, formerUid: string): Promise<void> {
  const uid = await run.uid();
  await eventually({
    otherwise: 'there is no event Adopted',
    async check() {
      const found = (await listEvents(run)).filter((event) => event.regarding.uid === uid);
      const adopted = found.find(({ reason }) => reason === 'Adopted');
      return adopted?.note.includes(formerUid) === true
        ? undefined
        : found.map(({ reason }) => reason).join();
    },
  });
}

const former = { number: 1, pod: '5eed0001' } as const;

/** Leaves in the bucket what an unfinished run of this name would have: a genuine checkpoint at update 48. */
async function plantPredecessor(run: RunName, body: Uint8Array): Promise<string> {
  const cluster = await stage().api.find<RunObject>('/api/v1/namespaces/kube-system');
  const facts = { clusterUid: cluster?.metadata.uid ?? '', highestAttempt: 1 };
  await plant(run, { key: 'run.json', body: markerText(run, facts) });
  await plant(run, { key: originKey(former), body: originText(former, { gpus: 1 }) });
  const key = await plantLast(run, { attempt: former, update: 48, body });
  return `${runPrefix(run)}${key}`;
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Tells what it was handed, and then does nothing until it is told to end. */
const telling = `
import hashlib, os, time
folder = os.environ["REPRISE_CHECKPOINT_DIR"]
for name in sorted(os.listdir(folder)):
    if name.endswith((".pt", ".safetensors")):
        with open(os.path.join(folder, name), "rb") as file:
            print(name, hashlib.sha256(file.read()).hexdigest(), flush=True)
print("told all", flush=True)
time.sleep(3600)`;

describeWith(await missingForNodes(), 'a run with an unfinished predecessor', () => {
  test.concurrent('that was deleted and applied again goes on from its checkpoints', async (context) => {
    const run = await applyTestedRun(context, { namespace: 'adopted', holdsAt: 65 });
    await run.untilHeld(65, 60);
    const firstUid = await run.uid();
    await run.delete();
    await eventually({
      otherwise: 'the run was not deleted',
      check: async () => ((await findRun(run)) === undefined ? undefined : 'it is there'),
    });
    await run.apply();
    expect(await run.uid()).not.toBe(firstUid);
    const done = await run.untilPhase('Succeeded');
    await expectAdopted(run, firstUid);
    expect(done).toMatchObject({ attempt: 2, failures: 0 });
    const left = (await listCheckpoints(run)).filter(({ attempt }) => attempt.number === 1);
    const resumedFrom = entryOf(done, 2)?.resumedFrom;
    expect(resumedFrom?.attempt).toBe(1);
    // Retention may since have removed a newer one.
    expect(resumedFrom?.update).toBeGreaterThanOrEqual(Math.max(60, ...left.map(({ update }) => update)));
    await expectFinalWeights(run, done);
  });

  test.concurrent('hands a genuine F5-TTS checkpoint to the trainer byte by byte', async (context) => {
    const run = makeTestedRun(context, {
      namespace: 'planted',
      trainer: { command: ['python3', '-c', telling], args: [] },
    });
    const checkpoint = genuine('full-update48.pt');
    const key = await plantPredecessor(run, checkpoint);
    await run.apply();
    const pod = await run.untilTraining(2);
    let log = '';
    await eventually({
      otherwise: 'the trainer did not tell what it was handed',
      everyMillis: 200,
      check: async () => {
        log = await run.logs(pod, 'trainer');
        return log.includes('told all') ? undefined : log;
      },
    });
    expect(log.trim().split('\n')).toEqual([`model_last.pt ${hashOf(checkpoint)}`, 'told all']);
    const running = await run.until(
      'it runs, and says what it resumed from',
      ({ phase, message }) => phase === 'Running' && message.includes('resumed from update 48'),
    );
    expect(running.resumePoint).toMatchObject({ key, attempt: 1, update: 48 });
    await expectAdopted(run, formerUid);
  });
});
