// Whatever a run says, its pod is admitted where Pod Security asks for baseline, and with a user of its own also for restricted.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildAttemptJob } from '../../src/workload/attempt-job.ts';
import { sampleOrder, sampleRun } from '../support/attempt-orders.ts';
import { runs } from '../support/counts.ts';
import { baselineViolations, restrictedViolations } from '../support/pod-security.ts';

const podOf = (trainer: object, spec: object) => {
  const pod = buildAttemptJob(sampleOrder(sampleRun({ ...trainer }, { ...spec }))).spec.template.spec;
  if (pod === undefined) throw new Error('the Job has no pod');
  return pod;
};

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const trainers = fc.record(
  {
    env: fc.constant([{ name: 'A', value: 'b' }]),
    volumeMounts: fc.constant([{ name: 'data', mountPath: '/data' }]),
    resources: fc.constant({ limits: { 'nvidia.com/gpu': 1 } }),
  },
  { requiredKeys: [] },
);

const specs = fc.record({
  gpuProducts: fc.subarray(['NVIDIA-H100-80GB-HBM3', 'NVIDIA-L4']),
  scratch: fc.record({ storageClassName: fc.constantFrom('', 'fast') }),
  podTemplate: fc.record({
    spec: fc.record({
      volumes: fc.constant([{ name: 'data', persistentVolumeClaim: { claimName: 'corpus' } }]),
    }),
  }),
});

const securityContexts = fc.record({
  user: maybe(fc.integer({ min: 0, max: 65_531 })),
  group: maybe(fc.integer({ min: 0, max: 65_531 })),
  lock: fc.boolean(),
});

test('every pod passes baseline unless it asks for IPC_LOCK, and restricted when it names a user', () => {
  const property = fc.property(trainers, specs, securityContexts, (trainer, spec, { user, group, lock }) => {
    const securityContext = {
      ...(user === undefined ? {} : { runAsUser: user }),
      ...(group === undefined ? {} : { runAsGroup: group }),
      ...(lock ? { capabilities: { add: ['IPC_LOCK'] } } : {}),
    };
    const pod = podOf({ ...trainer, securityContext }, spec);
    expect(baselineViolations(pod)).toEqual(lock ? ['trainer: IPC_LOCK'] : []);
    const isNamedUser = user !== undefined && user > 0;
    expect(restrictedViolations(pod).length === 0).toBe(isNamedUser && !lock);
  });
  fc.assert(property, { numRuns: runs(100, 5000) });
});

test('without a user only the trainer stands between the pod and restricted', () => {
  expect(restrictedViolations(podOf({}, {}))).toEqual(['trainer: runAsNonRoot']);
});
