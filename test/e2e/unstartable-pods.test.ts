// Pods that are made and cannot start. The run says which container, what is wrong and what cures it, in status.message and through
// `kubectl reprise why`; the cure is enough, and nothing is counted against the run, though the pod of a program that cannot be started ends.
import { expect, type TestContext, test } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import { expectEnding } from '../support/e2e/ending.ts';
import type { TestNamespace } from '../support/e2e/namespaces.ts';
import { expectFinalWeights } from '../support/e2e/proof.ts';
import { stage } from '../support/e2e/stage.ts';
import { expectStalled } from '../support/e2e/standing.ts';
import { StatusRecord } from '../support/e2e/status-record.ts';
import { makeTestedRun, type TestedRun } from '../support/e2e/tested-run.ts';
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
  /** Kubelet's other reasons, which stand for seconds. */
  readonly passing: readonly string[];
}

/** Cured by a correction of the spec: another attempt takes the place of the one that never started. */
const wrongSpecs: readonly Unstartable[] = [
  {
    what: 'an image that no registry has',
    namespace: 'ends-no-pull',
    // nobody listens there
    broken: { image: '127.0.0.1:9/absent:dev', imagePullPolicy: 'IfNotPresent' },
    // right after each try
    passing: ['ErrImagePull'],
    reason: 'ImagePullBackOff',
    message:
      /container trainer cannot start: ImagePullBackOff .*127\.0\.0\.1:9\/absent:dev.*imagePullSecrets/,
  },
  {
    what: 'an image with a name that is none',
    namespace: 'ends-bad-name',
    broken: { image: 'reprise.local/Tiny:dev' },
    passing: [],
    reason: 'InvalidImageName',
    message:
      /container trainer cannot start: InvalidImageName .*reprise\.local\/Tiny:dev.*Correct trainer\.image/,
  },
  {
    what: 'an image without a program, and no command',
    namespace: 'ends-no-command',
    broken: { image: 'reprise.local/python:base', command: undefined, args: undefined },
    passing: [],
    reason: 'CreateContainerError',
    message: /container trainer cannot start: CreateContainerError .*no command.*Correct trainer\.command/,
  },
  {
    what: 'a key that its ConfigMap does not have',
    namespace: 'ends-no-key',
    broken: {
      env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'kube-root-ca.crt', key: 'absent' } } }],
    },
    passing: [],
    reason: 'CreateContainerConfigError',
    message: /container trainer cannot start: CreateContainerConfigError .*absent.*Secret or ConfigMap/,
  },
];

interface Broken extends Pick<Unstartable, 'namespace' | 'broken'> {
  readonly podSpec?: object;
}

/** A run whose trainer differs from the healthy one of its manifest. */
async function applyBroken(
  context: TestContext,
  { namespace, broken, podSpec = {} }: Broken,
): Promise<TestedRun> {
  const run = makeTestedRun(context, {
    ...shared,
    namespace,
    spec: { restart: { maxFailures: 1 }, podTemplate: { spec: podSpec } },
  });
  const { manifest } = run;
  const trainer = { ...manifest.spec.trainer, ...broken };
  await stage().cli.apply({ ...manifest, spec: { ...manifest.spec, trainer } });
  return run;
}

async function correct(run: TestedRun): Promise<void> {
  const none = { env: null, envFrom: null, volumeMounts: null };
  await run.patch({ spec: { trainer: { ...none, ...run.manifest.spec.trainer } } });
}

/** What no budget is spent for, though its pods end: the trainer never ran. */
const unstartables = [
  {
    what: 'a program that its image does not have',
    namespace: 'ends-absent-command',
    program: '/absent',
    exitCode: 128,
    words: 'exec: "/absent": .*no such file or directory',
  },
  {
    what: 'a program that is none for its machine',
    namespace: 'ends-bad-format',
    program: '/programs/train',
    exitCode: 1,
    words: 'exec /programs/train: exec format error',
  },
] as const;

const programs = { name: 'programs', configMap: { name: 'programs', defaultMode: 0o755 } };

/** An executable file that no kernel can run. */
const programFile = (namespace: TestNamespace): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: programs.name, namespace },
  data: { train: 'no program' },
});

/** It stood as long as kubelet said so, with its cure. */
async function expectPassing(record: StatusRecord, reason: string): Promise<void> {
  const status = await record.first(`Stalled for ${reason}`, ({ conditions }) =>
    conditions.some((one) => one.type === 'Stalled' && one.reason === reason),
  );
  expect(status).toMatchObject({ phase: 'Stalled', failures: 0, totals: { failures: 0, disruptions: 0 } });
  expect(status.message).toMatch(new RegExp(`container trainer cannot start: ${reason} .*imagePullSecrets`));
}

/** Asserts that it came to its end with nothing counted against it. Returns the number of its last attempt. */
async function expectUncounted(run: TestedRun): Promise<number> {
  const done = await run.untilPhase('Succeeded');
  const totals = { failures: 0, disruptions: 0, lostUpdates: 0 };
  expect(done).toMatchObject({ failures: 0, totals });
  expect(done.conditions.find(({ type }) => type === 'Stalled')?.status).toBe('False');
  await expectFinalWeights(run, done);
  return done.attempt;
}

describeWith(await missingForNodes(), 'a pod that cannot start', () => {
  for (const wrong of wrongSpecs)
    test.concurrent(`for ${wrong.what} is replaced as soon as that is corrected`, async (context) => {
      await using record = await StatusRecord.begin({ namespace: wrong.namespace, name: 'run' });
      const run = await applyBroken(context, wrong);
      await expectStalled(run, wrong);
      for (const reason of wrong.passing) await expectPassing(record, reason);
      await correct(run);
      await expectEnding(run, {
        cause: 'Replaced',
        message: /the spec changed before its trainer had started/,
      });
      expect(await expectUncounted(run)).toBe(2);
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
    expect(await expectUncounted(run)).toBe(1);
  });

  for (const { what, namespace, program, exitCode, words } of unstartables)
    test.concurrent(`for ${what} costs nothing, is tried again, and starts once it is corrected`, async (context) => {
      const podSpec = { volumes: [programs] };
      const broken = { command: [program], volumeMounts: [{ name: programs.name, mountPath: '/programs' }] };
      await stage().cli.apply(programFile(namespace));
      const run = await applyBroken(context, { namespace, broken, podSpec });
      const message = new RegExp(
        `the trainer could not be started \\(${words}\\): correct trainer\\.command`,
      );
      await expectEnding(run, {
        cause: 'TrainerNotStarted',
        message,
        entry: { exitCode, trainedSeconds: 0 },
      });
      await expectStalled(run, { reason: 'RunContainerError', message });
      const repeated = await run.until(
        'it has been tried twice, told in one row',
        ({ attempts }) => (attempts.find(({ repeats }) => repeats !== undefined)?.repeats ?? 1) >= 2,
      );
      expect(repeated).toMatchObject({ failures: 0, totals: { failures: 0, disruptions: 0 } });
      await correct(run);
      // the next may have been made just before
      expect(await expectUncounted(run)).toBeGreaterThan(repeated.attempt);
    });
});
