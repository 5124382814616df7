// What each wish of a run changes in its pod.
import { describe, expect, test } from 'vitest';
import type { AttemptOrder } from '../../src/workload/attempt-order.ts';
import { buildAttemptJob } from '../../src/workload/attempt-job.ts';
import { agentEnvironment } from '../../src/wire/agent-environment.ts';
import { sampleOrder, sampleRun, sampleStore } from '../support/attempt-orders.ts';

const podOf = (order: AttemptOrder) => {
  const spec = buildAttemptJob(order).spec.template.spec;
  if (spec === undefined) throw new Error('the Job has no pod');
  const [trainer] = spec.containers;
  const [restore, sync] = spec.initContainers ?? [];
  if (trainer === undefined || restore === undefined || sync === undefined)
    throw new Error('a container is missing');
  return { spec, trainer, restore, sync };
};

const podWith = (trainer: object, spec: object = {}) =>
  podOf(sampleOrder(sampleRun({ ...trainer }, { ...spec })));

describe('the trainer', () => {
  test('gets what the run says, and ours before it', () => {
    const { trainer } = podWith({
      command: ['python', 'train.py'],
      args: ['--to', '$(REPRISE_CHECKPOINT_DIR)'],
      workingDir: '/workspace',
      imagePullPolicy: 'Never',
      env: [{ name: 'HYDRA', value: '$(REPRISE_ATTEMPT)' }],
      envFrom: [{ secretRef: { name: 'wandb' } }],
      resources: { limits: { 'nvidia.com/gpu': 2, cpu: '8' } },
    });
    expect(trainer).toMatchObject({
      command: ['python', 'train.py'],
      args: ['--to', '$(REPRISE_CHECKPOINT_DIR)'],
      workingDir: '/workspace',
      imagePullPolicy: 'Never',
      envFrom: [{ secretRef: { name: 'wandb' } }],
      resources: { limits: { 'nvidia.com/gpu': 2, cpu: '8' } },
    });
    expect(trainer.env?.map(({ name }) => name)).toEqual([
      'REPRISE_RUN',
      'REPRISE_ATTEMPT',
      'REPRISE_CHECKPOINT_DIR',
      'WANDB_RUN_ID',
      'WANDB_RESUME',
      'HYDRA',
    ]);
    expect(trainer).not.toHaveProperty('checkpointDir');
    // what begins to end the pod tells sync first
    expect(trainer.lifecycle).toEqual({
      preStop: { httpGet: { port: 8088, path: '/pod-ending/6f0b7c1e-0000-4000-8000-000000000001' } },
    });
  });

  test('keeps its own W&B run when it names one', () => {
    const { trainer } = podWith({ env: [{ name: 'WANDB_RUN_ID', value: 'mine' }] });
    const ids = trainer.env?.filter(({ name }) => name.startsWith('WANDB'));
    expect(ids).toEqual([
      { name: 'WANDB_RESUME', value: 'allow' },
      { name: 'WANDB_RUN_ID', value: 'mine' },
    ]);
  });

  test('sees its directory as it is, though Kubernetes expands $(…)', () => {
    const { trainer } = podWith({ checkpointDir: '/data/$(HOME)/$$' });
    expect(trainer.env).toContainEqual({ name: 'REPRISE_CHECKPOINT_DIR', value: '/data/$$(HOME)/$$$$' });
    expect(trainer.volumeMounts).toContainEqual({ name: 'reprise-scratch', mountPath: '/data/$(HOME)/$$' });
  });

  test('never gets a credential of the store', () => {
    const { trainer, spec } = podWith({});
    expect(JSON.stringify([trainer, spec.volumes])).not.toContain('reprise-store');
    expect(JSON.stringify(trainer)).not.toContain('AWS_');
  });

  test.each([
    { name: 'nobody in particular', asked: {}, want: { capabilities: { drop: ['ALL'] } } },
    {
      name: 'a user and group',
      asked: { runAsUser: 1000, runAsGroup: 100 },
      want: { runAsUser: 1000, runAsNonRoot: true, runAsGroup: 100, capabilities: { drop: ['ALL'] } },
    },
    {
      name: 'root by name',
      asked: { runAsUser: 0 },
      want: { runAsUser: 0, runAsNonRoot: false, capabilities: { drop: ['ALL'] } },
    },
    {
      name: 'IPC_LOCK',
      asked: { capabilities: { add: ['IPC_LOCK'] } },
      want: { capabilities: { drop: ['ALL'], add: ['IPC_LOCK'] } },
    },
  ])('runs as $name', ({ asked, want }) => {
    const { trainer } = podWith({ securityContext: asked });
    expect(trainer.securityContext).toEqual({ allowPrivilegeEscalation: false, ...want });
  });
});

