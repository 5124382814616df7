// Carries a decision out: Jobs and the marker in the bucket. Each action is idempotent; none decides anything.
import type { TTSTrainingRun } from '../../api/run.ts';
import { formatRunObject } from '../../domain/bucket/keys.ts';
import type { Action, NewAttempt } from '../../domain/run/decision.ts';
import type { PinChange } from '../../domain/retention/pin-mirror.ts';
import { ClusterError, nameOf, type ObjectName } from '../../ports/cluster.ts';
import { jobs, pods } from '../../ports/kinds.ts';
import { ObjectStoreError } from '../../ports/objects.ts';
import { carryOutPinChange } from './pin-changes.ts';
import { goneDocument } from '../../wire/gone-document.ts';
import { runDocument } from '../../wire/run-document.ts';
import { type AttemptJob, buildAttemptJob } from '../../workload/attempt-job.ts';
import type { Observation } from './observe.ts';
import type { World } from './world.ts';

export interface Pass {
  readonly run: TTSTrainingRun;
  readonly observation: Observation;
}

/** Carries the actions out, in order. A Job that is refused is remembered for the next pass's message, not thrown. */
export async function act(
  world: World,
  pass: Pass & { readonly actions: readonly Action[] },
  signal: AbortSignal,
): Promise<void> {
  for (const action of pass.actions) await carryOut({ world, pass }, action, signal);
}

interface Doing {
  readonly world: World;
  readonly pass: Pass;
}

async function carryOut(doing: Doing, action: Action, signal: AbortSignal): Promise<void> {
  const { cluster } = doing.world;
  const nameInRun = (name: string) => nameOf({ ...doing.pass.run.metadata, name });
  switch (action.do) {
    case 'WriteMarker':
      return writeMarker(doing, action, signal);
    case 'CreateJob':
      return createJob(doing, action.attempt, signal);
    case 'DeleteJob': {
      const { name, uid } = action;
      return cluster.delete(jobs, { name: nameInRun(name), uid, propagation: 'Background' }, signal);
    }
    case 'DeletePod': {
      const { name, uid } = action;
      return cluster.delete(pods, { name: nameInRun(name), uid, propagation: 'Background' }, signal);
    }
    case 'TellGone':
      return tellGone(doing, action, signal);
    case 'MirrorPin':
      return mirrorPin(doing, action, signal);
    case 'ExpireJob':
      return expireJob(doing, nameInRun(action.name), signal);
  }
}

async function expireJob({ world, pass }: Doing, name: ObjectName, signal: AbortSignal): Promise<void> {
  const ttlSecondsAfterFinished = pass.run.spec.podTTLSecondsAfterFinished;
  try {
    await world.cluster.patch(jobs, { name, patch: { spec: { ttlSecondsAfterFinished } } }, signal);
  } catch (cause) {
    // Somebody removed it before us.
    if (!(cause instanceof ClusterError) || cause.code !== 'NotFound') throw cause;
  }
}

type WriteMarker = Extract<Action, { do: 'WriteMarker' }>;

// A refused condition means that somebody else wrote: the pass starts over and reads what they wrote.
async function writeMarker({ world, pass }: Doing, action: WriteMarker, signal: AbortSignal): Promise<void> {
  const { place } = pass.observation;
  if (place === undefined) return;
  const { namespace = '', name, uid, labels } = pass.run.metadata;
  const { namespaceLabels } = pass.observation.snapshot;
  const document = runDocument.format({
    version: 1,
    clusterUid: world.clusterUid,
    namespace,
    name,
    runUid: uid,
    labels: labels ?? {},
    ...(namespaceLabels === undefined ? {} : { namespaceLabels }),
    deletionPolicy: pass.run.spec.deletionPolicy,
    highestAttempt: action.highestAttempt,
    phase: action.phase,
  });
  const condition = action.over === undefined ? 'absent' : { etag: action.over };
  // What was read before says nothing any more of what is there.
  world.memory.of(uid).reading = undefined;
  await place.objects.put(
    { key: `${place.prefix}run.json`, bytes: new TextEncoder().encode(document), condition },
    signal,
  );
}

type TellGone = Extract<Action, { do: 'TellGone' }>;

async function tellGone({ pass }: Doing, { attempt, why }: TellGone, signal: AbortSignal): Promise<void> {
  const { place } = pass.observation;
  if (place === undefined) return;
  const bytes = new TextEncoder().encode(goneDocument.format({ version: 1, attempt, why }));
  const key = place.prefix + formatRunObject({ is: 'Gone', attempt });
  // Over the same words, where an answer was lost.
  await place.objects.put({ key, bytes, condition: 'any' }, signal);
}

// Whatever came of it, the next pass lists the bucket anew.
async function mirrorPin({ world, pass }: Doing, change: PinChange, signal: AbortSignal): Promise<void> {
  const { place } = pass.observation;
  if (place === undefined) return;
  const memory = world.memory.of(pass.run.metadata.uid);
  memory.reading = undefined;
  try {
    await carryOutPinChange(place, change, signal);
    memory.pinRefusal = undefined;
  } catch (cause) {
    if (isRefused(cause)) memory.pinRefusal = cause.message;
    throw cause;
  }
}

const isRefused = (cause: unknown): cause is ObjectStoreError =>
  cause instanceof ObjectStoreError && (cause.code === 'AccessDenied' || cause.code === 'Refused');

async function createJob({ world, pass }: Doing, attempt: NewAttempt, signal: AbortSignal): Promise<void> {
  const { lookup } = pass.observation;
  if (lookup.kind !== 'Ready') return;
  const memory = world.memory.of(pass.run.metadata.uid);
  const { store } = lookup;
  const { agentImage: agent, clusterUid } = world;
  const job = buildAttemptJob({ run: pass.run, store, agent, clusterUid, attempt });
  const { number } = attempt;
  memory.tried = { number, unanswered: undefined };
  try {
    await world.cluster.create(jobs, job, signal);
    memory.refusal = undefined;
  } catch (cause) {
    if (!(cause instanceof ClusterError)) throw cause;
    if (cause.code === 'Unavailable') memory.tried = { number, unanswered: cause.message };
    else if (cause.code !== 'AlreadyExists') memory.tried = undefined;
    memory.refusal = await refusalOf({ world, pass }, { job, cause }, signal);
    if (memory.refusal !== undefined) memory.tried = undefined;
  }
}

/** Why the Job was not made; undefined when it is there after all. Transient errors are thrown on. */
async function refusalOf(
  { world, pass }: Doing,
  { job, cause }: { readonly job: AttemptJob; readonly cause: ClusterError },
  signal: AbortSignal,
): Promise<string | undefined> {
  const { name, namespace } = job.metadata;
  if (cause.code === 'Forbidden' || cause.code === 'Invalid') {
    return `the API server refuses Job ${namespace}/${name}: ${cause.message.replace(/\.$/, '')}. Change what it names, or make room for it; it is tried again by itself.`;
  }
  if (cause.code !== 'AlreadyExists') throw cause;
  const existing = await world.cluster.get(jobs, { name, namespace }, signal);
  const owner = existing?.metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (existing === undefined || owner?.uid === pass.run.metadata.uid) return undefined;
  return `Job ${namespace}/${name} exists and is not this run's: delete it (kubectl delete job -n ${namespace} ${name}), or rename the run`;
}
