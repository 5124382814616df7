// Pods that are made and cannot start. The run says which container, what is wrong and what cures it, in status.message and through
// `kubectl reprise why`; the cure is enough, and nothing is counted against the run.
import { expect, type TestContext, test } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import { fromSources, runProcess } from '../support/cli-stage.ts';
import { expectCondition, expectEnding } from '../support/e2e/ending.ts';
import type { TestNamespace } from '../support/e2e/namespaces.ts';
import { expectFinalWeights } from '../support/e2e/proof.ts';
import { stage } from '../support/e2e/stage.ts';
import { entryOf, makeTestedRun, type TestedRun } from '../support/e2e/tested-run.ts';
import { describeWith } from '../support/requirement.ts';

/** As many can run at once as there are tests here. */
const shared = { gpu: false, pace: { updates: 60 } } as const;

type Trainer = Readonly<Record<string, unknown>>;

interface Unstartable {
  readonly what: string;
  readonly namespace: TestNamespace;
  /** Differs from a healthy trainer in this. */
  readonly broken: Trainer;
  readonly reason: string;
  readonly message: RegExp;
}

/** Cured by a correction of the spec: another attempt takes the place of the one that never started. */
const wrongSpecs: readonly Unstartable[] = [
  {
    what: 'an image that no registry has',
    namespace: 'ends-no-pull',
    // nobody listens there
    broken: { image: '127.0.0.1:9/absent:dev', imagePullPolicy: 'IfNotPresent' },
    // what is seen between two tries; ErrImagePull, for a moment after each
    reason: 'ImagePullBackOff',
    message:
      /container trainer cannot start: ImagePullBackOff .*127\.0\.0\.1:9\/absent:dev.*imagePullSecrets/,
  },
  {
    what: 'an image with a name that is none',
    namespace: 'ends-bad-name',
    broken: { image: 'reprise.local/Tiny:dev' },
    reason: 'InvalidImageName',
    message:
      /container trainer cannot start: InvalidImageName .*reprise\.local\/Tiny:dev.*Correct trainer\.image/,
  },
  {
    what: 'an image without a program, and no command',
    namespace: 'ends-no-command',
    broken: { image: 'reprise.local/python:base', command: undefined, args: undefined },
    reason: 'CreateContainerError',
    message: /container trainer cannot start: CreateContainerError .*no command.*Correct trainer\.command/,
  },
  {
    what: 'a key that its ConfigMap does not have',
    namespace: 'ends-no-key',
    broken: {
      env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'kube-root-ca.crt', key: 'absent' } } }],
    },
    reason: 'CreateContainerConfigError',
    message: /container trainer cannot start: CreateContainerConfigError .*absent.*Secret or ConfigMap/,
  },
];

/** A run whose trainer differs from the healthy one of its manifest. */
async function applyBroken(
  context: TestContext,
  { namespace, broken }: Pick<Unstartable, 'namespace' | 'broken'>,
): Promise<TestedRun> {
  const run = makeTestedRun(context, {
    ...shared,
    namespace,
    spec: { restart: { maxFailures: 1 } },
  });
  const { manifest } = run;
  const trainer = { ...manifest.spec.trainer, ...broken };
  await stage().cli.apply({ ...manifest, spec: { ...manifest.spec, trainer } });
  return run;
}

async function correct(run: TestedRun): Promise<void> {
  await run.patch({ spec: { trainer: { env: null, envFrom: null, ...run.manifest.spec.trainer } } });
}

/** What the operator says, and the command line by itself. */
async function expectStalled(
  run: TestedRun,
  { reason, message }: Pick<Unstartable, 'reason' | 'message'>,
): Promise<void> {
  await expectCondition(run, { type: 'Stalled', reason, message });
  const line = ['why', run.name, '-n', run.namespace, '--kubeconfig', stage().kubeconfig, '-o', 'json'];
  const { code, out, err } = await runProcess(fromSources(...line), { env: { HOME: '/nowhere' } });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(JSON.parse(out)).toMatchObject({
    phase: 'Stalled',
    message: expect.stringMatching(/container trainer cannot start/) as string,
    cure: expect.any(String) as string,
  });
}

async function expectUncounted(run: TestedRun, attempt: number): Promise<void> {
  const done = await run.untilPhase('Succeeded');
  const totals = { failures: 0, disruptions: 0, lostUpdates: 0 };
  expect(done).toMatchObject({ attempt, failures: 0, totals });
  expect(done.conditions.find(({ type }) => type === 'Stalled')?.status).toBe('False');
  await expectFinalWeights(run, done);
}

describeWith(await missingForNodes(), 'a pod that cannot start', () => {
  for (const wrong of wrongSpecs)
    test.concurrent(`for ${wrong.what} is replaced as soon as that is corrected`, async (context) => {
      const run = await applyBroken(context, wrong);
      await expectStalled(run, wrong);
      await correct(run);
      await expectEnding(run, {
        cause: 'Replaced',
        message: /the spec changed before its trainer had started/,
      });
      await expectUncounted(run, 2);
    });

  test.concurrent('for a Secret that is not there starts when it is', async (context) => {
    const broken = { envFrom: [{ secretRef: { name: 'late' } }] };
    const run = await applyBroken(context, { namespace: 'ends-no-secret', broken });
    const reason = 'CreateContainerConfigError';
    const message =
      /container trainer cannot start: CreateContainerConfigError .*"late" not found.*Make the Secret/;
    await expectStalled(run, { reason, message });
    const metadata = { name: 'late', namespace: run.namespace };
    await stage().cli.apply({ apiVersion: 'v1', kind: 'Secret', metadata, stringData: { X: 'y' } });
    await expectUncounted(run, 1);
  });

  test.concurrent('for a program that its image does not have ends as a failure that says so', async (context) => {
    const broken = { command: ['/absent'] };
    const run = await applyBroken(context, { namespace: 'ends-absent-command', broken });
    const message = /the trainer could not be started .*\/absent.*correct trainer\.command/;
    await expectEnding(run, { cause: 'TrainerFailed', message, entry: { exitCode: 128 } });
    await expectCondition(run, { type: 'Failed', reason: 'TooManyFailures', message });
    await correct(run);
    const done = await run.untilPhase('Succeeded');
    expect(done).toMatchObject({ attempt: 2, failures: 0, totals: { failures: 1, disruptions: 0 } });
    expect(entryOf(done, 2)?.resumedFrom).toBeUndefined();
    await expectFinalWeights(run, done);
  });
});
