// What the operator observes of a run, told shortly: a snapshot of run voice/zh with pods, Jobs, a bucket and a status.
import { deepStrictEqual } from 'node:assert/strict';
import { explain } from '../../src/cli/explanation.ts';
import type { AttemptEvidence } from '../../src/domain/run/classification.ts';
import { decide } from '../../src/domain/run/decide.ts';
import type { ContainerFacts, JobFacts, PodFacts, RunFacts, Snapshot } from '../../src/domain/run/facts.ts';
import { nothingJudged } from '../../src/domain/run/retention-facts.ts';
import type { TrainerSight } from '../../src/domain/run/trainer-sight.ts';
import { report } from '../../src/domain/run/report.ts';
import type { LedgerEntry, RunStatus } from '../../src/domain/run/status.ts';
import { formatTime } from '../../src/domain/time.ts';
import { attemptId, type AttemptTale, bucketFacts } from './bucket-facts.ts';

/** The operator's time of a snapshot; the store's clock says the same. */
export const now = 1_000_000_000;

/** A moment so many seconds before a snapshot. */
export const ago = (seconds: number): number => now - seconds * 1000;

/** The same as it stands in status. */
export const timeAgo = (seconds: number): string => formatTime(ago(seconds));

export const container = (
  state: ContainerFacts['state'],
  facts: Partial<ContainerFacts> = {},
): ContainerFacts => ({
  state,
  reason: undefined,
  message: undefined,
  exitCode: undefined,
  startedAt: undefined,
  finishedAt: undefined,
  restarts: 0,
  lastExit: undefined,
  ...facts,
});

/** A container that has exited so many seconds ago. */
export const exited = (
  exitCode: number,
  facts: Partial<ContainerFacts> & { ago?: number } = {},
): ContainerFacts => {
  const { ago: seconds = 10, ...others } = facts;
  return container('Terminated', {
    exitCode,
    finishedAt: ago(seconds),
    reason: exitCode === 0 ? 'Completed' : 'Error',
    ...others,
  });
};

/** A pod that trains, unless it says otherwise. */
export const podOfAttempt = (attempt: number, facts: Partial<PodFacts> = {}): PodFacts => ({
  name: `zh-${attempt}-abcde`,
  uid: `${attemptId(attempt).pod}-0000-4000-8000-000000000000`,
  attempt,
  node: 'gpu-1',
  nodeState: { is: 'Ready' },
  phase: 'Running',
  createdAt: ago(1000),
  scheduledAt: ago(990),
  gpus: 1,
  deletion: undefined,
  disruption: undefined,
  reason: undefined,
  message: undefined,
  unschedulable: undefined,
  restore: exited(0, { ago: 900 }),
  sync: container('Running'),
  trainer: container('Running'),
  ...facts,
});

/** A pod whose deletion was asked for so many seconds ago, with half an hour of grace. */
export const deletedPod = (attempt: number, seconds: number, facts: Partial<PodFacts> = {}): PodFacts =>
  podOfAttempt(attempt, {
    deletion: { requestedAt: ago(seconds), endsAt: ago(seconds) + 1_800_000 },
    ...facts,
  });

export const jobOfAttempt = (number: number, facts: Partial<JobFacts> = {}): JobFacts => ({
  name: `zh-${number}`,
  uid: `job-${number}`,
  number,
  deleting: false,
  workload: 'workload',
  hasTtl: false,
  waitsFor: undefined,
  complete: false,
  failure: undefined,
  ...facts,
});

/** A Job that its podFailurePolicy ended with this sentence. */
export const failedJob = (number: number, message: string): JobFacts =>
  jobOfAttempt(number, { failure: { reason: 'PodFailurePolicy', message } });

/** An attempt in the ledger that has ended 100 seconds ago. */
export const ended = (
  number: number,
  cause: LedgerEntry['cause'],
  facts: Partial<LedgerEntry> = {},
): LedgerEntry => ({
  number,
  cause,
  startedAt: timeAgo(500),
  endedAt: timeAgo(100),
  ...facts,
});