describe('the scratch volume', () => {
  const size = '90Gi';

  test("on the node's disk is asked for by a request and has no limit", () => {
    const { spec, sync, trainer, restore } = podWith({}, { scratch: { size } });
    expect(spec.volumes).toContainEqual({ name: 'reprise-scratch', emptyDir: {} });
    expect(sync.resources?.requests).toMatchObject({ 'ephemeral-storage': size });
    for (const other of [trainer, restore]) expect(JSON.stringify(other)).not.toContain('ephemeral-storage');
  });

  test('of a storage class is a claim that lives as long as the pod', () => {
    const { spec, sync } = podWith({}, { scratch: { size, storageClassName: 'fast' } });
    const claim = {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'fast',
      resources: { requests: { storage: size } },
    };
    expect(spec.volumes).toContainEqual({
      name: 'reprise-scratch',
      ephemeral: { volumeClaimTemplate: { spec: claim } },
    });
    expect(JSON.stringify(sync)).not.toContain('ephemeral-storage');
  });
});

test('a pod template is used as far as it goes, with our labels winning', () => {
  const order = sampleOrder(
    sampleRun(
      { volumeMounts: [{ name: 'data', mountPath: '/data', readOnly: true }] },
      {
        podTemplate: {
          metadata: { labels: { team: 'voice' }, annotations: { 'example.com/note': 'x' } },
          spec: {
            volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'corpus' } }],
            imagePullSecrets: [{ name: 'pull' }],
            nodeSelector: { zone: 'a' },
            priorityClassName: 'training',
            runtimeClassName: 'nvidia',
            schedulerName: 'kueue',
            terminationGracePeriodSeconds: 600,
          },
        },
      },
    ),
  );
  const { spec, trainer } = podOf(order);
  expect(spec).toMatchObject({
    imagePullSecrets: [{ name: 'pull' }],
    nodeSelector: { zone: 'a' },
    priorityClassName: 'training',
    runtimeClassName: 'nvidia',
    schedulerName: 'kueue',
    terminationGracePeriodSeconds: 600,
  });
  expect(spec.volumes?.map(({ name }) => name)).toEqual(['reprise-scratch', 'reprise-shm', 'data']);
  expect(trainer.volumeMounts).toContainEqual({ name: 'data', mountPath: '/data', readOnly: true });
  expect(buildAttemptJob(order).spec.template.metadata).toMatchObject({
    labels: { team: 'voice', 'reprise.dev/run': 'xiaoyi-zh' },
    annotations: { 'example.com/note': 'x' },
  });
});

describe('the agents', () => {
  test('are told where they are, what is expected and whom to wait for', () => {
    const attempt = {
      number: 4,
      expected: { attempt: { number: 3, pod: '9f31c2aa' }, update: 55_000 },
      rollback: { update: 40_000, attempt: 0, id: '1' },
      predecessor: { attempt: { number: 3, pod: '9f31c2aa' }, until: 1_763_000_000_000 },
    };
    const run = sampleRun(
      { resources: { limits: { 'nvidia.com/gpu': '2' } } },
      {
        sync: { modelLastEverySeconds: 60, maxBytesPerSecond: '100Mi' },
        initializeFrom: { run: 'emilia-zh', update: 800_000, mode: 'WarmStart' },
      },
    );
    const store = sampleStore({ adoptClusters: ['6f0b7c1e-0000-4000-8000-00000000000a'] });
    const { restore, sync } = podOf({ ...sampleOrder(run), store, attempt });
    expect(restore.env).toEqual(sync.env);
    const text = restore.env?.find(({ name }) => name === 'REPRISE_AGENT')?.value ?? '';
    expect(agentEnvironment.parse(text, 'REPRISE_AGENT')).toEqual({
      version: 1,
      run: { namespace: 'voice', name: 'xiaoyi-zh', uid: run.metadata.uid },
      attempt: 4,
      store: {
        endpoint: 'http://10.88.0.1:7070',
        region: 'us-east-1',
        bucket: 'voice-ckpts',
        prefix: 'prod',
        forcePathStyle: true,
        caBundle: null,
      },
      expected: attempt.expected,
      rollback: attempt.rollback,
      initializeFrom: {
        mode: 'WarmStart',
        clusterUid: 'cluster-uid',
        adoptClusters: ['6f0b7c1e-0000-4000-8000-00000000000a'],
        source: { is: 'Run', run: 'emilia-zh', update: 800_000 },
      },
      predecessor: attempt.predecessor,
      checkpointDir: '/reprise/checkpoints',
      modelLastEverySeconds: 60,
      maxBytesPerSecond: 104_857_600,
      graceSeconds: 1800,
      image: 'registry.example/f5-tts@sha256:aa',
      gpus: 2,
    });
  });

  test('read values with a dollar sign as they are: nothing in them can be expanded', () => {
    const { restore } = podWith({ image: 'registry/$(AWS_SECRET_ACCESS_KEY)' });
    const text = restore.env?.find(({ name }) => name === 'REPRISE_AGENT')?.value ?? '';
    expect(text).not.toContain('$');
    expect(agentEnvironment.parse(text, 'REPRISE_AGENT').image).toBe('registry/$(AWS_SECRET_ACCESS_KEY)');
  });

  test('use the Secret the store names, in the namespace of the run', () => {
    const store = sampleStore({ agentCredentials: { secretName: 'team-a' } });
    const { restore } = podOf({ ...sampleOrder(), store });
    const names = restore.env?.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? []);
    expect(names).toEqual(['team-a', 'team-a', 'team-a']);
  });
});
