// The API server takes the CRDs and holds every object to them as zod does: the tables of good and bad objects, defaults, pruning,
// immutability, status. What is Kubernetes' own in them is this server's.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalCluster, startLocalCluster } from '../../dev/cluster/local-cluster.ts';
import { missingForControlPlane } from '../../dev/cluster/machine.ts';
import { buildExtract } from '../../scripts/kubernetes/extract.ts';
import { policyManifest } from '../../src/api/policy.ts';
import { runManifest } from '../../src/api/run.ts';
import { storeManifest } from '../../src/api/store.ts';
import {
  badPolicies,
  badRuns,
  badStores,
  goodPolicies,
  goodRuns,
  goodStores,
  smallestPolicy,
  smallestRun,
  smallestStore,
} from '../support/api-objects.ts';
import { fullPolicyStatus } from '../support/full-policy-status.ts';
import { fullStatus } from '../support/full-status.ts';
import { installCrds, type ManifestClient, named } from '../support/manifest-client.ts';
import { describeWith } from '../support/requirement.ts';

const examples = join(import.meta.dirname, '../../examples');
const extractFile = join(import.meta.dirname, '../../scripts/kubernetes/openapi.json');

describeWith(await missingForControlPlane(), 'the CRDs on a real API server', () => {
  let cluster: LocalCluster;
  let api: ManifestClient;

  beforeAll(async () => {
    cluster = await startLocalCluster();
    api = await installCrds(cluster.controlPlane.kubectl);
  });

  afterAll(async () => {
    await cluster.stop();
  });

  test('are structural and established', async () => {
    const list = await api.kubectl.run(
      'get',
      'crd',
      '-o',
      'jsonpath={range .items[*].status.conditions[*]}{.type}={.status} {end}',
    );
    expect(list.trim().split(' ').toSorted()).toEqual([
      ...Array.from({ length: 3 }, () => 'Established=True'),
      ...Array.from({ length: 3 }, () => 'NamesAccepted=True'),
    ]);
  });

  test("the extract of Kubernetes' OpenAPI in the repository is that of this version", async () => {
    const live = JSON.parse(await api.kubectl.run('get', '--raw', '/openapi/v3/api/v1'));
    const kept = JSON.parse(readFileSync(extractFile, 'utf8'));
    expect(buildExtract('v1.35.4', live.components.schemas)).toEqual(kept);
  });

  describe.each([
    { kind: 'TTSTrainingRun', bad: badRuns, good: goodRuns, schema: runManifest },
    { kind: 'CheckpointStore', bad: badStores, good: goodStores, schema: storeManifest },
    {
      kind: 'CheckpointRetentionPolicy',
      bad: badPolicies,
      good: goodPolicies,
      schema: policyManifest,
    },
  ])('$kind', ({ bad, good, schema }) => {
    test.each(bad)('refuses $name', async ({ object, field, says, serverSays }) => {
      const answer: string = await api.tryOut(object).then(JSON.stringify, (error: Error) => error.message);
      expect(answer).toContain(` is invalid: `);
      // the key of a map stands in brackets
      const at = field.replace(/(labels|nodeSelector)\.(.+)$/, '$1[$2]');
      const lines = answer.split(/\n\* |is invalid: /).filter((line) => line.startsWith(`${at}: `));
      expect(lines.join('\n') || answer).toContain(says ?? serverSays);
      expect(lines).not.toEqual([]);
    });

    test.each(good)(
      'accepts $name, with the defaults that zod fills in and without what zod drops',
      async ({ object }) => {
        const stored = await api.tryOut(object);
        expect(stored.spec).toEqual(schema.parse(object).spec);
      },
    );
  });

  test('the examples are taken as they are', async () => {
    const applied = await api.kubectl.run('apply', '--dry-run=server', '-f', examples);
    expect(applied).toContain('ttstrainingrun.reprise.dev/quickstart created');
    expect(applied).toContain('checkpointretentionpolicy.reprise.dev/voice created');
  });

  test('tells the user of a field that nobody knows', async () => {
    const typo = named(smallestRun, 'typo', { retentoin: {} });
    await expect(api.apply(typo)).rejects.toThrow('unknown field "spec.retentoin"');
  });

  test('a store once chosen stays', async () => {
    await api.create(named(smallestRun, 'chosen', { store: 'main' }));
    await expect(api.patch('ttsr/chosen', { spec: { store: 'other' } })).rejects.toThrow(
      /spec\.store: .*store is immutable: the checkpoints of this run are there; create a run of another name/,
    );
    await expect(api.patch('ttsr/chosen', { spec: { store: null } })).rejects.toThrow(
      /spec\.store: .*store is immutable: the checkpoints of this run are there/,
    );
    await api.create(named(smallestRun, 'undecided'));
    await api.patch('ttsr/undecided', { spec: { store: 'other' } });
  });

  test('the default store a run started with stays', async () => {
    await api.create(named(smallestRun, 'default'));
    await api.patchStatus('ttsr/default', { status: { ...fullStatus, store: 'main' } });
    await expect(api.patch('ttsr/default', { spec: { store: 'other' } })).rejects.toThrow(
      /spec\.store: .*already uses the default store it started with .*; create a run of another name/,
    );
    await api.patch('ttsr/default', { spec: { store: 'main' } });
  });

  test('what a run was initialised from stays', async () => {
    const immutable = /spec\.initializeFrom: .*initializeFrom is immutable: create a run of another name/;
    await api.create(named(smallestRun, 'warm', { initializeFrom: { run: 'emilia-zh' } }));
    await expect(api.patch('ttsr/warm', { spec: { initializeFrom: { mode: 'WarmStart' } } })).rejects.toThrow(
      immutable,
    );
    await expect(api.patch('ttsr/warm', { spec: { initializeFrom: null } })).rejects.toThrow(immutable);
    await api.create(named(smallestRun, 'cold'));
    await expect(api.patch('ttsr/cold', { spec: { initializeFrom: { run: 'warm' } } })).rejects.toThrow(
      immutable,
    );
  });

  test('a rollback asks for another update under another id only', async () => {
    await api.create(named(smallestRun, 'back', { rollback: { update: 40, id: '1' } }));
    await expect(api.patch('ttsr/back', { spec: { rollback: { update: 30 } } })).rejects.toThrow(
      /spec\.rollback\.id: .*id must be a new one when update or attempt change/,
    );
    await api.patch('ttsr/back', { spec: { rollback: { update: 30, id: '2' } } });
    await api.patch('ttsr/back', { spec: { rollback: null } });
    await api.patch('ttsr/back', { spec: { rollback: { update: 20, id: '2' } } });
  });

  test("a store's bucket and prefix stay", async () => {
    await api.create(named(smallestStore, 'fixed', { s3: { bucket: 'voice-ckpts', prefix: 'prod' } }));
    await expect(api.patch('cks/fixed', { spec: { s3: { bucket: 'other' } } })).rejects.toThrow(
      /spec\.s3\.bucket: .*bucket is immutable: .*create another CheckpointStore/,
    );
    await expect(api.patch('cks/fixed', { spec: { s3: { prefix: null } } })).rejects.toThrow(
      /spec\.s3\.prefix: .*prefix is immutable: .*create another CheckpointStore/,
    );
    await api.patch('cks/fixed', { spec: { s3: { endpoint: 'https://new.example' } } });
  });

  test("a policy's status is kept whole, and kubectl get shows what matters of it", async () => {
    await api.create(named(smallestPolicy, 'told'));
    await api.patchStatus('ckrp/told', { status: fullPolicyStatus, spec: { mode: 'Enforce' } });
    const status = await api.kubectl.run('get', 'ckrp', 'told', '-o', 'jsonpath={.status}');
    expect(JSON.parse(status)).toEqual(fullPolicyStatus);
    const [head = '', row = ''] = (await api.kubectl.run('get', 'ckrp', 'told')).split('\n');
    expect(head.split(/\s+/)).toEqual(
      expect.arrayContaining(['MODE', 'RUNS', 'CONDEMNED', 'AUDITED', 'AGE']),
    );
    expect(row.split(/\s+/).slice(0, 8)).toEqual(['told', 'Audit', 'True', '12', '300', '900', '7', '40']);
  });

  test('the status is kept whole, and is written apart from the spec', async () => {
    const read = async (path: string): Promise<string> =>
      api.kubectl.run('get', '-n', 'voice', 'ttsr/told', '-o', `jsonpath={${path}}`);
    await api.create(named(smallestRun, 'told'));
    await api.patch('ttsr/told', { status: fullStatus });
    expect(await read('.status')).toBe('');
    await api.patchStatus('ttsr/told', { status: fullStatus, spec: { suspend: true } });
    expect(JSON.parse(await read('.status'))).toEqual(fullStatus);
    expect(await read('.spec.suspend')).toBe('false');
  });
});
