// What a look at a running pod comes to: the end of its trainer's log and what its sync agent says, joined into one sight.
import { advancedAt, furthest } from '../domain/run/advance.ts';
import type { ContainerFacts, PodFacts, RunFacts } from '../domain/run/facts.ts';
import { type FirstUpdate, lastUpdateIn } from '../domain/run/trainer-log.ts';
import type { TrainerSight } from '../domain/run/trainer-sight.ts';
import type { Instant, Update } from '../domain/units.ts';
import type { SyncStatus } from '../wire/sync-status.ts';
import type { ReadPod } from './run-pods.ts';

/** tqdm rewrites one line; other trainers print a line an update. */
const logLines = 20;

/** Of a trainer that has ended, what it said about that comes after its last update. */
const lastLogLines = 400;

/** The pod to look at: the newest whose trainer has started; undefined while there is none. */
export const trainedPod = (pods: readonly ReadPod[]): ReadPod | undefined =>
  pods
    .filter(({ facts }) => hasStarted(facts.trainer))
    .toSorted((a, b) => b.facts.attempt - a.facts.attempt)[0];

const hasStarted = (trainer: ContainerFacts | undefined): boolean =>
  trainer?.state === 'Running' || trainer?.state === 'Terminated';

/** How many lines at the end of its log are worth reading. */
export const linesToRead = ({ trainer }: PodFacts): number =>
  trainer?.state === 'Terminated' ? lastLogLines : logLines;

export interface Look {
  readonly run: RunFacts;
  readonly pod: PodFacts;
  /** What its sync agent said; undefined when it was not asked or did not answer. */
  readonly status: SyncStatus | undefined;
  /** The end of its trainer's log; undefined when it could not be read. */
  readonly log: string | undefined;
  readonly firstUpdate: FirstUpdate | undefined;
  /** The look before this one. */
  readonly before: TrainerSight | undefined;
  readonly now: Instant;
}

/** What was heard of a trainer's log while its pod was being ended. */
export interface LastHeard {
  /** The furthest update that it told. */
  readonly update: Update | undefined;
  /** True when it was heard until the trainer had ended. */
  readonly isWhole: boolean;
}

/** The sight, and what was heard since. */
export const withLastHeard = (
  sight: TrainerSight | undefined,
  heard: LastHeard | undefined,
): TrainerSight | undefined =>
  sight === undefined || heard === undefined
    ? sight
    : { ...sight, update: furthest(sight.update, heard.update), final: sight.final || heard.isWhole };

const unheard: Pick<SyncStatus, 'lastUpdateSeen' | 'plannedUpdates' | 'problems'> = {
  lastUpdateSeen: null,
  plannedUpdates: null,
  problems: [],
};

/** What the look shows. */
export function sightFrom({ run, pod, status, log, firstUpdate, before, now }: Look): TrainerSight {
  const { lastUpdateSeen, plannedUpdates, problems } = status ?? unheard;
  const update = furthest(lastUpdateIn(log ?? ''), lastUpdateSeen);
  return {
    attempt: pod.attempt,
    update,
    seenAt: now,
    advancedAt: advancedAt({ update, seenAt: now, before, told: run.status?.progress }),
    firstUpdate,
    heard: log !== undefined,
    final: pod.trainer?.state === 'Terminated' && log !== undefined,
    plannedUpdates: plannedUpdates ?? before?.plannedUpdates,
    problems: problems.map(({ message }) => message),
  };
}
