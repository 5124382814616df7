// A look at the running pod: what its agent says and where the trainer's log is. Display, and the end of the trainer's counting;
// whatever cannot be had within a moment is left unknown.
import { containers } from '../../api/names.ts';
import type { PodFacts, TrainerSight } from '../../domain/run/facts.ts';
import { lastUpdateIn } from '../../domain/run/trainer-log.ts';
import type { Pod } from '../../ports/kube-objects.ts';
import type { SyncStatus } from '../../wire/sync-status.ts';
import { within } from './within.ts';
import type { World } from './world.ts';

/** A pod of this very run, with what is read from it. */
export interface OwnPod {
  readonly pod: Pod;
  readonly facts: PodFacts;
}

/** The look, and how many objects the agent says it has uploaded. */
export interface Look {
  readonly sight: TrainerSight | undefined;
  readonly uploads: number | undefined;
}

/** tqdm rewrites one line; other trainers print a line an update. */
const logLines = 20;

/** An eviction waits for this look before its next Job is made, so a node that is gone must not hold it up. */
const lookMilliseconds = 400;

/** Looks at the newest pod whose trainer has started. */
export async function lookAtTrainer(
  world: World,
  pods: readonly OwnPod[],
  signal: AbortSignal,
): Promise<Look> {
  const newest = pods.filter(hasTrained).toSorted((a, b) => b.facts.attempt - a.facts.attempt)[0];
  if (newest === undefined) return { sight: undefined, uploads: undefined };
  const { pod, facts } = newest;
  const bound = { clock: world.clock, milliseconds: lookMilliseconds };
  const [status, log] = await Promise.all([
    within(bound, async (inTime) => agentStatus(world, pod, inTime), signal),
    within(bound, async (inTime) => trainerLog(world, pod, inTime), signal),
  ]);
  const sight: TrainerSight = {
    attempt: facts.attempt,
    update: log === undefined ? undefined : lastUpdateIn(log),
    heard: log !== undefined,
    final: facts.trainer?.state === 'Terminated' && log !== undefined,
    plannedUpdates: status?.plannedUpdates ?? undefined,
    problems: (status?.problems ?? []).map(({ message }) => message),
  };
  return { sight, uploads: status?.uploads };
}

const hasTrained = ({ facts: { trainer } }: OwnPod): boolean =>
  trainer?.state === 'Running' || trainer?.state === 'Terminated';

async function agentStatus(
  { agents }: World,
  pod: Pod,
  signal: AbortSignal,
): Promise<SyncStatus | undefined> {
  const ip = pod.status?.podIP;
  const isGone = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  return ip === undefined || isGone ? undefined : agents.read(ip, signal);
}

async function trainerLog(
  { cluster, log }: World,
  { metadata }: Pod,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { name, namespace = '' } = metadata;
  try {
    return await cluster.logTail({ name, namespace, container: containers.trainer, lines: logLines }, signal);
  } catch (cause) {
    signal.throwIfAborted();
    log.debug({ pod: name, err: cause }, 'the trainer log cannot be read');
    return undefined;
  }
}
