// Pods that end and go while no operator looks: all that is left of their end is what the Job controller wrote by the Job's
// podFailurePolicy. The operator that comes next takes it for no failure of the trainer, says what to do, and goes on when that is done.
import { expect, test, type TestContext } from 'vitest';
import { missingForNodes } from '../../../dev/cluster/machine.ts';
import type { Cause } from '../../../src/domain/run/causes.ts';
import { expectEnding } from '../../support/e2e/ending.ts';
import type { TestNamespace } from '../../support/e2e/namespaces.ts';
import { eventually } from '../../support/e2e/patience.ts';
import { expectFinalWeights } from '../../support/e2e/proof.ts';
import { bindByHand, unscheduled } from '../../support/e2e/scheduling-by-hand.ts';
import { listJobs } from '../../support/e2e/run-view.ts';
import { stage } from '../../support/e2e/stage.ts';
import { expectStoodStalled } from '../../support/e2e/standing.ts';
import { StatusRecord } from '../../support/e2e/status-record.ts';
import { makeTestedRun, type TestedRun } from '../../support/e2e/tested-run.ts';
import { describeWith } from '../../support/requirement.ts';

interface UnreadEnd {
  readonly what: string;
  readonly namespace: TestNamespace;
  readonly command?: readonly string[];
  /** of the store, in the run's namespace; empty: the agents cannot use what they are given */
  readonly secretAccessKey?: string;
  readonly cause: Cause;
  readonly exitCode: number;
  readonly reason: string;
  readonly message: RegExp;
}

const ends: readonly UnreadEnd[] = [
  {
    what: 'restore stopped, for a reason that went with it',
    namespace: 'ends-unread-stop',
    secretAccessKey: '',
    cause: 'RestoreStopped',
    exitCode: 10,
    reason: 'RestoreStopped',
    message: /restore found nothing it may start from/,
  },
  {
    what: 'trainer could not be started',
    namespace: 'ends-unread-start',
    command: ['/absent'],
    cause: 'TrainerNotStarted',
    exitCode: 128,
    reason: 'RunContainerError',
    message:
      /the trainer could not be started \(exit code 128, and its pod is gone\): correct trainer\.command/,
  },
];

async function setSecretKey(run: TestedRun, secretAccessKey: string): Promise<void> {
  const body = { stringData: { AWS_SECRET_ACCESS_KEY: secretAccessKey } };
  const path = `/api/v1/namespaces/${run.namespace}/secrets/reprise-store`;
  await stage().api.change({ method: 'PATCH', path, body });
}

/** Its pod ends, and is gone with what it said, before another operator starts. */
async function endUnread(context: TestContext, run: TestedRun): Promise<void> {
  const { operator, cli } = stage();
  await run.until('its pod waits for a node', async () => (await run.pod(1)) !== undefined);
  context.onTestFinished(() => operator.start());
  await operator.kill();
  const name = await bindByHand(run, 'gpu-1');
  await eventually({
    otherwise: 'the Job does not fail',
    check: async () => {
      const conditions = (await listJobs(run)).flatMap(({ status }) => status?.conditions ?? []);
      const failed = conditions.some(
        ({ type, reason }) => type === 'Failed' && reason === 'PodFailurePolicy',
      );
      return failed ? undefined : JSON.stringify(conditions);
    },
  });
  await cli.run('delete', 'pod', '-n', run.namespace, name);
  await operator.start();
}

describeWith(await missingForNodes(), 'a run', () => {
  for (const { what, namespace, command, secretAccessKey, cause, exitCode, reason, message } of ends)
    test(`whose ${what}, and whose pod is gone, waits to be cured`, async (context) => {
      const run = makeTestedRun(context, {
        namespace,
        gpu: false,
        pace: { updates: 60 },
        spec: { restart: { maxFailures: 1 }, ...unscheduled },
        ...(command === undefined ? {} : { trainer: { command } }),
      });
      if (secretAccessKey !== undefined) await setSecretKey(run, secretAccessKey);
      await using record = await StatusRecord.begin(run);
      await run.apply();
      await endUnread(context, run);
      await expectEnding(run, { cause, message, entry: { exitCode } });
      await expectStoodStalled(run, record, { reason, message });
      await setSecretKey(run, stage().bucket.agent.secretAccessKey);
      const trainer = { command: ['python3', '/trainer/train.py'] };
      await run.patch({ spec: { podTemplate: { spec: { schedulerName: null } }, trainer } });
      const done = await run.untilPhase('Succeeded');
      expect(done).toMatchObject({ failures: 0, totals: { failures: 0, disruptions: 0 } });
      await expectFinalWeights(run, done);
    });
});
