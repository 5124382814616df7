// Attempts that cannot be made, or whose pod cannot start to train, for reasons outside the run: each is told with its cure, costs no
// budget, and is over by itself once it is cured.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type TestContext } from 'vitest';
import { missingForNodes } from '../../dev/cluster/machine.ts';
import { plantSource, stepAt } from '../support/e2e/planted-run.ts';
import { expectEnding } from '../support/e2e/ending.ts';
import { eventually, patienceSeconds } from '../support/e2e/patience.ts';
import { expectFinalWeights } from '../support/e2e/proof.ts';
import { findRun, runPath } from '../support/e2e/run-view.ts';
import { stage } from '../support/e2e/stage.ts';
import { expectStalled } from '../support/e2e/standing.ts';
import { applyTestedRun, entryOf, makeTestedRun, type TestedRun } from '../support/e2e/tested-run.ts';
import { describeWith } from '../support/requirement.ts';

const shared = { gpu: false, pace: { updates: 60 } } as const;

async function expectRecovered(run: TestedRun, totals: { readonly disruptions: number }): Promise<void> {
  const done = await run.untilPhase('Succeeded');
  expect(done).toMatchObject({ failures: 0, totals: { failures: 0, ...totals } });
  expect(done.conditions.find(({ type }) => type === 'Stalled')?.status).toBe('False');
  await expectFinalWeights(run, done);
}

const undisturbed = { disruptions: 0 };

async function setSecretKey(run: TestedRun, secretAccessKey: string): Promise<void> {
  const body = { stringData: { AWS_SECRET_ACCESS_KEY: secretAccessKey } };
  const path = `/api/v1/namespaces/${run.namespace}/secrets/reprise-store`;
  await stage().api.change({ method: 'PATCH', path, body });
}

/** How many attempts may be made before there is room; each has a volume of its own. */
const volumes = Array.from({ length: 8 }, (_, at) => `tiny-${at}`);

interface Disk {
  /** Gives it so much room. */
  readonly grow: (size: string) => void;
}

/** A disk of this size in kilobytes, with volumes of the StorageClass `tiny` on it. */
async function makeDisk(context: TestContext, size: string): Promise<Disk> {
  const { cli, directory } = stage();
  const path = join(directory, 'tiny-disk');
  mkdirSync(path);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path]);
  context.onTestFinished(async () => {
    await cli.run('delete', 'pv', '--wait=false', ...volumes);
    // a pod that ends just now may still hold it
    execFileSync('umount', ['--lazy', path]);
  });
  for (const name of volumes) {
    mkdirSync(join(path, name));
    chmodSync(join(path, name), 0o777);
  }
  await cli.apply(
    ...volumes.map((name) => ({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name },
      spec: {
        storageClassName: 'tiny',
        capacity: { storage: '256Mi' },
        accessModes: ['ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Retain',
        hostPath: { path: join(path, name) },
      },
    })),
  );
  return { grow: (more) => void execFileSync('mount', ['-o', `remount,size=${more}`, path]) };
}

