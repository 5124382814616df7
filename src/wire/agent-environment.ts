// What the operator tells the agents of a pod, in one environment variable. No credentials: those come as AWS_* from a Secret.
import { z } from 'zod';
import { attemptReference, instant, update } from './attempt-reference.ts';
import { type DocumentCodec, documentCodec } from './document.ts';
import { initialSource, rollbackRequest } from './start-request.ts';

/** The variable that holds {@link AgentEnvironment} as JSON. */
export const agentEnvironmentVariable = 'REPRISE_AGENT';

/** The variable that holds the pod's UID, from the downward API. */
export const podUidVariable = 'REPRISE_POD_UID';

/** Where the scratch volume is mounted in the agents' containers: the trainer's checkpointDir. */
export const agentCheckpointDir = '/reprise/checkpoints';

const schema = z.object({
  version: z.literal(1),
  run: z.object({ namespace: z.string().min(1), name: z.string().min(1), uid: z.string().min(1) }),
  attempt: z.int().min(1),
  store: z.object({
    endpoint: z.string().nullable(),
    region: z.string(),
    bucket: z.string().min(1),
    prefix: z.string(),
    forcePathStyle: z.boolean(),
    caBundle: z.string().nullable(),
  }),
  /** The newest checkpoint the operator knew of; finding nothing against it is NoUsableCheckpoint. */
  expected: z.object({ attempt: attemptReference, update }).nullable(),
  /** What a person asks this attempt to go back to; null once an attempt has. */
  rollback: rollbackRequest.nullable(),
  /** What to start from while the run has no checkpoint of its own. */
  initializeFrom: initialSource.nullable(),
  /** The attempt before, while its pod may still be flushing: restore waits for its end.json, at most until then. */
  predecessor: z.object({ attempt: attemptReference, until: instant }).nullable(),
  /** Where the agents find the scratch volume: their own mount path, not the trainer's. */
  checkpointDir: z.string().min(1),
  modelLastEverySeconds: z.int().min(1),
  /** What uploads may take of the network; null = all there is. */
  maxBytesPerSecond: z.int().min(1).nullable(),
  /** The pod's whole grace, which trainer and flush share. */
  graceSeconds: z.int().min(1),
  image: z.string(),
  gpus: z.int().min(0),
});

export type AgentEnvironment = z.output<typeof schema>;

export const agentEnvironment: DocumentCodec<AgentEnvironment> = documentCodec(
  schema,
  'Run agents and operator of one version.',
);
