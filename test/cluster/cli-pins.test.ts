// Pins before a real API server: an entry that the CLI claims outlives every apply of the run by somebody else.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalCluster, startLocalCluster } from '../../dev/cluster/local-cluster.ts';
import { missingForControlPlane } from '../../dev/cluster/machine.ts';
import { run } from '../../dev/process/command.ts';
import { connectCluster } from '../../src/kube/rest-cluster.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { silentLog } from '../../src/ops/silent-log.ts';
import { smallestRun, smallestStore } from '../support/api-objects.ts';
import { CliBench, type Ended } from '../support/cli-bench.ts';
import { fullStatus } from '../support/full-status.ts';
import { installCrds, type ManifestClient, named } from '../support/manifest-client.ts';
import { describeWith } from '../support/requirement.ts';
import { seedRewound } from '../support/rewound-run.ts';

interface Stored {
  readonly metadata: {
    readonly uid: string;
    readonly managedFields: readonly { readonly manager: string }[];
  };
  readonly spec: { readonly pins?: readonly object[] };
}

const ofGit = { update: 50, attempt: 2, reason: 'in Git' };
const mine = { update: 40, attempt: 1, reason: 'demo' };

describeWith(await missingForControlPlane(), 'pins of the CLI before a real API server', () => {
  let local: LocalCluster;
  let api: ManifestClient;
  const bench = new CliBench();

  const read = async (): Promise<Stored> =>
    JSON.parse(
      await api.kubectl.run('get', '-n', 'voice', 'ttsr/xiaoyi-zh', '-o', 'json', '--show-managed-fields'),
    ) as Stored;
  const pins = async (): Promise<readonly object[] | undefined> => (await read()).spec.pins;
  const managers = async (): Promise<readonly string[]> =>
    (await read()).metadata.managedFields.map(({ manager }) => manager);

  /** What a tool does that keeps the run as it is in Git. */
  async function applyFromGit(spec: object): Promise<void> {
    const { kubeconfig, program } = api.kubectl;
    const options = ['apply', '--server-side', '--force-conflicts', '--field-manager=gitops', '-f', '-'];
    const manifest = named(smallestRun, 'xiaoyi-zh', { store: 'main', ...spec });
    await run(program, [`--kubeconfig=${kubeconfig}`, ...options], { stdin: JSON.stringify(manifest) });
  }

  const cli = async (...args: readonly string[]): Promise<Ended> => bench.run(...args, '-n', 'voice');
  const pinMine = async (): Promise<void> => {
    expect(await cli('pin', 'xiaoyi-zh@40', '--reason', 'demo')).toMatchObject({ code: 0, err: '' });
  };

  beforeAll(async () => {
    local = await startLocalCluster();
    api = await installCrds(local.controlPlane.kubectl);
    const kubeconfigPath = local.controlPlane.kubeconfig;
    bench.connect = () =>
      connectCluster({ kubeconfigPath, clock: systemClock, log: silentLog, fieldManager: 'kubectl-reprise' });
    await api.create(named(smallestStore, 'main', { s3: { bucket: 'ckpts', prefix: 'prod' } }));
    await applyFromGit({});
    await api.patchStatus('ttsr/xiaoyi-zh', { status: { ...fullStatus, store: 'main' } });
    bench.bucket.seedRun((await read()).metadata.uid);
    seedRewound(bench);
  });

  afterAll(() => local.stop());

  test('a pin outlives applies without pins, with pins of their own, and with pins no more', async () => {
    await pinMine();
    expect(await managers()).toContain('kubectl-reprise-pin-1-40');
    await applyFromGit({});
    expect(await pins()).toEqual([mine]);
    await applyFromGit({ pins: [ofGit] });
    expect(await pins()).toEqual(expect.arrayContaining([mine, ofGit]));
    await applyFromGit({ suspend: true });
    expect(await pins()).toEqual([mine]);
    await applyFromGit({ pins: [] });
    expect(await pins()).toEqual([mine]);
  });

  test('a pin that stands in Git, too, stays when it is taken from there', async () => {
    await applyFromGit({ pins: [mine] });
    await applyFromGit({});
    expect(await pins()).toEqual([mine]);
  });

  test('two pins are two managers, and unpin takes one of them', async () => {
    await pinMine();
    expect(await cli('pin', 'xiaoyi-zh@60', '--attempt', '1', '--reason', 'left')).toMatchObject({ code: 0 });
    expect(await cli('unpin', 'xiaoyi-zh@40')).toMatchObject({ code: 0, err: '' });
    expect(await pins()).toEqual([{ update: 60, attempt: 1, reason: 'left' }]);
    expect(await managers()).not.toContain('kubectl-reprise-pin-1-40');
    await applyFromGit({});
    expect(await pins()).toEqual([{ update: 60, attempt: 1, reason: 'left' }]);
    expect(await cli('unpin', 'xiaoyi-zh@60')).toMatchObject({ code: 0 });
    expect((await pins()) ?? []).toEqual([]);
  });

  test("a pin of Git's own can be taken away, and comes back with the next apply", async () => {
    await applyFromGit({ pins: [ofGit] });
    expect(await cli('unpin', 'xiaoyi-zh@50')).toMatchObject({ code: 0 });
    expect((await pins()) ?? []).toEqual([]);
    await applyFromGit({ pins: [ofGit] });
    expect(await pins()).toEqual([ofGit]);
  });
});
