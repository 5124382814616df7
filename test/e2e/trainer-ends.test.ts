// The ways a trainer ends by itself, each produced for real: what the ledger, the Event, the counters and the message then say, and
// that curing it is enough.
import { expect, test } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import type { Job } from '../../src/ports/kube-objects.ts';
import { endOf, expectCondition, expectEnding } from '../support/e2e/ending.ts';
import { expectFinalWeights } from '../support/e2e/proof.ts';
import { attemptOf, listJobs } from '../support/e2e/run-view.ts';
import { applyTestedRun, entryOf, type TestedRun } from '../support/e2e/tested-run.ts';
import { describeWith } from '../support/requirement.ts';

/** As many can run at once as there are tests here; the first failure is the last. */
const shared = { gpu: false, pace: { updates: 60 } } as const;
const once = { restart: { maxFailures: 1 } } as const;

const python = (program: string): { readonly command: readonly string[] } => ({
  command: ['python3', '-c', program],
});
const healthy = { command: ['python3', '/trainer/train.py'] };

async function expectDone(run: TestedRun, attempt: number): Promise<void> {
  const done = await run.untilPhase('Succeeded');
  expect(done).toMatchObject({ attempt, failures: 0 });
  await expectFinalWeights(run, done);
}

const isComplete = ({ status }: Job): boolean =>
  status?.conditions?.some(({ type }) => type === 'Complete') === true;

// Ends well when it is told to stop, as frameworks do that save and leave: that is not a success.
const polite = `
import os, signal, subprocess, sys
trainer = subprocess.Popen(["python3", "/trainer/train.py", *sys.argv[1:]])
def stop(*_):
    trainer.terminate()
    os._exit(0)
signal.signal(signal.SIGTERM, stop)
sys.exit(trainer.wait())
`;

describeWith(await missingForNodes(), 'a trainer', () => {
  test.concurrent('that takes more memory than it may ends the run, and goes on with a better one', async (context) => {
    const run = await applyTestedRun(context, {
      ...shared,
      namespace: 'out-of-memory',
      spec: once,
      trainer: {
        ...python('held = [b"x" * (16 << 20) for _ in range(64)]'),
        resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '128Mi' } },
      },
    });
    await expectEnding(run, {
      cause: 'OutOfMemory',
      message: /ran out of memory \(OOMKilled\): raise trainer\.resources\.limits\.memory/,
      entry: { exitCode: 137 },
    });
    await expectCondition(run, { type: 'Failed', reason: 'TooManyFailures', message: /ran out of memory/ });
    await run.patch({ spec: { trainer: healthy } });
    await expectDone(run, 2);
  });

  test.concurrent('that fills the disk beyond its limit is told so', async (context) => {
    const run = await applyTestedRun(context, {
      ...shared,
      namespace: 'scratch-full',
      spec: once,
      trainer: {
        ...python(
          'open("/workspace/ckpts/big", "wb").write(b"x" * (64 << 20)); import time; time.sleep(600)',
        ),
        resources: {
          requests: { cpu: '20m', memory: '64Mi', 'ephemeral-storage': '1Mi' },
          limits: { 'ephemeral-storage': '16Mi' },
        },
      },
    });
    await expectEnding(run, {
      cause: 'ScratchFull',
      message: /kubelet evicted its pod: .*raise scratch\.size/,
    });
    await expectCondition(run, { type: 'Failed', reason: 'TooManyFailures', message: /raise scratch\.size/ });
    await run.patch({ spec: { trainer: { ...healthy, resources: { limits: null } } } });
    await expectDone(run, 2);
  });

  test.concurrent('that cannot be imported is told by the last line of its log', async (context) => {
    const run = await applyTestedRun(context, {
      ...shared,
      namespace: 'import-error',
      spec: once,
      trainer: python('import torchcodec'),
    });
    await expectEnding(run, {
      cause: 'TrainerFailed',
      message:
        /exit code 1, \d+ s after its start and before it had trained \(ModuleNotFoundError: No module named 'torchcodec'\)/,
      entry: { exitCode: 1 },
    });
    await expectCondition(run, { type: 'Failed', reason: 'TooManyFailures', message: /torchcodec/ });
    await run.patch({ spec: { trainer: healthy } });
    await expectDone(run, 2);
  });

  test.concurrent('that exits 0 because it was evicted has not succeeded', async (context) => {
    const run = await applyTestedRun(context, {
      ...shared,
      namespace: 'exit-zero',
      holdsAt: 45,
      trainer: python(polite),
    });
    const pod = await run.untilHeld(45, 40);
    await run.evict(pod);
    await expectEnding(run, { cause: 'Evicted', message: /EvictionByEvictionAPI/ });
    // its Job, which knows nothing of checkpoints, takes the exit code for a success
    await run.until('the Job of attempt 1 is Complete', async () =>
      (await listJobs(run)).some((job) => attemptOf(job) === 1 && isComplete(job)),
    );
    await expectDone(run, 2);
    // which says so to an operator that was not there
    expect(await endOf(run, pod)).toMatchObject({ flushed: true, podWasEnding: true });
  });

  test.concurrent('that hangs is ended as a failure, as onHung says, and another goes on', async (context) => {
    const run = await applyTestedRun(context, {
      ...shared,
      namespace: 'hung',
      holdsAt: 45,
      spec: { restart: { onHung: 'Restart' } },
    });
    // a start on a busy machine is no hang
    await run.untilHeld(45, 40);
    await run.patch({ spec: { restart: { hungAfterSeconds: 15 } } });
    await expectEnding(run, {
      cause: 'Hung',
      message: /no update and saved nothing for restart\.hungAfterSeconds/,
    });
    await run.patch({ spec: { restart: { hungAfterSeconds: null } } });
    const done = await run.untilPhase('Succeeded');
    expect(done).toMatchObject({ attempt: 2, totals: { failures: 1, disruptions: 0 } });
    expect(entryOf(done, 2)?.resumedFrom?.update).toBe(40);
    await expectFinalWeights(run, done);
  });

  test.concurrent('whose run has used its time is ended, and goes on when there is more', async (context) => {
    const run = await applyTestedRun(context, {
      ...shared,
      namespace: 'overdue',
      holdsAt: 45,
      spec: { activeDeadlineSeconds: 12 },
    });
    await expectEnding(run, { cause: 'DeadlineExceeded', message: /activeDeadlineSeconds/ });
    await expectCondition(run, { type: 'Failed', reason: 'DeadlineExceeded', message: /Raise or remove it/ });
    expect(await run.untilEnded(1)).toMatchObject({ cause: 'DeadlineExceeded' });
    await run.patch({ spec: { activeDeadlineSeconds: 3600 } });
    await expectDone(run, 2);
  });
});
