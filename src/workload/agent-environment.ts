// What the agents of an attempt are told, from what the run and its store say.
import { gpuResource } from '../api/names.ts';
import { parseSize } from '../api/size.ts';
import type { TTSTrainingRunSpec } from '../api/run-spec.ts';
import type { CheckpointStore } from '../api/store.ts';
import { agentCheckpointDir, type AgentEnvironment } from '../wire/agent-environment.ts';
import type { AttemptOrder } from './attempt-order.ts';

/** The environment of the agents in the pod of this attempt. */
export function buildAgentEnvironment(order: AttemptOrder): AgentEnvironment {
  const { run, store, attempt } = order;
  const { trainer, sync, podTemplate } = run.spec;
  return {
    version: 1,
    run: {
      namespace: run.metadata.namespace ?? '',
      name: run.metadata.name,
      uid: run.metadata.uid,
    },
    attempt: attempt.number,
    store: buildStoreAddress(store),
    expected: attempt.expected ?? null,
    rollback: attempt.rollback ?? null,
    initializeFrom: buildSource(order),
    predecessor: attempt.predecessor ?? null,
    checkpointDir: agentCheckpointDir,
    modelLastEverySeconds: sync.modelLastEverySeconds,
    maxBytesPerSecond: sync.maxBytesPerSecond === undefined ? null : parseSize(sync.maxBytesPerSecond),
    graceSeconds: podTemplate.spec.terminationGracePeriodSeconds,
    image: trainer.image,
    gpus: gpusOf(run.spec),
  };
}

function buildSource({ run, store, clusterUid }: AttemptOrder): AgentEnvironment['initializeFrom'] {
  const { initializeFrom } = run.spec;
  if (initializeFrom === undefined) return null;
  const { run: name, object = '', update = null, mode } = initializeFrom;
  const source =
    name === undefined ? ({ is: 'Object', object } as const) : ({ is: 'Run', run: name, update } as const);
  return { mode, clusterUid, adoptClusters: store.spec.adoptClusters, source };
}

function buildStoreAddress({ spec: { s3 } }: CheckpointStore): AgentEnvironment['store'] {
  return {
    endpoint: s3.endpoint ?? null,
    region: s3.region,
    bucket: s3.bucket,
    prefix: s3.prefix,
    forcePathStyle: s3.forcePathStyle,
    caBundle: s3.caBundle ?? null,
  };
}

/** How many GPUs the trainer asks for. */
export const gpusOf = (spec: TTSTrainingRunSpec): number =>
  Number(spec.trainer.resources?.limits?.[gpuResource] ?? 0);
