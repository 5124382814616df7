// The manifest of a fork: the whole spec, nothing that belongs to the one run alone, nothing by which a tool would own it.
import { describe, expect, test } from 'vitest';
import { runManifest } from '../../src/api/run.ts';
import { forkManifest, namedPlaces } from '../../src/cli/fork-manifest.ts';
import type { KubeObject } from '../../src/ports/kube-objects.ts';
import { asStored, goodRuns, smallestRun } from '../support/api-objects.ts';

const fork = { name: 'soft', namespace: 'voice', store: 'main', update: 40, mode: 'Resume' } as const;
const stored = (object: object): KubeObject => object as KubeObject;

test.each(goodRuns)('of $name is taken, and has the rest of its spec', ({ object }) => {
  const source = asStored({ ...object, spec: runManifest.parse(object).spec });
  const manifest = forkManifest(stored(source), fork);
  const taken = runManifest.parse(manifest);
  const {
    initializeFrom: _i,
    rollback: _r,
    pins: _p,
    suspend: _s,
    store: _st,
    ...rest
  } = runManifest.parse(object).spec;
  expect(taken.spec).toEqual({
    ...rest,
    store: 'main',
    suspend: false,
    initializeFrom: { run: object.metadata.name, update: 40, mode: 'Resume' },
  });
});

test('keeps fields that this version does not know', () => {
  const source = { ...smallestRun, spec: { ...smallestRun.spec, tomorrow: { is: 'new' } } };
  expect(forkManifest(stored(source), fork)['spec']).toMatchObject({ tomorrow: { is: 'new' } });
});

test('leaves behind what belongs to the one run alone', () => {
  const source = asStored({
    ...smallestRun,
    spec: {
      ...smallestRun.spec,
      store: 'other',
      suspend: true,
      rollback: { update: 1, id: 'a' },
      pins: [{ update: 1 }],
      initializeFrom: { object: 'a.pt' },
    },
    status: { phase: 'Running' },
  });
  const manifest = forkManifest(stored(source), fork);
  expect(Object.keys(manifest)).toEqual(['apiVersion', 'kind', 'metadata', 'spec']);
  expect(manifest['spec']).toEqual({
    store: 'main',
    initializeFrom: { run: 'run', update: 40, mode: 'Resume' },
    trainer: smallestRun.spec['trainer'],
  });
  expect(Object.keys(manifest.metadata)).toEqual(['name', 'namespace']);
});

describe('labels and annotations', () => {
  const mine = { team: 'voice', 'example.com/cost-centre': '7', 'notreprise.dev/x': '1' };
  const owners = {
    'reprise.dev/retry': '1',
    'kubectl.kubernetes.io/last-applied-configuration': '{}',
    'app.kubernetes.io/instance': 'argo-app',
    'app.kubernetes.io/managed-by': 'Helm',
    'argocd.argoproj.io/tracking-id': 'x',
    'kustomize.toolkit.fluxcd.io/name': 'x',
    'meta.helm.sh/release-name': 'x',
  };
  test.each(['labels', 'annotations'] as const)("the user's %s come along, a tool's do not", (field) => {
    const source = { ...smallestRun, metadata: { ...smallestRun.metadata, [field]: { ...mine, ...owners } } };
    expect(forkManifest(stored(source), fork).metadata).toEqual({
      name: 'soft',
      namespace: 'voice',
      [field]: mine,
    });
  });
});

test.each([
  { text: 'ckpts.save_dir=ckpts/xiaoyi-zh', isNamed: true },
  { text: '--out=/data/xiaoyi-zh/ckpts', isNamed: true },
  { text: '/data/xiaoyi-zh', isNamed: true },
  { text: 'hydra.run.dir=xiaoyi-zh/hydra', isNamed: true },
  { text: 'datasets.name=xiaoyi-zh', isNamed: false },
  { text: 'data/xiaoyi-zh_pinyin', isNamed: false },
  { text: '/data/my-xiaoyi-zh', isNamed: false },
])('$text names a place of the run: $isNamed', ({ text, isNamed }) => {
  const places = namedPlaces({ args: [text], checkpointDir: '/ckpts' }, 'xiaoyi-zh');
  expect(places).toEqual(isNamed ? [`trainer.args[0] (${text})`] : []);
});
