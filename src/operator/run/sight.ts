// A look at the running pod: what its agent says and where the trainer's log is. Display, and the end of the trainer's counting;
// whatever cannot be had within a moment is left unknown.
import { containers } from '../../api/names.ts';
import type { RunFacts } from '../../domain/run/facts.ts';
import type { TrainerSight } from '../../domain/run/trainer-sight.ts';
import type { ReadPod } from '../../observation/run-pods.ts';
import { linesToRead, sightFrom, trainedPod, withLastHeard } from '../../observation/trainer-look.ts';
import type { Pod } from '../../ports/kube-objects.ts';
import type { SyncStatus } from '../../wire/sync-status.ts';
import { findFirstUpdate, type FoundFirst } from './first-update.ts';
import { type Look, nothingSeen, type RememberedLook, seenBefore } from './look.ts';
import { longestLookMilliseconds, within } from './within.ts';
import type { World } from './world.ts';

/** A pod that did not answer is left alone for so long. */
const silentMilliseconds = 20_000;

export interface Looked {
  readonly run: RunFacts;
  readonly pods: readonly ReadPod[];
}

/** Looks at the newest pod whose trainer has started; without asking it when there is no room, or it was silent just now. */
export async function lookAtTrainer(world: World, { run, pods }: Looked, signal: AbortSignal): Promise<Look> {
  const newest = trainedPod(pods);
  if (newest === undefined) return nothingSeen;
  const look = await lookAt(world, { run, newest }, signal);
  return { ...look, sight: withLastHeard(look.sight, world.lastLines?.of(newest.facts.uid)) };
}

async function lookAt(
  world: World,
  { run, newest }: { readonly run: RunFacts; readonly newest: ReadPod },
  signal: AbortSignal,
): Promise<Look> {
  const memory = world.memory.of(run.uid);
  const known = memory.look?.pod === newest.facts.uid ? memory.look : undefined;
  using room = isLeftAlone(world, newest, known) ? undefined : world.looks.tryEnter();
  if (room === undefined) return seenBefore(known?.look);
  const read = await readPod(world, newest, signal);
  const first = await findFirstUpdate(world, { run, newest, log: read.log, known }, signal);
  const look = lookFrom(world, { run, newest, read, first, before: known?.look.sight });
  const isSilent = read.status === undefined && read.log === undefined;
  memory.look = toRemember(world, { look, first, known, isSilent }, newest);
  return look;
}

interface Seen {
  readonly look: Look;
  readonly first: FoundFirst;
  readonly known: RememberedLook | undefined;
  readonly isSilent: boolean;
}

/** What a pod showed last stays known while it is silent. */
function toRemember(
  { clock }: World,
  { look, first, known, isSilent }: Seen,
  { facts }: ReadPod,
): RememberedLook {
  return {
    pod: facts.uid,
    look: isSilent && known !== undefined ? known.look : look,
    askAgainAt: clock.monotonic() + (isSilent ? silentMilliseconds : 0),
    isHeadRead: first.isHeadRead,
  };
}

/** A silent pod is asked again after a while; one that ends at once, for its last words. */
const isLeftAlone = (
  { clock }: World,
  { facts: { trainer, deletion } }: ReadPod,
  known: RememberedLook | undefined,
): boolean =>
  known !== undefined &&
  clock.monotonic() < known.askAgainAt &&
  deletion === undefined &&
  trainer?.state !== 'Terminated';

interface Read {
  readonly status: SyncStatus | undefined;
  readonly log: string | undefined;
}

async function readPod(world: World, { pod, facts }: ReadPod, signal: AbortSignal): Promise<Read> {
  const bound = { clock: world.clock, milliseconds: longestLookMilliseconds };
  const [status, log] = await Promise.all([
    within(bound, async (inTime) => agentStatus(world, pod, inTime), signal),
    within(bound, async (inTime) => trainerLog(world, { pod, facts }, inTime), signal),
  ]);
  return { status, log };
}

interface Reading {
  readonly run: RunFacts;
  readonly newest: ReadPod;
  readonly read: Read;
  readonly first: FoundFirst;
  readonly before: TrainerSight | undefined;
}

function lookFrom({ clock }: World, { run, newest, read, first, before }: Reading): Look {
  const { status, log } = read;
  const { firstUpdate } = first;
  const sight = sightFrom({ run, pod: newest.facts, status, log, firstUpdate, before, now: clock.now() });
  return { sight, uploads: status?.uploads };
}

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
  { pod, facts }: ReadPod,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { name, namespace = '' } = pod.metadata;
  const lines = linesToRead(facts);
  try {
    return await cluster.logTail({ name, namespace, container: containers.trainer, lines }, signal);
  } catch (cause) {
    signal.throwIfAborted();
    log.debug({ pod: name, err: cause }, 'the trainer log cannot be read');
    return undefined;
  }
}
