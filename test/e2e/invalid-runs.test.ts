// Runs that cannot work as they stand. Each says in status.message what is wrong and what to do, and goes on by itself when that is done.
import { expect, test } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import { patienceSeconds } from '../support/e2e/patience.ts';
import { expectFinalWeights } from '../support/e2e/proof.ts';
import { stage } from '../support/e2e/stage.ts';
import { applyTestedRun, makeTestedRun, type TestedRun } from '../support/e2e/tested-run.ts';
import { applyStore } from '../support/e2e/tested-store.ts';
import { describeWith } from '../support/requirement.ts';

/** As many can run at once as there are tests here. */
const shared = { gpu: false, pace: { updates: 60 } } as const;

/** Asserts what the run says, in its message and in its condition Stalled. */
async function expectStalled(run: TestedRun, reason: string, message: RegExp): Promise<void> {
  const stalled = await run.until(`Stalled ${reason}`, ({ conditions }) =>
    conditions.some((condition) => condition.type === 'Stalled' && condition.reason === reason),
  );
  expect(stalled.phase).toBe('Stalled');
  expect(stalled.message).toMatch(message);
}

async function expectRecovered(run: TestedRun): Promise<void> {
  const done = await run.untilPhase('Succeeded');
  expect(done.conditions.find(({ type }) => type === 'Stalled')?.status).toBe('False');
  expect(done.failures).toBe(0);
  await expectFinalWeights(run, done);
}

describeWith(await missingForNodes(), 'an invalid run', () => {
  test.concurrent('names the store that is not there, and starts when it is', async (context) => {
    const run = await applyTestedRun(context, { ...shared, namespace: 'no-store', spec: { store: 'late' } });
    await expectStalled(
      run,
      'StoreNotFound',
      /CheckpointStore .*does not exist: late.*Create that CheckpointStore/,
    );
    await applyStore(context, run, { name: 'late' });
    await expectRecovered(run);
  });

  test.concurrent('says that its namespace is not allowed, and starts when it is labelled', async (context) => {
    const run = await applyTestedRun(context, {
      ...shared,
      namespace: 'not-allowed',
      spec: { store: 'walled' },
    });
    await applyStore(context, run, { name: 'walled', allowedNamespaces: { matchLabels: { may: 'train' } } });
    await expectStalled(run, 'NamespaceNotAllowed', /does not allow.*label the namespace/);
    await stage().cli.run('label', 'namespace', run.namespace, 'may=train');
    await expectRecovered(run);
  });

  test.concurrent('names the image that is not there, and starts with another', async (context) => {
    const run = await applyTestedRun(context, {
      ...shared,
      namespace: 'no-image',
      trainer: { image: 'reprise.local/absent:dev' },
    });
    const { image } = run.manifest.spec.trainer;
    await expectStalled(
      run,
      'ErrImageNeverPull',
      /container trainer cannot start: ErrImageNeverPull .*reprise\.local\/absent:dev.*load it onto the node, or change imagePullPolicy/,
    );
    expect(image).toBe('reprise.local/absent:dev');
    await run.patch({ spec: { trainer: { image: 'reprise.local/tiny-trainer:dev' } } });
    await expectRecovered(run);
  });

  test.concurrent('says that a quota refuses its pod, and starts when there is room', async (context) => {
    const run = makeTestedRun(context, { ...shared, namespace: 'no-quota' });
    const { cli } = stage();
    const metadata = { name: 'none', namespace: run.namespace };
    await cli.apply({ apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard: { pods: '0' } } });
    const isKnown = '--for=jsonpath={.status.hard.pods}=0';
    const within = `--timeout=${patienceSeconds}s`;
    await cli.run('wait', '-n', run.namespace, 'resourcequota/none', isKnown, within);
    await run.apply();
    await expectStalled(run, 'PodRefused', /refuses it: exceeded quota: none.*make room/);
    await cli.run('delete', 'resourcequota', '-n', run.namespace, 'none');
    await expectRecovered(run);
  });

  test.concurrent('says that Pod Security refuses its pod, and starts as a user who is not root', async (context) => {
    const run = makeTestedRun(context, {
      ...shared,
      namespace: 'restricted',
      trainer: { securityContext: {} },
    });
    const enforce = 'pod-security.kubernetes.io/enforce=restricted';
    await stage().cli.run('label', 'namespace', run.namespace, enforce);
    await run.apply();
    await expectStalled(run, 'PodRefused', /refuses it: violates PodSecurity "restricted:.*runAsNonRoot/);
    await run.patch({ spec: { trainer: { securityContext: { runAsUser: 1000, runAsGroup: 1000 } } } });
    await expectRecovered(run);
  });

  test.concurrent('says that no node has so many GPUs, and starts with fewer', async (context) => {
    const limits = { 'nvidia.com/gpu': '9' };
    const run = await applyTestedRun(context, {
      ...shared,
      namespace: 'no-gpu',
      trainer: { resources: { limits } },
    });
    const waiting = await run.until('it says that no node fits', ({ message }) =>
      message.includes('no node can take'),
    );
    expect(waiting.message).toMatch(
      /^attempt 1 waits: no node can take its pod: .*Insufficient nvidia\.com\/gpu.* Compare trainer\.resources\.limits/,
    );
    await run.patch({ spec: { trainer: { resources: { limits: null } } } });
    await expectRecovered(run);
  });

  test.concurrent('says that nothing was written into checkpointDir, and starts over when corrected', async (context) => {
    const run = await applyTestedRun(context, {
      ...shared,
      namespace: 'nothing-saved',
      args: ['--checkpoint-dir=/tmp/elsewhere'],
    });
    const failed = await run.untilPhase('Failed');
    expect(failed.message).toMatch(
      /never wrote a model_\*\.pt into \/workspace\/ckpts \(trainer\.checkpointDir\).*reprise\.dev\/retry/,
    );
    expect(failed.attempts[0]).toMatchObject({ cause: 'NothingSaved', exitCode: 0 });
    const args = run.manifest.spec.trainer.args.filter((arg) => !arg.startsWith('--checkpoint-dir'));
    await run.patch({ spec: { trainer: { args } } });
    await expectRecovered(run);
  });
});
