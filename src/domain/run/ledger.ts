// The ledger of attempts: each pass reads the evidence on every attempt that has not ended and writes what it says.
// Entries only gain facts; a cause, once written, stays.
import { formatAttemptId, podOf } from '../bucket/keys.ts';
import type { ListedAttempt } from '../bucket/inventory.ts';
import { formatTime, formatTimeAfter, parseTime } from '../time.ts';
import { furthest } from './advance.ts';
import { type AttemptStage, stageOf } from './classification.ts';
import type { Ending } from './ending.ts';
import type { BucketFacts, EndFacts, JobFacts, OriginFacts, PodFacts, Snapshot } from './facts.ts';
import { costOf } from './cost.ts';
import { cameLate, giveUpOf, type Remains, reopened } from './reservation.ts';
import { interruptionBefore, stoppedAt } from './recovery.ts';
import { lostWork, startUpdate } from './saved-work.ts';
import { segmentsOf } from './segments.ts';
import { clip, entryMessageLimit, type LedgerEntry, ledgerLimit } from './status.ts';

/** Retention is judged after the attempts are viewed, and rests on them. */
type Observed = Omit<Snapshot, 'retention'>;

/** Where a log is read from its middle, the first update it shows is not the first that was made; a few are never shown. */
const firstWithinUpdates = 200;

/** An attempt as this pass sees it. */
export interface AttemptView {
  readonly entry: LedgerEntry;
  readonly stage: AttemptStage;
  readonly job: JobFacts | undefined;
  readonly pod: PodFacts | undefined;
}

/** The views of all attempts, newest first; ended ones as they were written. */
export function viewAttempts(snapshot: Observed): readonly AttemptView[] {
  const known = snapshot.run.status?.attempts ?? [];
  const entries = [...unwritten(snapshot, known[0]?.number ?? 0), ...known].slice(0, ledgerLimit);
  return entries.map((entry) => viewAttempt(snapshot, entry));
}

// Attempts that only their Job or pod still tells of, because the status that reserved their number was lost.
function unwritten({ jobs, pods }: Observed, newest: number): readonly LedgerEntry[] {
  const numbers = [...jobs.map(({ number }) => number), ...pods.map(({ attempt }) => attempt)];
  const lost = new Set(numbers.filter((number) => number > newest));
  return [...lost].toSorted((a, b) => b - a).map((number) => ({ number }));
}

function viewAttempt(snapshot: Observed, entry: LedgerEntry): AttemptView {
  const job = snapshot.jobs.find(({ number }) => number === entry.number);
  const pod = newestPod(snapshot.pods.filter(({ attempt }) => attempt === entry.number));
  if (cameLate(entry, { job, pod })) return viewEvidence(snapshot, reopened(entry), { job, pod });
  if (entry.endedAt !== undefined && entry.cause !== undefined) {
    return { entry, job, pod, stage: { stage: 'Ended', cause: entry.cause, message: entry.message ?? '' } };
  }
  return viewEvidence(snapshot, entry, { job, pod });
}

function viewEvidence(snapshot: Observed, entry: LedgerEntry, { job, pod }: Remains): AttemptView {
  const listed = listedAttempt(snapshot, entry, pod);
  const wasSeen = entry.startedAt !== undefined || listed !== undefined;
  const stage = stageOf({
    now: snapshot.now,
    decided: decidedOf(entry),
    wasSeen,
    hasTrained: hasTrained(snapshot, entry, listed),
    job,
    pod,
    givenUp: giveUpOf(snapshot, entry),
    end: endOf(snapshot, listed),
  });
  return { entry: withFacts({ snapshot, entry, pod, listed, stage }), stage, job, pod };
}

function hasTrained(
  { sight }: Observed,
  { number, endUpdate, savedUpdate }: LedgerEntry,
  listed: ListedAttempt | undefined,
): boolean {
  const seen = sight?.attempt === number ? sight.update : undefined;
  const updates = [endUpdate, savedUpdate, seen, listed?.checkpoints[0]?.update];
  return updates.some((update) => update !== undefined);
}

const bucketOf = ({ bucket }: Observed): BucketFacts | undefined =>
  bucket.kind === 'Read' ? bucket.facts : undefined;

const newestPod = (pods: readonly PodFacts[]): PodFacts | undefined =>
  pods.toSorted((a, b) => b.createdAt - a.createdAt)[0];

function decidedOf({ cause, message, exitCode }: LedgerEntry): Ending | undefined {
  if (cause === undefined) return undefined;
  return { cause, message: message ?? cause, ...(exitCode === undefined ? {} : { exitCode }) };
}

function endOf(snapshot: Observed, listed: ListedAttempt | undefined): EndFacts | 'Unread' | undefined {
  const bucket = bucketOf(snapshot);
  if (bucket === undefined) return 'Unread';
  return listed === undefined ? undefined : bucket.ends.get(formatAttemptId(listed.id));
}

const openedAt = ({ opened }: ListedAttempt): number => opened?.savedAt ?? 0;

