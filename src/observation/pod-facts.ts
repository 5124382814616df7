// Kubernetes' Jobs and pods read into the facts that decisions rest on. Only reads; a field that is absent stays unknown.
import { annotations, containers, gpuResource, labels } from '../api/names.ts';
import { parseAttemptId } from '../domain/bucket/keys.ts';
import { restoreExitCodes } from '../domain/run/ending.ts';
import type { ContainerFacts, JobFacts, NodeState, PodFacts } from '../domain/run/facts.ts';
import { lastWordsIn } from '../domain/run/trainer-log.ts';
import { parseTime } from '../domain/time.ts';
import type { Instant } from '../domain/units.ts';
import type { Condition, ContainerStatus, Job, Pod } from '../ports/kube-objects.ts';
import { restoreResult } from '../wire/restore-result.ts';

/** The attempt number on a Job or pod of ours; undefined on anything else. */
export function attemptNumberOf(object: Job | Pod): number | undefined {
  const text = object.metadata.labels?.[labels.attempt];
  return text !== undefined && /^[1-9][0-9]{0,8}$/.test(text) ? Number(text) : undefined;
}

/** A Job's facts; undefined when it carries no attempt number. */
export function jobFacts(job: Job): JobFacts | undefined {
  const number = attemptNumberOf(job);
  if (number === undefined) return undefined;
  const { name, uid, deletionTimestamp, annotations: notes } = job.metadata;
  const conditions = job.status?.conditions ?? [];
  const holds = (type: string) =>
    conditions.find((condition) => condition.type === type && condition.status === 'True');
  return {
    name,
    uid,
    number,
    deleting: deletionTimestamp !== undefined,
    workload: notes?.[annotations.workload],
    hasTtl: job.spec?.ttlSecondsAfterFinished !== undefined,
    waitsFor: parseWaitsFor(notes?.[annotations.waitsFor]),
    complete: holds('Complete') !== undefined,
    failure: failureOf(holds('Failed') ?? holds('FailureTarget')),
  };
}

const failureOf = (failed: Condition | undefined): JobFacts['failure'] =>
  failed === undefined ? undefined : { reason: failed.reason ?? '', message: failed.message ?? '' };

function parseWaitsFor(text = ''): JobFacts['waitsFor'] {
  const [folder = '', time = ''] = text.split('@');
  const attempt = parseAttemptId(folder);
  const until = parseTime(time);
  return attempt === undefined || until === undefined ? undefined : { attempt, until };
}

/** A pod's facts; undefined when it carries no attempt number. `nodeState` is how the node it is on stands. */
export function podFacts(pod: Pod, nodeState: NodeState | undefined): PodFacts | undefined {
  const attempt = attemptNumberOf(pod);
  if (attempt === undefined) return undefined;
  const { name, uid, creationTimestamp } = pod.metadata;
  return {
    name,
    uid,
    attempt,
    node: pod.spec?.nodeName,
    nodeState,
    phase: pod.status?.phase ?? 'Pending',
    createdAt: parseTime(creationTimestamp) ?? 0,
    gpus: gpusOf(pod),
    deletion: deletionOf(pod),
    reason: pod.status?.reason,
    message: pod.status?.message,
    ...conditionFacts(pod),
    ...containersOf(pod),
  };
}

/** Extended resources are whole numbers, and their limit is their request (Kubernetes: Managing Resources). */
function gpusOf({ spec }: Pod): number {
  const trainer = spec?.containers?.find(({ name }) => name === containers.trainer);
  const gpus = Number(trainer?.resources?.limits?.[gpuResource] ?? 0);
  return Number.isSafeInteger(gpus) ? gpus : 0;
}

function conditionFacts({ status }: Pod): Pick<PodFacts, 'disruption' | 'unschedulable' | 'scheduledAt'> {
  const conditions = status?.conditions ?? [];
  const disruption = conditions.find((condition) => condition.type === 'DisruptionTarget');
  return {
    disruption: disruption?.status === 'True' ? (disruption.reason ?? 'DisruptionTarget') : undefined,
    ...schedulingFacts(conditions.find(({ type }) => type === 'PodScheduled')),
  };
}

const schedulingFacts = (
  scheduled: Condition | undefined,
): Pick<PodFacts, 'unschedulable' | 'scheduledAt'> => ({
  scheduledAt: scheduled?.status === 'True' ? timeOf(scheduled.lastTransitionTime) : undefined,
  unschedulable: scheduled?.reason === 'Unschedulable' ? (scheduled.message ?? '') : undefined,
});

