// How far a run is: the newest update seen, the pace since the last look, and when it will be done at that pace.
import { formatTime, parseTime } from '../time.ts';
import type { Update } from '../units.ts';
import type { Decision } from './decision.ts';
import type { Snapshot } from './facts.ts';
import { type AttemptView, survivingUpdate } from './ledger.ts';
import type { ReportView } from './message.ts';
import type { Progress } from './status.ts';

/** Progress as of this pass; undefined while nothing is known. */
export function progressOf(
  snapshot: Snapshot,
  decision: Decision,
  saved: ReportView['saved'],
): Progress | undefined {
  const { sight, run, now } = snapshot;
  const seen = trainedNow(snapshot, decision);
  const update = seen ?? saved.point?.update;
  if (update === undefined) return undefined;
  const before = run.status?.progress;
  const planned = sight?.plannedUpdates ?? before?.plannedUpdates;
  return {
    update,
    ...pace({ now, before, update, planned, isTraining: seen !== undefined }),
    unsavedUpdates: unsavedOf({ seen, saved, newest: decision.attempts[0] }),
    observedAt: formatTime(now),
    advancedAt: before?.update === update ? before.advancedAt : formatTime(now),
  };
}

// Nothing saved is not the same as not knowing what is: sync may save while we cannot look.
function unsavedOf({ seen, saved: { point, unread }, newest }: Unsaved): Update | undefined {
  if (seen === undefined || unread !== undefined) return undefined;
  const surviving = newest === undefined ? 0 : survivingUpdate(newest.entry);
  return Math.max(0, seen - (point?.update ?? surviving));
}

interface Unsaved {
  readonly seen: Update | undefined;
  readonly saved: ReportView['saved'];
  readonly newest: AttemptView | undefined;
}

// Only a trainer that runs now is ahead of what is saved; after its end the resume point is all there is.
function trainedNow({ sight }: Snapshot, { attempts }: Decision): Update | undefined {
  const newest = attempts[0];
  return newest?.stage.stage === 'Training' && sight?.attempt === newest.entry.number
    ? sight.update
    : undefined;
}

interface Pace {
  readonly now: number;
  readonly before: Progress | undefined;
  readonly update: Update;
  readonly planned: Update | undefined;
  readonly isTraining: boolean;
}

function pace(view: Pace): Pick<Progress, 'plannedUpdates' | 'percent' | 'updatesPerSecond' | 'eta'> {
  const { update, planned } = view;
  const rate = view.isTraining ? rateSince(view) : undefined;
  return {
    plannedUpdates: planned,
    percent: planned === undefined ? undefined : percentOf(update, planned),
    updatesPerSecond: rate === undefined ? undefined : formatRate(rate),
    eta: rate === undefined || planned === undefined ? undefined : formatDuration((planned - update) / rate),
  };
}

const formatRate = (rate: number): string => (rate < 100 ? rate.toPrecision(2) : rate.toFixed(0));

const percentOf = (update: Update, planned: Update): number =>
  planned === 0 ? 0 : Math.min(100, Math.floor((update * 100) / planned));

// A pace measured over less than a second, or across a restart, says nothing: the last one stands.
function rateSince({ now, before, update }: Pace): number | undefined {
  const since = before === undefined ? undefined : parseTime(before.observedAt);
  const last = before?.updatesPerSecond === undefined ? undefined : Number(before.updatesPerSecond);
  if (before === undefined || since === undefined || now - since < 1000 || update <= before.update)
    return last;
  const rate = ((update - before.update) * 1000) / (now - since);
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
