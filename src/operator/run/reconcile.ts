// One pass over one run: observe, decide, report, act. Status is written once, before anything else is touched.
import { parseRun, type TTSTrainingRun } from '../../api/run.ts';
import { type Outcome, settled, stalled, waiting } from '../../domain/outcome.ts';
import { decide } from '../../domain/run/decide.ts';
import type { Decision, RunEvent } from '../../domain/run/decision.ts';
import type { Snapshot } from '../../domain/run/facts.ts';
import { report } from '../../domain/run/report.ts';
import { withoutPins } from '../../domain/run/retention-facts.ts';
import type { RunStatus } from '../../domain/run/status.ts';
import { worthOf } from '../../domain/run/worth-writing.ts';
import type { Seconds } from '../../domain/units.ts';
import type { KubeObject } from '../../ports/kube-objects.ts';
import { ClusterError, nameOf, type StatusPatch } from '../../ports/cluster.ts';
import { runs } from '../../ports/kinds.ts';
import type { Reconcile } from '../engine/loop.ts';
import { act } from './act.ts';
import { bidFarewell } from './farewell.ts';
import { keepHold } from './finalizer.ts';
import { type Governed, governingOf, stillStands } from './governing.ts';
import { noteJudgement } from './note-judgement.ts';
import { type Observation, observe } from './observe.ts';
import { tell } from './tell.ts';
import type { World } from './world.ts';

/** The reconcile function of runs; a key is `namespace/name`. */
export const makeRunReconcile =
  (world: World): Reconcile =>
  async (key, signal) => {
    const object = world.runs.get(key);
    forgetFormer(world, key, object);
    if (object === undefined) return settled();
    if (object.metadata.deletionTimestamp !== undefined) return bidFarewell(world, object, signal);
    const parsed = parseRun(object);
    if ('problems' in parsed) {
      world.log.error({ run: key, problems: parsed.problems }, 'the run is not understood: apply it anew');
      await tell(world, { run: object, told: [notUnderstood(parsed.problems)] }, signal);
      return stalled();
    }
    return passOver(world, parsed.ok, signal);
  };

const notUnderstood = (problems: readonly string[]): RunEvent => ({
  type: 'Warning',
  reason: 'NotUnderstood',
  message: `This operator does not understand the run, so nothing is done about it: ${problems.join('; ')}. If a newer operator wrote it, upgrade this one; else apply the run anew.`,
});

function forgetFormer(world: World, key: string, object: KubeObject | undefined): void {
  const former = world.memory.rename(key, object?.metadata.uid);
  if (former === undefined) return;
  world.collection.forget(former);
  world.judged.forget(former);
}

async function passOver(world: World, run: TTSTrainingRun, signal: AbortSignal): Promise<Outcome> {
  // The change itself asks for the next pass.
  if (await keepHold(world, run, signal)) return settled();
  const { uid } = run.metadata;
  const needsListing = world.collection.dueIn(uid) === 0;
  const observation = await observe(world, { run, needsListing }, signal);
  const governed = governingOf(world, run);
  const retention = world.collection.judge(observation.snapshot, governed);
  noteJudgement(world, { run, observation, governed, facts: retention });
  const { snapshot, decision } = decideWithPins(world, { ...observation.snapshot, retention });
  // What is not tried is not refused either: status no longer says so.
  if (decision.starts === undefined) world.memory.of(uid).refusal = undefined;
  await writeStatus(world, { run, snapshot, decision }, signal);
  try {
    await act(world, { run, observation, actions: decision.actions }, signal);
  } finally {
    // The status that says so stands already, and the next pass finds nothing new in it.
    await tell(world, { run, told: decision.events }, signal);
  }
  if (needsListing && decision.actions.length === 0)
    await collect(world, { run, observation, governed }, signal);
  // What was just deleted is told by the next pass, from a listing without it.
  return outcomeOf(decision, world.collection.hasNews(uid) ? 0 : world.collection.wakesIn(uid));
}

