import { expect, test } from 'vitest';
import { workloadFingerprint } from '../../src/workload/fingerprint.ts';
import { sampleRun } from '../support/attempt-orders.ts';

const of = (trainer: object, spec: object = {}) =>
  workloadFingerprint(sampleRun({ ...trainer }, { ...spec }).spec);
const plain = of({});

test.each([
  { name: 'the image', fingerprint: of({ image: 'other' }) },
  { name: 'an argument', fingerprint: of({ args: ['--fast'] }) },
  { name: 'the GPUs', fingerprint: of({ resources: { limits: { 'nvidia.com/gpu': 1 } } }) },
  { name: 'where it may run', fingerprint: of({}, { gpuProducts: ['NVIDIA-L4'] }) },
  {
    name: 'the pod template',
    fingerprint: of({}, { podTemplate: { spec: { nodeSelector: { zone: 'a' } } } }),
  },
  { name: 'the scratch volume', fingerprint: of({}, { scratch: { size: '1Gi' } }) },
  { name: 'how often it is saved', fingerprint: of({}, { sync: { modelLastEverySeconds: 60 } }) },
  {
    name: 'how long a lost node is waited for',
    fingerprint: of({}, { restart: { nodeLostAfterSeconds: 5 } }),
  },
])('$name changes it', ({ fingerprint }) => {
  expect(fingerprint).toMatch(/^[0-9a-f]{16}$/);
  expect(fingerprint).not.toBe(plain);
});

test.each([
  { name: 'suspending', spec: { suspend: true } },
  { name: 'retention', spec: { retention: { keepNewest: 3 } } },
  { name: 'the failure budget', spec: { restart: { maxFailures: 9 } } },
  { name: 'a default written out', spec: { sharedMemory: '8Gi' } },
])('$name does not change it', ({ spec }) => {
  expect(of({}, spec)).toBe(plain);
});

test('a field that a later version fills into every run does not change it', () => {
  const { spec } = sampleRun();
  // as this version would see a run that was stored before scratch, sync and the grace had defaults
  const { scratch: _scratch, sync: _sync, ...older } = spec;
  const { terminationGracePeriodSeconds: _grace, ...pod } = spec.podTemplate.spec;
  const asOnceStored = { ...older, podTemplate: { ...spec.podTemplate, spec: pod } };
  expect(workloadFingerprint(asOnceStored as typeof spec)).toBe(plain);
});

const withLimits = (...names: string[]) =>
  of({ resources: { limits: Object.fromEntries(names.map((name) => [name, '1'])) } });

test('the order of keys does not change it', () => {
  expect(withLimits('cpu', 'memory')).toBe(withLimits('memory', 'cpu'));
});