/** A status with this ledger, newest first, about generation 1. */
export const statusWith = (attempts: readonly LedgerEntry[], facts: Partial<RunStatus> = {}): RunStatus => ({
  observedGeneration: 1,
  phase: 'Running',
  message: 'as before',
  conditions: [],
  attempt: attempts[0]?.number ?? 0,
  failures: 0,
  workload: 'workload',
  attempts,
  totals: { attempts: attempts.length, disruptions: 0, failures: 0, lostUpdates: 0, reclaimedBytes: 0 },
  ...facts,
});

/** A look at the pod of an attempt whose log shows this update now. */
export const sightOf = (
  attempt: number,
  update: number | undefined,
  facts: Partial<TrainerSight> = {},
): TrainerSight => ({
  attempt,
  update,
  seenAt: now,
  advancedAt: update === undefined ? undefined : now,
  firstUpdate: undefined,
  heard: update !== undefined,
  final: false,
  plannedUpdates: undefined,
  problems: [],
  ...facts,
});

export interface RunTale {
  readonly status?: RunStatus;
  readonly spec?: Partial<RunFacts['spec']>;
  readonly run?: Partial<RunFacts>;
  readonly bucket?: readonly AttemptTale[] | Snapshot['bucket'];
  readonly jobs?: readonly JobFacts[];
  readonly pods?: readonly PodFacts[];
  readonly snapshot?: Partial<Snapshot>;
}

export const unreadable: Snapshot['bucket'] = {
  kind: 'Unreadable',
  reason: 'BucketUnreadable',
  message: 'the server is away',
};

/** The snapshot of a tale; what it does not tell is as quiet as can be. */
export function snapshotOf(tale: RunTale): Snapshot {
  const { bucket = [], jobs = [], pods = [] } = tale;
  return {
    now,
    operatorId: 'operator',
    tried: undefined,
    clusterUid: 'cluster-uid',
    run: runFacts(tale),
    store: { kind: 'Ready', name: 'main', agentSecret: 'reprise-store', adoptClusters: [] },
    bucket: 'kind' in bucket ? bucket : { kind: 'Read', facts: bucketFacts(bucket) },
    source: undefined,
    dependents: [],
    jobs,
    pods,
    strangers: [],
    highestJob: Math.max(0, ...jobs.map(({ number }) => number)),
    sight: undefined,
    refusal: undefined,
    podRefusal: undefined,
    retention: nothingJudged,
    ...tale.snapshot,
  };
}

const runFacts = ({ status, spec, run }: RunTale): RunFacts => ({
  namespace: 'voice',
  name: 'zh',
  uid: 'run-uid',
  generation: 1,
  deleting: false,
  labels: {},
  retry: undefined,
  approved: undefined,
  status,
  spec: {
    store: undefined,
    suspend: false,
    suspendMode: 'Now',
    suspendDeadlineSeconds: 3600,
    activeDeadlineSeconds: undefined,
    maxFailures: 3,
    maxDisruptions: undefined,
    hungAfterSeconds: undefined,
    onHung: 'Report',
    gpus: 0,
    acceptWorldSize: undefined,
    nodeLostAfterSeconds: 60,
    checkpointDir: '/ckpts',
    modelLastEverySeconds: 300,
    retention: undefined,
    pins: [],
    initializeFrom: undefined,
    rollback: undefined,
    workload: 'workload',
    ...spec,
  },
  ...run,
});

/** What a pass decides of a tale, and the status it writes. The command line must come to the same next step. */
export function passOver(tale: RunTale): {
  readonly snapshot: Snapshot;
  readonly decision: ReturnType<typeof decide>;
  readonly status: RunStatus;
} {
  const snapshot = snapshotOf(tale);
  const decision = decide(snapshot);
  const { actions, recheck } = decision;
  const told = explain(snapshot, { isBlind: false, isBucketUnseen: false }).next;
  deepStrictEqual({ actions: told?.actions, recheck: told?.recheck }, { actions, recheck });
  return { snapshot, decision, status: report(snapshot, decision) };
}

/** Evidence of an attempt that nobody has seen anything of yet. */
export const evidenceOf = (facts: Partial<AttemptEvidence>): AttemptEvidence => ({
  now,
  decided: undefined,
  wasSeen: true,
  hasTrained: false,
  job: jobOfAttempt(1),
  pod: undefined,
  givenUp: undefined,
  end: undefined,
  ...facts,
});