/** What the bucket did not take when it was last asked is told as long as there is something to be asked for. */
function decideWithPins(
  world: World,
  snapshot: Snapshot,
): { readonly snapshot: Snapshot; readonly decision: Decision } {
  const decision = decide(snapshot);
  const why = world.memory.of(snapshot.run.uid).pinRefusal;
  const isAsked = decision.actions.some((action) => action.do === 'MirrorPin');
  if (why === undefined || !isAsked) return { snapshot, decision };
  const told = { ...snapshot, retention: withoutPins(snapshot.retention, why) };
  return { snapshot: told, decision: decide(told) };
}

interface Writing {
  readonly run: TTSTrainingRun;
  readonly snapshot: Snapshot;
  readonly decision: Decision;
}

// Before it acts, a pass always writes, if only what stands there: the write fails when the run it rests on is not the newest.
async function writeStatus(
  world: World,
  { run, snapshot, decision }: Writing,
  signal: AbortSignal,
): Promise<void> {
  const after = report(snapshot, decision);
  const worth = worthOf(run.status, after, snapshot.now);
  const kind = decision.actions.length > 0 ? 'Facts' : worth;
  if (kind === 'Nothing' || !mayWrite(world, kind)) return;
  const written: RunStatus = worth === 'Nothing' ? (run.status ?? after) : after;
  const { uid, resourceVersion } = run.metadata;
  const patch = { name: nameOf(run.metadata), uid, resourceVersion, status: written };
  await applyStatus(world, { run, patch }, signal);
  world.metrics?.wrote({ kind, before: run.status, after: written });
  if (worth !== 'Nothing') world.collection.told(uid, snapshot.retention);
}

async function applyStatus(
  world: World,
  { run, patch }: { readonly run: TTSTrainingRun; readonly patch: StatusPatch },
  signal: AbortSignal,
): Promise<void> {
  try {
    await world.cluster.applyStatus(runs, patch, signal);
  } catch (cause) {
    if (cause instanceof ClusterError && cause.code === 'Invalid')
      await tell(world, { run, told: [statusRefused(cause)] }, signal);
    // It was deleted while we looked: nobody's failure, and the next pass finds it gone.
    if (cause instanceof ClusterError && cause.code === 'NotFound')
      throw new ClusterError('Conflict', cause.message, { cause });
    throw cause;
  }
}

/** A status that is not taken stops the run where it is, and only an Event is left to say so. */
const statusRefused = ({ message }: ClusterError): RunEvent => ({
  type: 'Warning',
  reason: 'StatusRefused',
  message: `The API server refuses the status of this run, so nothing is done about it: ${message.replace(/\.$/, '')}. The CRDs are most likely of an older version than the operator: apply those of its version (crds/).`,
});

// Mere progress waits for a second with fewer writes; the next pass tells it anew.
function mayWrite({ writes, metrics }: World, kind: 'Facts' | 'Progress'): boolean {
  if (kind === 'Facts') writes.take();
  else if (!writes.tryTake()) {
    metrics?.putOff();
    return false;
  }
  return true;
}

// A pass that changes anything else deletes nothing: what it rests on has just moved. Nor does one that rests on a listing
// of an earlier pass.
async function collect(
  world: World,
  { run, observation, governed }: Collecting,
  signal: AbortSignal,
): Promise<void> {
  const { place } = observation;
  if (place === undefined) return;
  const isStillAsked = async (): Promise<boolean> => stillStands(world, { run, governed }, signal);
  await world.collection.sweep({ run: run.metadata, place, isStillAsked }, signal);
  world.memory.of(run.metadata.uid).reading = undefined;
}

interface Collecting {
  readonly run: TTSTrainingRun;
  readonly observation: Observation;
  readonly governed: Governed;
}

function outcomeOf({ standing, recheck }: Decision, collectIn: Seconds = Infinity): Outcome {
  const soonest = Math.min(recheck ?? Infinity, Math.max(1, collectIn));
  const again = soonest === Infinity ? undefined : soonest;
  if (standing.is === 'Stalled') return stalled(again);
  return again === undefined ? settled() : waiting(again);
}
