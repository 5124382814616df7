// Looks once into the beginning of a trainer's log: when did it make its first update? It is read when the end of the log shows
// one, never while an eviction waits, and not again once it was read.
import { containers } from '../../api/names.ts';
import type { RunFacts } from '../../domain/run/facts.ts';
import { type FirstUpdate, firstUpdateIn, lastUpdateIn } from '../../domain/run/trainer-log.ts';
import type { ReadPod } from '../../observation/run-pods.ts';
import type { RememberedLook } from './look.ts';
import { longestLookMilliseconds, within } from './within.ts';
import type { World } from './world.ts';

/** What trainers print before they train: warnings, a summary of the model. tqdm's line comes in pieces of 16 KB. */
const headBytes = 262_144;

export interface FoundFirst {
  readonly firstUpdate: FirstUpdate | undefined;
  readonly isHeadRead: boolean;
}

export interface Sought {
  readonly run: RunFacts;
  readonly newest: ReadPod;
  /** The end of its log, as it was read just now. */
  readonly log: string | undefined;
  readonly known: RememberedLook | undefined;
}

/** The first update of the pod's log, as far as it is known or can be had within a moment. */
export async function findFirstUpdate(
  world: World,
  { run, newest, log, known }: Sought,
  signal: AbortSignal,
): Promise<FoundFirst> {
  const firstUpdate = known?.look.sight?.firstUpdate;
  if (known?.isHeadRead === true) return { firstUpdate, isHeadRead: true };
  if (isTold(run, newest)) return { firstUpdate: undefined, isHeadRead: true };
  if (!isWorthReading(newest, log)) return { firstUpdate: undefined, isHeadRead: false };
  const head = await readHead(world, newest, signal);
  return head === undefined
    ? { firstUpdate: undefined, isHeadRead: false }
    : { firstUpdate: firstUpdateIn(head), isHeadRead: true };
}

const isTold = ({ status }: RunFacts, { facts }: ReadPod): boolean =>
  status?.attempts.find(({ number }) => number === facts.attempt)?.firstUpdateAt !== undefined;

const isWorthReading = ({ facts: { deletion, trainer } }: ReadPod, log = ''): boolean =>
  lastUpdateIn(log) !== undefined && (deletion === undefined || trainer?.state === 'Terminated');

async function readHead(
  { cluster, clock, log }: World,
  { pod }: ReadPod,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { name, namespace = '' } = pod.metadata;
  const head = { name, namespace, container: containers.trainer, bytes: headBytes };
  try {
    const bound = { clock, milliseconds: longestLookMilliseconds };
    return await within(bound, async (inTime) => cluster.logHead(head, inTime), signal);
  } catch (cause) {
    signal.throwIfAborted();
    log.debug({ pod: name, err: cause }, 'the beginning of the trainer log cannot be read');
    return undefined;
  }
}
