// How far a run is: the newest update seen, the pace since the last look, and when it will be done at that pace. Never more than
// the trainer, or the bucket, had at `observedAt`.
import { formatTimeAfter, parseTime } from '../time.ts';
import type { Instant, Seconds, Update } from '../units.ts';
import type { Decision } from './decision.ts';
import type { Snapshot } from './facts.ts';
import type { TrainerSight } from './trainer-sight.ts';
import type { AttemptView } from './ledger.ts';
import { survivingUpdate } from './saved-work.ts';
import type { ReportView } from './message.ts';
import type { Progress } from './status.ts';

type Saved = ReportView['saved'];

/** What was read of a pod that does not answer now stands so long; then the bucket is asked. */
const podGoodForSeconds: Seconds = 60;

/** Progress as of this pass; undefined while nothing is known. */
export function progressOf(snapshot: Snapshot, decision: Decision, saved: Saved): Progress | undefined {
  const newest = decision.attempts[0];
  if (newest !== undefined) {
    const seen = seenNow(snapshot, newest);
    if (seen !== undefined) return inPod(snapshot, { seen, newest, saved });
  }
  const isKept = saved.unread !== undefined || (newest !== undefined && stands(snapshot, newest, saved));
  return isKept ? snapshot.run.status?.progress : inBucket(snapshot, saved);
}

interface Seen {
  readonly update: Update;
  readonly at: Instant;
  readonly advancedAt: Instant | undefined;
}

// Only a trainer that runs now is ahead of what is saved; after its end the resume point is all there is.
function seenNow({ sight, now }: Snapshot, { stage, entry }: AttemptView): Seen | undefined {
  if (stage.stage !== 'Training' || sight?.attempt !== entry.number) return undefined;
  const { update, seenAt: at, advancedAt } = sight;
  const isOld = now - at >= podGoodForSeconds * 1000;
  return update === undefined || isOld ? undefined : { update, at, advancedAt };
}

/** True while what was read of the pod not long ago is more than the bucket has. */
function stands({ run, sight, now }: Snapshot, { stage, entry }: AttemptView, { point }: Saved): boolean {
  const before = run.status?.progress;
  if (before?.source !== 'Pod' || stage.stage !== 'Training' || isAnswering(sight, entry.number))
    return false;
  const observedAt = parseTime(before.observedAt);
  const isRecent = observedAt !== undefined && now - observedAt < podGoodForSeconds * 1000;
  return isRecent && before.update >= (point?.update ?? 0);
}

const isAnswering = (sight: TrainerSight | undefined, attempt: number): boolean =>
  sight?.attempt === attempt && sight.heard;

interface Ahead {
  readonly seen: Seen;
  readonly newest: AttemptView;
  readonly saved: Saved;
}

function inPod(snapshot: Snapshot, { seen, newest, saved }: Ahead): Progress {
  const before = snapshot.run.status?.progress;
  const planned = snapshot.sight?.plannedUpdates ?? before?.plannedUpdates;
  const { update, at, advancedAt } = furtherOf(seen, savedByItself(newest, saved), snapshot);
  return {
    update,
    source: 'Pod',
    ...shareOf(update, planned),
    ...paceOf({ rate: rateSince({ now: at, before, update }), update, planned }),
    unsavedUpdates: isReadSince(snapshot, at) ? unsavedOf(update, newest, saved) : undefined,
    advancedAt: advancedAt === undefined ? undefined : formatTimeAfter(advancedAt),
    observedAt: formatTimeAfter(at),
  };
}

// The log may be read behind the bucket: tqdm's line is written in pieces. The bucket was read after the pod.
function furtherOf(seen: Seen, saved: Update, { run, now }: Snapshot): Seen {
  if (saved <= seen.update) return seen;
  const told = run.status?.progress;
  const since = told?.update === saved && told.advancedAt !== undefined ? parseTime(told.advancedAt) : now;
  return { update: saved, at: now, advancedAt: since };
}

/** What came into the bucket after it was read is not among the unsaved. */
const isReadSince = ({ bucket }: Snapshot, at: Instant): boolean =>
  bucket.kind === 'Unreadable' || bucket.asOf === undefined || bucket.asOf > at;

const savedByItself = ({ entry }: AttemptView, { point }: Saved): Update =>
  point?.attempt === entry.number ? point.update : 0;

function inBucket({ run, sight, now }: Snapshot, { point }: Saved): Progress | undefined {
  if (point === undefined) return undefined;
  const planned = sight?.plannedUpdates ?? run.status?.progress?.plannedUpdates;
  const { update } = point;
  return { update, source: 'Bucket', ...shareOf(update, planned), observedAt: formatTimeAfter(now) };
}

// Nothing saved is not the same as not knowing what is: sync may save while we cannot look.
const unsavedOf = (update: Update, { entry }: AttemptView, { point, unread }: Saved): Update | undefined =>
  unread === undefined ? Math.max(0, update - (point?.update ?? survivingUpdate(entry))) : undefined;

const shareOf = (
  update: Update,
  planned: Update | undefined,
): Pick<Progress, 'plannedUpdates' | 'percent'> => ({
  plannedUpdates: planned,
  percent: planned === undefined ? undefined : percentOf(update, planned),
});

const formatRate = (rate: number): string => (rate < 100 ? rate.toPrecision(2) : rate.toFixed(0));

const percentOf = (update: Update, planned: Update): number =>
  planned === 0 ? 0 : Math.min(100, Math.floor((update * 100) / planned));

interface Pace {
  readonly rate: number | undefined;
  readonly update: Update;
  readonly planned: Update | undefined;
}

function paceOf({ rate, update, planned }: Pace): Pick<Progress, 'updatesPerSecond' | 'eta'> {
  if (rate === undefined) return {};
  const eta = planned === undefined ? {} : { eta: formatDuration((planned - update) / rate) };
  return { updatesPerSecond: formatRate(rate), ...eta };
}

interface Since {
  readonly now: Instant;
  readonly before: Progress | undefined;
  readonly update: Update;
}

// A pace measured over less than a second, or across a restart, says nothing: the last one stands.
function rateSince({ now, before, update }: Since): number | undefined {
  if (before === undefined) return undefined;
  const last = before.updatesPerSecond === undefined ? undefined : Number(before.updatesPerSecond);
  const seconds = (now - (parseTime(before.observedAt) ?? now)) / 1000;
  if (before.source === 'Bucket' || seconds < 1 || update <= before.update) return last;
  const rate = (update - before.update) / seconds;
  return last === undefined ? rate : last * 0.7 + rate * 0.3;
}

/** `10h53m`, `12m30s`, `45s`; never negative. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}m${whole % 60}s`;
  return `${Math.floor(minutes / 60)}h${minutes % 60}m`;
}
