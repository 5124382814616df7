// The names that the programs, the CRDs and their users share: group, kinds, labels, annotations, containers, volumes.
// Nothing else spells one of them; what the bucket's keys look like is decided in domain/bucket.

export const group = 'reprise.dev';
export const version = 'v1alpha1';
export const apiVersion = `${group}/${version}` as const;

/** How one kind is called by the API server and by kubectl. */
export interface KindNames {
  readonly kind: string;
  readonly singular: string;
  readonly plural: string;
  readonly shortName: string;
  readonly scope: 'Namespaced' | 'Cluster';
}

export const runNames = {
  kind: 'TTSTrainingRun',
  singular: 'ttstrainingrun',
  plural: 'ttstrainingruns',
  shortName: 'ttsr',
  scope: 'Namespaced',
} as const satisfies KindNames;

export const storeNames = {
  kind: 'CheckpointStore',
  singular: 'checkpointstore',
  plural: 'checkpointstores',
  shortName: 'cks',
  scope: 'Cluster',
} as const satisfies KindNames;

export const policyNames = {
  kind: 'CheckpointRetentionPolicy',
  singular: 'checkpointretentionpolicy',
  plural: 'checkpointretentionpolicies',
  shortName: 'ckrp',
  scope: 'Cluster',
} as const satisfies KindNames;

/** `kubectl get reprise` lists every kind of ours. */
export const category = 'reprise';

/** Labels on Jobs, pods and everything else the operator makes for a run. */
export const labels = {
  run: `${group}/run`,
  runUid: `${group}/run-uid`,
  attempt: `${group}/attempt`,
  managedBy: 'app.kubernetes.io/managed-by',
} as const;

/** The value of the managed-by label on everything the operator makes. */
export const managedBy = 'reprise';

/** Annotations people (retry, approve, is-default-store) and the operator set. */
export const annotations = {
  /** on a run: a new value lifts Failed and Stalled and starts a new attempt */
  retry: `${group}/retry`,
  /** on a run: the digest of the checkpoints that retention may delete, though they are many at once */
  approve: `${group}/approve`,
  /** on a store: "true" makes it the store of runs that name none */
  isDefaultStore: `${group}/is-default-store`,
  /** on a Job: the fingerprint of what in its run's spec shapes the pod */
  workload: `${group}/workload`,
  /** on a Job: the attempt whose flush its restore waits for, and until when: `0003-9f31c2aa@2026-11-22T10:15:30Z` */
  waitsFor: `${group}/waits-for`,
} as const;

/** On runs with deletionPolicy Delete: the object waits until run.json says what is to be deleted, at most a minute. */
export const finalizer = `${group}/deletion-policy`;

/** Containers of a training pod, in the order they start. */
export const containers = { restore: 'restore', sync: 'sync', trainer: 'trainer' } as const;

/** The name of the port on which sync serves its status. */
export const statusPortName = 'reprise-status';

/** Volumes we add to a training pod all start with this; a run may use no such name. */
export const volumeNamePrefix = 'reprise-';

/** Environment variables we give to the trainer all start with this; a run may set no such name. */
export const environmentPrefix = 'REPRISE_';

/** The keys a Secret with S3 credentials must (session token: may) have. */
export const credentialKeys = {
  accessKeyId: 'AWS_ACCESS_KEY_ID',
  secretAccessKey: 'AWS_SECRET_ACCESS_KEY',
  sessionToken: 'AWS_SESSION_TOKEN',
} as const;

/** The extended resource that stands for one whole NVIDIA GPU. */
export const gpuResource = 'nvidia.com/gpu';

/** The node label gpuProducts is compared with (set by NVIDIA's GPU feature discovery). */
export const gpuProductLabel = 'nvidia.com/gpu.product';

/** The uid and gid of the agents (distroless' nonroot). The trainer must run as another uid: it may not read their memory. */
export const agentUid = 65532;

/** A run's name with "-<attempt>" is a Job's name, which is a label value of at most 63 characters. */
export const maxRunNameLength = 52;