describeWith(await missingForNodes(), 'a run', () => {
  test.concurrent('whose Job a quota refuses says so, and starts when there is room', async (context) => {
    const run = makeTestedRun(context, { ...shared, namespace: 'no-jobs' });
    const { cli } = stage();
    const metadata = { name: 'none', namespace: run.namespace };
    const spec = { hard: { 'count/jobs.batch': '0' } };
    await cli.apply({ apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec });
    const isKnown = String.raw`--for=jsonpath={.status.hard.count/jobs\.batch}=0`;
    await cli.run(
      'wait',
      '-n',
      run.namespace,
      'resourcequota/none',
      isKnown,
      `--timeout=${patienceSeconds}s`,
    );
    await run.apply();
    await expectStalled(run, {
      reason: 'JobRefused',
      message:
        /^the API server refuses Job no-jobs\/run-1: .*exceeded quota: none.* make room for it; it is tried again by itself\.$/,
    });
    await cli.run('delete', 'resourcequota', '-n', run.namespace, 'none');
    await expectRecovered(run, undisturbed);
    expect(entryOf(await run.untilPhase('Succeeded'), 1)?.cause).toBe('Succeeded');
  });

  test.concurrent('waits for the pod of the run before it, whose Job was orphaned', async (context) => {
    const run = await applyTestedRun(context, { ...shared, namespace: 'former-pod', holdsAt: 45 });
    const pod = await run.untilHeld(45, 40);
    const orphaning = { propagationPolicy: 'Orphan' };
    await stage().api.change({ method: 'DELETE', path: runPath(run), body: orphaning });
    await eventually({
      otherwise: 'the run was not deleted',
      check: async () => ((await findRun(run)) === undefined ? undefined : 'it is there'),
    });
    await run.apply();
    const { name } = pod.metadata;
    await expectStalled(run, {
      reason: 'FormerPodRunning',
      message: new RegExp(
        `^pod former-pod/${name} of an earlier run .*: kubectl delete pod -n former-pod ${name}$`,
      ),
    });
    await stage().cli.run('delete', 'pod', '-n', run.namespace, name, '--wait=false');
    await expectRecovered(run, undisturbed);
    expect(entryOf(await run.untilPhase('Succeeded'), 2)?.resumedFrom).toMatchObject({
      attempt: 1,
      update: 40,
    });
  });

  test.concurrent('whose trainer hangs says so, and goes on when its pod is deleted', async (context) => {
    const run = await applyTestedRun(context, {
      ...shared,
      namespace: 'hung-told',
      holdsAt: 45,
    });
    const pod = await run.untilHeld(45, 40);
    await run.patch({ spec: { restart: { hungAfterSeconds: 10 } } });
    const stalled = await expectStalled(run, {
      reason: 'Hung',
      message:
        /^attempt 1: the trainer has made no update and saved nothing .*\(10 s\)\. .*delete its pod to start it anew, or set restart\.onHung: Restart\.$/,
    });
    expect(entryOf(stalled, 1)).not.toHaveProperty('cause');
    await stage().cli.run('delete', 'pod', '-n', run.namespace, pod.metadata.name, '--wait=false');
    await expectRecovered(run, { disruptions: 1 });
    expect(entryOf(await run.untilPhase('Succeeded'), 2)?.resumedFrom?.update).toBe(40);
  });

  test.concurrent('whose scratch volume is too small says so, and starts when there is more disk', async (context) => {
    const disk = await makeDisk(context, '512k');
    const run = makeTestedRun(context, {
      ...shared,
      namespace: 'tiny-disk',
      spec: {
        initializeFrom: { object: 'start.pt', mode: 'Resume' },
        scratch: { size: '256Mi', storageClassName: 'tiny' },
      },
    });
    await plantSource(run, { object: 'start.pt', body: await stepAt(25, run.manifest) });
    await run.apply();
    const message =
      /NotEnoughDisk: .*_objects\/start\.pt needs \d+ bytes in the scratch volume, \d+ bytes are free: raise spec\.scratch\.size/;
    await expectEnding(run, { cause: 'RestoreStopped', message, entry: { exitCode: 10 } });
    await expectStalled(run, { reason: 'NotEnoughDisk', message });
    disk.grow('256m');
    await expectRecovered(run, undisturbed);
  });

  test.concurrent('whose agents are given half of their credentials says so, and starts with both', async (context) => {
    const run = makeTestedRun(context, { ...shared, namespace: 'half-secret' });
    await setSecretKey(run, '');
    await run.apply();
    const message =
      /BadConfiguration: .*AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY: the Secret .* must hold both/;
    await expectEnding(run, { cause: 'RestoreStopped', message, entry: { exitCode: 10 } });
    await expectStalled(run, { reason: 'BadConfiguration', message });
    await setSecretKey(run, stage().bucket.agent.secretAccessKey);
    await expectRecovered(run, undisturbed);
  });
});