function containersOf({ status }: Pod): Pick<PodFacts, 'restore' | 'sync' | 'trainer'> {
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const find = (wanted: string) => statuses.find(({ name }) => name === wanted);
  return {
    restore: withRestoreSentence(containerFacts(find(containers.restore))),
    sync: containerFacts(find(containers.sync)),
    trainer: containerFacts(withoutReturn(find(containers.trainer))),
  };
}

// Nothing starts a trainer again: one that waits after an end has ended. Kubelet shows it so for a moment while it evicts a pod.
function withoutReturn(trainer: ContainerStatus | undefined): ContainerStatus | undefined {
  const end = trainer?.lastState?.terminated;
  if (trainer?.state?.waiting === undefined || end === undefined) return trainer;
  return { ...trainer, state: { terminated: end } };
}

/** When a pod's deletion was asked for and when its grace ends: deletionTimestamp is the second (Kubernetes API, ObjectMeta). */
function deletionOf({
  metadata,
}: Pod): { readonly requestedAt: Instant; readonly endsAt: Instant } | undefined {
  const endsAt = metadata.deletionTimestamp === undefined ? undefined : parseTime(metadata.deletionTimestamp);
  if (endsAt === undefined) return undefined;
  return { endsAt, requestedAt: endsAt - (metadata.deletionGracePeriodSeconds ?? 0) * 1000 };
}

function containerFacts(status: ContainerStatus | undefined): ContainerFacts | undefined {
  const state = status?.state;
  if (status === undefined || state === undefined) return undefined;
  const past = pastOf(status);
  if (state.terminated !== undefined) {
    const { reason, message, exitCode } = state.terminated;
    return { state: 'Terminated', reason, message, exitCode, ...past };
  }
  const { waiting, running } = state;
  return {
    state: running === undefined ? 'Waiting' : 'Running',
    reason: waiting?.reason,
    message: waiting?.message,
    exitCode: undefined,
    ...past,
  };
}

function pastOf({
  restartCount,
  state,
  lastState,
}: ContainerStatus): Pick<ContainerFacts, 'startedAt' | 'finishedAt' | 'restarts' | 'lastExit'> {
  const last = lastState?.terminated;
  return {
    startedAt: beginningOf(timeOf(state?.running?.startedAt ?? state?.terminated?.startedAt)),
    finishedAt: timeOf(state?.terminated?.finishedAt),
    restarts: restartCount,
    lastExit: last === undefined ? undefined : { exitCode: last.exitCode, message: last.message },
  };
}

/** Of a container that never started kubelet says 1970-01-01T00:00:00Z. */
const beginningOf = (at: Instant | undefined): Instant | undefined => (at === 0 ? undefined : at);

const timeOf = (text: string | undefined): Instant | undefined =>
  text === undefined ? undefined : parseTime(text);

// Restore's termination message is a document of ours; a person is shown its sentence. Of one that died before it wrote any, kubelet
// tells the end of the log.
function withRestoreSentence(restore: ContainerFacts | undefined): ContainerFacts | undefined {
  if (restore?.state !== 'Terminated') return restore;
  const { message: left = '' } = restore;
  if (left === '') return { ...restore, message: tellsItself(restore) ? undefined : deathOf(restore, left) };
  try {
    const { reason, message } = restoreResult.parse(left, 'the termination message');
    return { ...restore, message: reason === '' ? message : `${reason}: ${message}` };
  } catch {
    return { ...restore, message: deathOf(restore, left) };
  }
}

/** Its own exit codes say more than that it died. */
const tellsItself = ({ exitCode }: ContainerFacts): boolean =>
  Object.values<number | undefined>(restoreExitCodes).includes(exitCode);

function deathOf({ reason = 'Error', exitCode = -1 }: ContainerFacts, log: string): string {
  const why = reason === 'Error' ? '' : ` (${reason})`;
  const words = lastWordsIn(log);
  const said = words === undefined ? '' : `; the last it said: ${messageIn(words)}`;
  return `restore died with exit code ${exitCode}${why}${said}`;
}

/** The message in a line of an agent's log; any other line as it is. */
function messageIn(line: string): string {
  try {
    const said: unknown = JSON.parse(line);
    if (typeof said !== 'object' || said === null || !('message' in said)) return line;
    return typeof said.message === 'string' ? said.message : line;
  } catch {
    return line;
  }
}
