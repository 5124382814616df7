// kubectl shows and explains our kinds in words that read well.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalCluster, startLocalCluster } from '../../dev/cluster/local-cluster.ts';
import { missingForControlPlane } from '../../dev/cluster/machine.ts';
import { smallestRun, smallestStore } from '../support/api-objects.ts';
import { fullStatus } from '../support/full-status.ts';
import { installCrds, type ManifestClient, named } from '../support/manifest-client.ts';
import { describeWith } from '../support/requirement.ts';

describeWith(await missingForControlPlane(), 'kubectl', () => {
  let cluster: LocalCluster;
  let api: ManifestClient;

  const table = async (...args: readonly string[]): Promise<string[]> => {
    const text = await api.kubectl.run('get', ...args);
    const lines = text.trimEnd().split('\n');
    return lines.map((line) => line.trimEnd().replaceAll(/ {2,}/g, ' | '));
  };

  async function makeObjects(savedAt: string): Promise<void> {
    await api.create(named(smallestRun, 'unseen'));
    await api.create(named(smallestRun, 'xiaoyi-zh'));
    const status = { ...fullStatus, resumePoint: { ...fullStatus.resumePoint, savedAt } };
    await api.patchStatus('ttsr/xiaoyi-zh', { status });
    const s3 = { bucket: 'voice-ckpts', prefix: 'prod', endpoint: 'https://s3.example' };
    await api.create(named(smallestStore, 'main', { s3 }));
    const words = { status: 'True', reason: 'Probed', message: 'It works.', lastTransitionTime: savedAt };
    const conditions = [{ type: 'Available', ...words }];
    await api.patchStatus('cks/main', { status: { observedGeneration: 1, conditions } });
  }

  beforeAll(async () => {
    cluster = await startLocalCluster();
    api = await installCrds(cluster.controlPlane.kubectl);
    await makeObjects(new Date(Date.now() - 120_500).toISOString());
  });

  afterAll(async () => {
    await cluster.stop();
  });

  test('get ttsr', async () => {
    expect(await table('ttsr', '-n', 'voice')).toEqual([
      'NAME | PHASE | UPDATE | % | ETA | SAVED | ATTEMPT | AGE',
      expect.stringMatching(/^unseen \| [\dms]+$/),
      expect.stringMatching(/^xiaoyi-zh \| Running \| 57210 \| 47 \| 10h53m \| [2-9]m\d*s? \| 4 \| [\dms]+$/),
    ]);
  });

  test('get ttsr -o wide', async () => {
    const [head, ...rows] = await table('ttsr', '-n', 'voice', '-o', 'wide');
    expect(head).toMatch(/AGE \| MESSAGE$/);
    expect(rows.join('\n')).toContain(
      '| attempt 4 on gpu-7, resumed from update 55000 after eviction; 410 updates unsaved',
    );
  });

  test('get cks', async () => {
    expect(await table('cks', 'main')).toEqual([
      'NAME | AVAILABLE | REASON | BUCKET | PREFIX | AGE',
      expect.stringMatching(/^main \| True \| Probed \| voice-ckpts \| prod \| [\dms]+$/),
    ]);
    expect((await table('cks', 'main', '-o', 'wide')).join('\n')).toContain(
      '| https://s3.example | It works.',
    );
  });

  test('get reprise lists both kinds', async () => {
    const names = await api.kubectl.run('get', 'reprise', '-n', 'voice', '-o', 'name');
    expect(names).toContain('ttstrainingrun.reprise.dev/xiaoyi-zh');
    expect(names).toContain('checkpointstore.reprise.dev/main');
  });

  test('explain', async () => {
    // kubectl breaks the lines
    const text = (await api.kubectl.run('explain', 'ttsr.spec.retention')).replaceAll(/\s+/g, ' ');
    expect(text).toContain('KIND: TTSTrainingRun VERSION: v1alpha1 FIELD: retention <Object>');
    expect(text).toContain('DESCRIPTION: Which checkpoints stay in the store; any rule that matches keeps.');
    expect(text).toContain(
      'keepEvery <integer> The first step checkpoint at or after every multiple of this many updates stays.',
    );
    expect(await api.kubectl.run('explain', 'cks.spec.s3.bucket')).toContain(
      'Bucket of the checkpoints; it must exist. Immutable.',
    );
  });
});
