// What the CLI writes, before a real API server: every patch and every fork is taken as it is meant, under a field manager of the
// CLI's own, and no edit of somebody else is lost.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalCluster, startLocalCluster } from '../../dev/cluster/local-cluster.ts';
import { missingForControlPlane } from '../../dev/cluster/machine.ts';
import { runNames } from '../../src/api/names.ts';
import { forkManifest } from '../../src/cli/fork-manifest.ts';
import type { RunStatus } from '../../src/domain/run/status.ts';
import { connectCluster } from '../../src/kube/rest-cluster.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { silentLog } from '../../src/ops/silent-log.ts';
import type { KubeObject } from '../../src/ports/kube-objects.ts';
import { first } from '../support/agent-bench.ts';
import { goodRuns, type Manifest, smallestRun, smallestStore } from '../support/api-objects.ts';
import { CliBench, type Ended } from '../support/cli-bench.ts';
import { fullStatus } from '../support/full-status.ts';
import { installCrds, type ManifestClient, named } from '../support/manifest-client.ts';
import { describeWith } from '../support/requirement.ts';

interface Stored {
  readonly metadata: {
    readonly uid: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields: readonly { readonly manager: string; readonly operation: string }[];
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

const statusWith = (change: Partial<RunStatus>): object => ({ ...fullStatus, store: 'main', ...change });

describeWith(await missingForControlPlane(), 'the CLI before a real API server', () => {
  let local: LocalCluster;
  let api: ManifestClient;
  const bench = new CliBench();

  beforeAll(async () => {
    local = await startLocalCluster();
    api = await installCrds(local.controlPlane.kubectl);
    const kubeconfigPath = local.controlPlane.kubeconfig;
    bench.connect = () =>
      connectCluster({ kubeconfigPath, clock: systemClock, log: silentLog, fieldManager: 'kubectl-reprise' });
    await api.create(named(smallestStore, 'main', { s3: { bucket: 'ckpts', prefix: 'prod' } }));
  });

  afterAll(() => local.stop());

  const read = async (name: string): Promise<Stored> =>
    JSON.parse(
      await api.kubectl.run('get', '-n', 'voice', `ttsr/${name}`, '-o', 'json', '--show-managed-fields'),
    ) as Stored;

  async function make(name: string, status: Partial<RunStatus>, spec: object = {}): Promise<Stored> {
    await api.create(named(smallestRun, name, { store: 'main', ...spec }));
    await api.patchStatus(`ttsr/${name}`, { status: statusWith(status) });
    return read(name);
  }

  const cli = async (...args: readonly string[]): Promise<Ended> => bench.run(...args, '-n', 'voice');

  async function expectWrittenByUs(name: string): Promise<void> {
    const { metadata } = await read(name);
    expect(metadata.managedFields).toContainEqual(
      expect.objectContaining({ manager: 'kubectl-reprise', operation: 'Update' }),
    );
  }

  test('suspend, resume, and again', async () => {
    const running: Partial<RunStatus> = { phase: 'Running' };
    await make('paused', running);
    expect(await cli('suspend', 'paused', '--now')).toMatchObject({ code: 0, err: '' });
    expect((await read('paused')).spec).toMatchObject({ suspend: true, suspendMode: 'Now' });
    expect(await cli('suspend', 'paused')).toMatchObject({ code: 0 });
    expect((await read('paused')).spec).toMatchObject({ suspend: true, suspendMode: 'Now' });
    expect(await cli('resume', 'paused')).toMatchObject({ code: 0, err: '' });
    expect((await read('paused')).spec).toMatchObject({ suspend: false });
    await expectWrittenByUs('paused');
  });

  test('retry', async () => {
    await make('failed', { phase: 'Failed', conditions: [] });
    expect(await cli('retry', 'failed')).toMatchObject({ code: 0, err: '' });
    expect((await read('failed')).metadata.annotations?.['reprise.dev/retry']).toMatch(/^\d{8}T\d{6}Z-4000$/);
    await expectWrittenByUs('failed');
  });

  describe('with checkpoints in its bucket', () => {
    beforeAll(async () => {
      const { metadata } = await make(
        'xiaoyi-zh',
        { phase: 'Running' },
        { rollback: { update: 30, id: 'old' } },
      );
      bench.bucket.seedRun(metadata.uid);
      bench.bucket.seedAttempt(first);
      bench.bucket.seedCheckpoint({ attempt: first, kind: 'Step', update: 40 }, new Uint8Array(1000));
    });

    test('rollback, over one that was asked for before', async () => {
      for (const [to, update] of [
        ['40', 40],
        ['scratch', 0],
      ] as const) {
        expect(await cli('rollback', 'xiaoyi-zh', '--to', to)).toMatchObject({ code: 0, err: '' });
        expect((await read('xiaoyi-zh')).spec['rollback']).toMatchObject({ update, attempt: 0 });
      }
      await expectWrittenByUs('xiaoyi-zh');
    });

    test('rollback of an attempt', async () => {
      expect(await cli('rollback', 'xiaoyi-zh', '--to', '40', '--attempt', '1')).toMatchObject({ code: 0 });
      expect((await read('xiaoyi-zh')).spec['rollback']).toMatchObject({ update: 40, attempt: 1 });
    });

    test('fork, and the manifest of a fork', async () => {
      const dry = await cli('fork', 'xiaoyi-zh', 'printed', '--warm-start', '--dry-run', '-o', 'json');
      await api.apply(JSON.parse(dry.out) as Manifest);
      expect(await cli('fork', 'xiaoyi-zh', 'created', '--warm-start')).toMatchObject({ code: 0, err: '' });
      const created = await read('created');
      expect(created.spec).toEqual((await read('printed')).spec);
      expect(created.spec).toMatchObject({ initializeFrom: { run: 'xiaoyi-zh', mode: 'WarmStart' } });
      await expectWrittenByUs('created');
      expect(await cli('fork', 'xiaoyi-zh', 'created')).toMatchObject({ code: 1 });
    });
  });

  test.each(goodRuns)('a fork of $name is taken', async ({ object }) => {
    const source = await api.tryOut(object);
    const fork = { name: 'soft', namespace: 'voice', store: 'main', update: 40, mode: 'Resume' } as const;
    const manifest = forkManifest(source as unknown as KubeObject, fork);
    const stored = await api.tryOut(manifest as unknown as Manifest);
    expect(stored.kind).toBe(runNames.kind);
    expect(stored.spec['initializeFrom']).toEqual({ run: object.metadata.name, update: 40, mode: 'Resume' });
  });

  test('an edit that somebody makes all the while is never lost', async () => {
    await make('edited', { phase: 'Running' });
    const edits = Promise.all(
      Array.from({ length: 10 }, async (_, index) =>
        api.patch('ttsr/edited', { metadata: { annotations: { [`edit-${index}`]: 'made' } } }),
      ),
    );
    const ended = await cli('suspend', 'edited', '--now');
    await edits;
    const { spec, metadata } = await read('edited');
    expect(Object.keys(metadata.annotations ?? {})).toHaveLength(10);
    // however busy the others were, it says truly whether it was done
    expect(spec['suspend']).toBe(ended.code === 0);
  });
});
