// docs/editing-a-run.md against the CRD and the decisions: every field has a row, and each row tells what really happens.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { workloadFingerprint } from '../../src/workload/fingerprint.ts';
import { sampleRun } from '../support/attempt-orders.ts';
import {
  container,
  ended,
  exited,
  jobOfAttempt,
  passOver,
  podOfAttempt,
  type RunTale,
  statusWith,
} from '../support/run-snapshots.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/editing-a-run.md'), 'utf8');
const crd = readFileSync(join(root, 'crds/ttstrainingruns.yaml'), 'utf8');

interface Row {
  readonly field: string;
  readonly counts: string;
}

const rows: readonly Row[] = [...page.matchAll(/^\| `([a-zA-Z.]+)` \| ([a-z ]+)/gm)].map(
  ([, field = '', counts = '']) => ({ field, counts: counts.trim() }),
);
const counting = (when: string): readonly string[] =>
  rows.filter(({ counts }) => counts === when).map(({ field }) => field);

type Tree = Readonly<Record<string, unknown>>;

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** The fields of spec, those of restart one by one. */
function fieldsOfSpec(): readonly string[] {
  const schema = parse(crd).spec.versions[0].schema.openAPIV3Schema.properties.spec as Schema;
  const { restart, ...others } = schema.properties ?? {};
  const inRestart = Object.keys(restart?.properties ?? {}).map((name) => `spec.restart.${name}`);
  return [...Object.keys(others).map((name) => `spec.${name}`), ...inRestart];
}

test('every field has its row', () => {
  expect(rows.map(({ field }) => field).toSorted()).toEqual([...fieldsOfSpec(), 'metadata.name'].toSorted());
});

/** For each field that shapes the pod, a spec that says something else. */
const changed: Readonly<Record<string, readonly [trainer: Tree, spec: Tree]>> = {
  'spec.trainer': [{ image: 'other' }, {}],
  'spec.podTemplate': [{}, { podTemplate: { spec: { nodeSelector: { zone: 'a' } } } }],
  'spec.gpuProducts': [{}, { gpuProducts: ['NVIDIA-L4'] }],
  'spec.scratch': [{}, { scratch: { size: '1Gi' } }],
  'spec.sharedMemory': [{}, { sharedMemory: '1Gi' }],
  'spec.sync': [{}, { sync: { modelLastEverySeconds: 60 } }],
  'spec.restart.nodeLostAfterSeconds': [{}, { restart: { nodeLostAfterSeconds: 5 } }],
  'spec.rollback': [{}, { rollback: { update: 10, id: 'a' } }],
  'spec.retention': [{}, { retention: { keepNewest: 3 } }],
  'spec.pins': [{}, { pins: [{ update: 10 }] }],
  'spec.restart.maxFailures': [{}, { restart: { maxFailures: 9 } }],
  'spec.restart.maxDisruptions': [{}, { restart: { maxDisruptions: 9 } }],
  'spec.restart.acceptWorldSize': [{}, { restart: { acceptWorldSize: 9 } }],
  'spec.restart.hungAfterSeconds': [{}, { restart: { hungAfterSeconds: 99 } }],
  'spec.restart.onHung': [{}, { restart: { onHung: 'Restart' } }],
  'spec.suspend': [{}, { suspend: true }],
  'spec.suspendMode': [{}, { suspendMode: 'Now' }],
  'spec.suspendDeadlineSeconds': [{}, { suspendDeadlineSeconds: 9 }],
  'spec.activeDeadlineSeconds': [{}, { activeDeadlineSeconds: 9 }],
  'spec.deletionPolicy': [{}, { deletionPolicy: 'Delete' }],
  'spec.podTTLSecondsAfterFinished': [{}, { podTTLSecondsAfterFinished: 9 }],
};

const changesPod = (field: string): boolean => {
  const [trainer, spec] = changed[field] ?? [{}, {}];
  return workloadFingerprint(sampleRun(trainer, spec).spec) !== workloadFingerprint(sampleRun({}, {}).spec);
};

describe('a field that counts', () => {
  test.each(counting('from the next attempt'))('from the next attempt shapes the pod: %s', (field) => {
    expect(changesPod(field)).toBe(true);
  });

  test.each(counting('now'))('now does not: %s', (field) => {
    expect(changed).toHaveProperty([field]);
    expect(changesPod(field)).toBe(false);
  });

  test('never is refused by a rule of the CRD', () => {
    const immutable = counting('never').filter((field) => field !== 'metadata.name');
    expect(immutable).toEqual(['spec.store', 'spec.initializeFrom']);
    for (const field of immutable)
      expect(crd).toContain(`message: "${field.replace('spec.', '')} is immutable`);
  });
});

describe('a change that counts from the next attempt', () => {
  const spec = { workload: 'changed' };
  const jobs = [jobOfAttempt(1)];
  const restoring = podOfAttempt(1, { restore: container('Running'), sync: undefined, trainer: undefined });
  const starting = podOfAttempt(1, { trainer: container('Waiting') });
  const alive = statusWith([{ number: 1 }]);
  const after = (tale: RunTale) => passOver({ spec, ...tale }).decision;

  test.each([{ pods: [] }, { pods: [restoring] }, { pods: [starting] }])(
    'replaces an attempt that has not trained',
    ({ pods }) => {
      expect(after({ status: alive, jobs, pods }).actions).toMatchObject([{ do: 'DeleteJob' }]);
    },
  );

  test('leaves a trainer alone, says so, and counts once it has ended', () => {
    const { decision, status } = passOver({ spec, status: alive, jobs, pods: [podOfAttempt(1)] });
    expect(decision.actions).toEqual([]);
    expect(status.message).toContain('the changed spec counts from the next attempt on');
    const over = podOfAttempt(1, { phase: 'Failed', trainer: exited(1) });
    expect(after({ status: alive, jobs, pods: [over] }).starts?.number).toBe(2);
  });

  test.each<{ name: string; status: RunTale['status']; suspend?: true; want: number | undefined }>([
    { name: 'waits', status: statusWith([ended(1, 'TrainerFailed')], { failures: 1 }), want: 2 },
    { name: 'is Stalled', status: statusWith([ended(1, 'RestoreStopped')], { phase: 'Stalled' }), want: 2 },
    { name: 'is Failed', status: statusWith([ended(1, 'NothingSaved')], { phase: 'Failed' }), want: 2 },
    {
      name: 'is Suspended',
      status: statusWith([ended(1, 'Suspended')], { phase: 'Suspended' }),
      suspend: true,
      want: undefined,
    },
    {
      name: 'has Succeeded',
      status: statusWith([ended(1, 'Succeeded')], { phase: 'Succeeded' }),
      want: undefined,
    },
  ])('starts attempt $want when the run $name', ({ status, suspend = false, want }) => {
    const decision = passOver({
      ...(status === undefined ? {} : { status }),
      spec: { ...spec, suspend },
    }).decision;
    expect(decision.starts?.number).toBe(want);
  });
});