/** What the bucket has of an attempt: of its pod, or of the newest that was made for it. */
export function listedAttempt(
  snapshot: Observed,
  entry: LedgerEntry,
  pod: PodFacts | undefined,
): ListedAttempt | undefined {
  const ofNumber =
    bucketOf(snapshot)?.inventory.attempts.filter(({ id }) => id.number === entry.number) ?? [];
  return pod === undefined
    ? ofNumber.toSorted((a, b) => openedAt(a) - openedAt(b)).at(-1)
    : ofNumber.find(({ id }) => id.pod === podOf(pod.uid));
}

interface Facts {
  readonly snapshot: Observed;
  readonly entry: LedgerEntry;
  readonly pod: PodFacts | undefined;
  readonly listed: ListedAttempt | undefined;
  readonly stage: AttemptStage;
}

function withFacts({ snapshot, entry, pod, listed, stage }: Facts): LedgerEntry {
  const origin = originOf(snapshot, listed);
  const seen: LedgerEntry = {
    ...entry,
    ...podFacts(pod),
    ...savedIn(listed),
    ...(origin === undefined ? {} : beginningOf(origin)),
  };
  const known = { ...seen, ...trainerFacts(snapshot, seen, listed) };
  const timed = { ...known, ...timesOf(snapshot, known, { pod, origin }) };
  if (stage.stage !== 'Ending' && stage.stage !== 'Ended') return timed;
  const { cause, exitCode, message } = stage;
  const decided: LedgerEntry = {
    ...timed,
    cause: entry.cause ?? cause,
    message: clip(entry.message ?? message, entryMessageLimit),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...stopFacts(entry, pod),
    ...lostWork(timed, snapshot.sight),
  };
  if (stage.stage === 'Ending') return decided;
  const ended = { ...decided, endedAt: formatTime(snapshot.now) };
  return { ...ended, ...costOf(ended, pod) };
}

function originOf(snapshot: Observed, listed: ListedAttempt | undefined): OriginFacts | undefined {
  const name = listed === undefined ? undefined : formatAttemptId(listed.id);
  return bucketOf(snapshot)?.origins.find(({ id }) => formatAttemptId(id) === name);
}

function podFacts(pod: PodFacts | undefined): Partial<LedgerEntry> {
  if (pod === undefined) return {};
  return {
    pod: pod.name,
    startedAt: formatTime(pod.createdAt),
    gpus: pod.gpus,
    ...(pod.node === undefined ? {} : { node: pod.node }),
  };
}

function savedIn(listed: ListedAttempt | undefined): Partial<LedgerEntry> {
  const saved = (listed?.checkpoints ?? []).map(({ update }) => update);
  return saved.length === 0 ? {} : { savedUpdate: Math.max(...saved) };
}

// The first sign of the stop stays: a pod that lingers on a lost node shows others later.
function stopFacts(entry: LedgerEntry, pod: PodFacts | undefined): Partial<LedgerEntry> {
  if (entry.stoppedAt !== undefined || pod === undefined) return {};
  const at = stoppedAt(pod);
  return at === undefined ? {} : { stoppedAt: formatTime(at) };
}

function beginningOf({
  resumedFrom,
  resumedFromKey: key = '',
  initializedFrom,
  rollback,
}: OriginFacts): Partial<LedgerEntry> {
  return {
    ...(resumedFrom === undefined
      ? {}
      : { resumedFrom: { key, attempt: resumedFrom.attempt.number, update: resumedFrom.update } }),
    ...(initializedFrom === undefined ? {} : { initializedFrom }),
    ...(rollback === undefined ? {} : { rollback }),
  };
}

/** The last update the trainer was seen to make: in its log, in its files, in what it left in the bucket. */
function trainerFacts(
  snapshot: Observed,
  entry: LedgerEntry,
  listed: ListedAttempt | undefined,
): Partial<LedgerEntry> {
  const { sight } = snapshot;
  const isOurs = sight?.attempt === entry.number;
  const end = endOf(snapshot, listed);
  const inFiles = end === 'Unread' ? undefined : end?.lastUpdateSeen;
  const seen = furthest(isOurs ? sight.update : undefined, inFiles, entry.endUpdate, entry.savedUpdate);
  const first = isOurs ? sight.firstUpdate : undefined;
  const isFirst = first !== undefined && first.update - startUpdate(entry) <= firstWithinUpdates;
  return {
    ...(seen === undefined ? {} : { endUpdate: seen }),
    ...(isFirst && entry.firstUpdateAt === undefined ? { firstUpdateAt: formatTimeAfter(first.at) } : {}),
  };
}

function timesOf(
  { run }: Observed,
  entry: LedgerEntry,
  { pod, origin }: { readonly pod: PodFacts | undefined; readonly origin: OriginFacts | undefined },
): Pick<LedgerEntry, 'segments'> {
  if (pod === undefined) return {};
  const { restore, trainer } = pod;
  const segments = segmentsOf({
    interrupted: interruptionBefore(entry, run.status?.attempts ?? []),
    created: pod.createdAt,
    scheduled: pod.scheduledAt,
    pulled: restore?.startedAt,
    restored: restore?.exitCode === 0 ? restore.finishedAt : undefined,
    waitedSeconds: origin?.waitedSeconds,
    started: trainer?.startedAt,
    firstUpdate: entry.firstUpdateAt === undefined ? undefined : parseTime(entry.firstUpdateAt),
  });
  return { segments: { ...entry.segments, ...segments } };
}
