// The Job of one attempt and its pod. A pure manifest: what is in it is decided before.
import type { V1JobSpec, V1PodSpec, V1PodTemplateSpec } from '@kubernetes/client-node';
import { agentUid, annotations, apiVersion, labels, managedBy, runNames } from '../api/names.ts';
import type { TTSTrainingRun } from '../api/run.ts';
import { formatAttemptId } from '../domain/bucket/keys.ts';
import type { NewAttempt } from '../domain/run/decision.ts';
import { formatTime } from '../domain/time.ts';
import { buildRestore, buildSync } from './agent-containers.ts';
import type { AttemptOrder } from './attempt-order.ts';
import { failurePolicy } from './failure-rules.ts';
import { workloadFingerprint } from './fingerprint.ts';
import type { AsJson } from './manifest.ts';
import { buildAffinity, buildTolerations } from './placement.ts';
import { buildTrainer } from './trainer-container.ts';
import { buildVolumes } from './volumes.ts';

type Strings = Readonly<Record<string, string>>;

/** A Job as it is created. */
export type AttemptJob = {
  readonly apiVersion: 'batch/v1';
  readonly kind: 'Job';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Strings;
    readonly annotations: Strings;
    readonly ownerReferences: readonly {
      readonly apiVersion: string;
      readonly kind: string;
      readonly name: string;
      readonly uid: string;
      readonly controller: true;
      readonly blockOwnerDeletion: true;
    }[];
  };
  readonly spec: AsJson<V1JobSpec>;
};

/** The name of an attempt's Job. */
export const formatJobName = (run: string, attempt: number): string => `${run}-${attempt}`;

/** The Job of an attempt, owned by its run. */
export function buildAttemptJob(order: AttemptOrder): AttemptJob {
  const { run, attempt } = order;
  const { name, namespace = '', uid } = run.metadata;
  const owner = {
    apiVersion,
    kind: runNames.kind,
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  } as const;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: formatJobName(name, attempt.number),
      namespace,
      labels: buildLabels(run, attempt.number),
      annotations: { [annotations.workload]: workloadFingerprint(run.spec), ...waitsFor(attempt) },
      ownerReferences: [owner],
    },
    // No ttlSecondsAfterFinished: it is set once the outcome is in the ledger.
    spec: { backoffLimit: 0, podFailurePolicy: failurePolicy, template: buildTemplate(order) },
  };
}

function waitsFor({ predecessor }: Pick<NewAttempt, 'predecessor'>): Strings {
  if (predecessor === undefined) return {};
  const { attempt, until } = predecessor;
  return { [annotations.waitsFor]: `${formatAttemptId(attempt)}@${formatTime(until)}` };
}

const buildLabels = (run: TTSTrainingRun, attempt: number): Strings => ({
  [labels.run]: run.metadata.name,
  [labels.runUid]: run.metadata.uid,
  [labels.attempt]: String(attempt),
  [labels.managedBy]: managedBy,
});

function buildTemplate(order: AttemptOrder): AsJson<V1PodTemplateSpec> {
  const { run, attempt } = order;
  const own = run.spec.podTemplate.metadata;
  return {
    metadata: {
      labels: { ...own?.labels, ...buildLabels(run, attempt.number) },
      ...(own?.annotations === undefined ? {} : { annotations: own.annotations }),
    },
    spec: buildPodSpec(order),
  };
}

function buildPodSpec(order: AttemptOrder): AsJson<V1PodSpec> {
  const { spec } = order.run;
  const {
    volumes: _volumes,
    affinity: _affinity,
    tolerations: _tolerations,
    ...said
  } = spec.podTemplate.spec;
  const affinity = buildAffinity(spec);
  return {
    ...said,
    restartPolicy: 'Never',
    // The trainer is then not PID 1, which would ignore SIGTERM: every drain would last the whole grace.
    shareProcessNamespace: true,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      // The group that agents and trainer share, for the files they hand to each other.
      fsGroup: agentUid,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(affinity === undefined ? {} : { affinity }),
    tolerations: buildTolerations(spec),
    volumes: buildVolumes(spec),
    initContainers: [buildRestore(order), buildSync(order)],
    containers: [buildTrainer(order.run, order.attempt.number)],
  };
}
