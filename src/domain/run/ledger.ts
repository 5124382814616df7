// The ledger of attempts: each pass reads the evidence on every attempt that has not ended and writes what it says.
// Entries only gain facts; a cause, once written, stays.
import { formatAttemptId, podOf } from '../bucket/keys.ts';
import type { ListedAttempt } from '../bucket/inventory.ts';
import { formatTime } from '../time.ts';
import type { Update } from '../units.ts';
import { type AttemptStage, stageOf } from './classification.ts';
import type { Ending } from './ending.ts';
import type { BucketFacts, EndFacts, JobFacts, OriginFacts, PodFacts, Snapshot } from './facts.ts';
import { clip, entryMessageLimit, type LedgerEntry, ledgerLimit } from './status.ts';

/** Retention is judged after the attempts are viewed, and rests on them. */
type Observed = Omit<Snapshot, 'retention'>;

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
  if (entry.endedAt !== undefined && entry.cause !== undefined) {
    return { entry, job, pod, stage: { stage: 'Ended', cause: entry.cause, message: entry.message ?? '' } };
  }
  const listed = listedAttempt(snapshot, entry, pod);
  const wasSeen = entry.startedAt !== undefined || listed !== undefined;
  const { now } = snapshot;
  const stage = stageOf({ now, decided: decidedOf(entry), wasSeen, job, pod, end: endOf(snapshot, listed) });
  return { entry: withFacts({ snapshot, entry, pod, listed, stage }), stage, job, pod };
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
  const known: LedgerEntry = {
    ...entry,
    ...podFacts(pod),
    ...bucketFacts(snapshot, listed),
    ...trainerFacts(snapshot, entry),
  };
  if (stage.stage !== 'Ending' && stage.stage !== 'Ended') return known;
  const { cause, exitCode, message } = stage;
  const decided = {
    ...known,
    cause: entry.cause ?? cause,
    message: clip(entry.message ?? message, entryMessageLimit),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...lostWork(known, snapshot),
  };
  return stage.stage === 'Ending' ? decided : { ...decided, endedAt: formatTime(snapshot.now) };
}

function podFacts(pod: PodFacts | undefined): Partial<LedgerEntry> {
  if (pod === undefined) return {};
  return {
    pod: pod.name,
    startedAt: formatTime(pod.createdAt),
    ...(pod.node === undefined ? {} : { node: pod.node }),
  };
}

function bucketFacts(snapshot: Observed, listed: ListedAttempt | undefined): Partial<LedgerEntry> {
  if (listed === undefined) return {};
  const name = formatAttemptId(listed.id);
  const origin = bucketOf(snapshot)?.origins.find(({ id }) => formatAttemptId(id) === name);
  const saved = listed.checkpoints.map(({ update }) => update);
  return {
    ...(saved.length === 0 ? {} : { savedUpdate: Math.max(...saved) }),
    ...(origin === undefined ? {} : beginningOf(origin)),
  };
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

function trainerFacts({ sight }: Observed, entry: LedgerEntry): Partial<LedgerEntry> {
  const seen = sight?.attempt === entry.number ? sight.update : undefined;
  return seen === undefined ? {} : { endUpdate: Math.max(seen, entry.endUpdate ?? 0) };
}

/** The newest update that survives an attempt: its own newest save, else what it started from, else 0. */
export const survivingUpdate = (entry: LedgerEntry): Update => entry.savedUpdate ?? startUpdate(entry);

/** The update the attempt's trainer went on from; 0 from scratch and with weights only. */
const startUpdate = ({ resumedFrom, initializedFrom }: LedgerEntry): Update =>
  resumedFrom?.update ?? (initializedFrom?.mode === 'Resume' ? (initializedFrom.update ?? 0) : 0);

/** True when the attempt saved beyond its own start. */
export const madeProgress = (entry: LedgerEntry): boolean =>
  entry.savedUpdate !== undefined && entry.savedUpdate > startUpdate(entry);

function lostWork(entry: LedgerEntry, { sight }: Observed): Partial<LedgerEntry> {
  if (entry.startedAt === undefined) return {};
  const surviving = survivingUpdate(entry);
  const sawTheEnd = sight?.attempt === entry.number && sight.final && sight.update !== undefined;
  return {
    lostUpdates: Math.max(0, (entry.endUpdate ?? surviving) - surviving),
    lostUpdatesIsLowerBound: sawTheEnd ? false : (entry.lostUpdatesIsLowerBound ?? true),
  };
}
