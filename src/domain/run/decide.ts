// The next step of a run, from what was observed: pure, so that the operator, its tests and the CLI ask the very same question.
import { chooseAfter, isLifted } from './after-end.ts';
import { effectOf } from './causes.ts';
import { isOver } from './classification.ts';
import type { Action, Choice, Decision, Recheck } from './decision.ts';
import { intendedEndings, type Intent, isIntent } from './ending.ts';
import { eventsOf } from './events.ts';
import type { Snapshot } from './facts.ts';
import { foldRepeats } from './folding.ts';
import { isRollbackDue } from './rollback.ts';
import { type AttemptView, madeProgress, viewAttempts } from './ledger.ts';
import { chooseStart } from './start.ts';
import { type LedgerEntry, ledgerLimit } from './status.ts';
import { refusedPod, startTrouble, type Trouble } from './trouble.ts';

/** Seconds between looks at an attempt that lives. */
const liveSeconds = 5;

/** Seconds between looks at an attempt whose end cannot be settled yet. */
const lingeringSeconds = 30;

/** What to do about the run now. */
export function decide(snapshot: Snapshot): Decision {
  const seen = viewAttempts(snapshot);
  const counted = countFailures(snapshot, seen);
  const choice = choose(snapshot, seen, counted);
  const isForgiven = choice.starts?.rollback !== undefined || isLifted(snapshot, seen, counted);
  const failures = isForgiven ? 0 : counted;
  const attempts = withChoice(seen, choice);
  const attempt = Math.max(snapshot.run.status?.attempt ?? 0, attempts[0]?.entry.number ?? 0);
  const decision = {
    standing: choice.standing,
    attempts,
    attempt,
    failures,
    starts: choice.starts,
    recheck: choice.recheck,
  };
  const actions = [...choice.actions, ...tidying(snapshot, attempts), ...markerPhase(snapshot, choice)];
  return { ...decision, actions, events: eventsOf(snapshot, attempts, choice) };
}

/** Failures since the last attempt that saved beyond its own start; each attempt is counted in the pass that sees its end. */
function countFailures({ run }: Snapshot, seen: readonly AttemptView[]): number {
  const before = run.status?.attempts ?? [];
  const fresh = seen.filter(({ entry }) => entry.endedAt !== undefined && !wasEnded(before, entry));
  const counted = Math.max(
    0,
    ...before.filter(({ endedAt }) => endedAt !== undefined).map(({ number }) => number),
  );
  return fresh.toReversed().reduce((count, { entry }) => {
    // An older one that lingered on its node says nothing about the failures after it.
    if (madeProgress(entry)) return entry.number > counted ? 0 : count;
    return entry.cause !== undefined && effectOf(entry.cause) === 'Failure' ? count + 1 : count;
  }, run.status?.failures ?? 0);
}

const wasEnded = (before: readonly LedgerEntry[], { number }: LedgerEntry): boolean =>
  before.find((entry) => entry.number === number)?.endedAt !== undefined;

function choose(snapshot: Snapshot, seen: readonly AttemptView[], failures: number): Choice {
  const { run } = snapshot;
  if (run.status?.phase === 'Succeeded')
    return { standing: { is: 'Succeeded' }, actions: [], recheck: undefined };
  const newest = seen[0];
  if (newest !== undefined && isLive(newest)) return chooseLive(snapshot, newest);
  if (run.spec.suspend && !isComplete(newest))
    return suspended(isEnding(newest) ? lingeringSeconds : undefined);
  if (newest === undefined) return chooseStart(snapshot, seen, undefined);
  if (newest.stage.stage === 'Absent') return chooseStart(snapshot, seen, newest.entry.number);
  return chooseAfter(snapshot, seen, failures);
}

const isLive = ({ stage }: AttemptView): boolean =>
  stage.stage !== 'Absent' && stage.stage !== 'Ending' && stage.stage !== 'Ended';

const isEnding = (view: AttemptView | undefined): boolean => view?.stage.stage === 'Ending';

const isComplete = (view: AttemptView | undefined): boolean =>
  view?.stage.stage === 'Ended' && view.entry.cause === 'Succeeded';

const suspended = (recheck: Recheck, actions: readonly Action[] = []): Choice => ({
  standing: { is: 'Suspended' },
  actions,
  recheck,
});

function chooseLive(snapshot: Snapshot, newest: AttemptView): Choice {
  const { run } = snapshot;
  const { stage, job } = newest;
  if (stage.stage === 'Flushing') return chooseFlushing(snapshot, newest);
  const stop: readonly Action[] =
    job === undefined ? [] : [{ do: 'DeleteJob', name: job.name, uid: job.uid }];
  if (run.spec.suspend) return { ...suspended(liveSeconds, stop), intent: 'Suspended' };
  const intent = supersededBy(snapshot, newest);
  if (intent !== undefined)
    return { standing: { is: 'Restarting', inSeconds: 0 }, actions: stop, recheck: 0, intent };
  const trouble = troubleOf(snapshot, newest);
  if (trouble?.needsPerson !== true) return live;
  const { reason, message } = trouble;
  return { standing: { is: 'Stalled', reason, message }, actions: [], recheck: liveSeconds };
}

/** Why a living attempt must make way for another; undefined while it need not. */
function supersededBy(snapshot: Snapshot, { entry, stage, job }: AttemptView): Intent | undefined {
  if (isRollbackDue(snapshot, entry)) return 'RolledBack';
  const isOutdated = job?.workload !== undefined && job.workload !== snapshot.run.spec.workload;
  return stage.stage !== 'Training' && isOutdated ? 'Replaced' : undefined;
}

function troubleOf({ podRefusal }: Snapshot, { entry, pod }: AttemptView): Trouble | undefined {
  const isRefused = pod === undefined && podRefusal !== undefined;
  return isRefused ? refusedPod(entry.number, podRefusal) : startTrouble(pod);
}

const live: Choice = { standing: { is: 'Live' }, actions: [], recheck: liveSeconds };

// The trainer has ended by itself: nothing is stopped any more, not even for a suspension.
function chooseFlushing({ bucket, run }: Snapshot, { entry, pod }: AttemptView): Choice {
  if (bucket.kind === 'Unreadable' && (pod === undefined || isOver(pod))) {
    const message = `attempt ${entry.number} has ended, but what it saved last cannot be told: ${bucket.message}`;
    return {
      standing: { is: 'Stalled', reason: bucket.reason, message },
      actions: [],
      recheck: lingeringSeconds,
    };
  }
  return run.spec.suspend ? suspended(liveSeconds) : live;
}

function withChoice(seen: readonly AttemptView[], choice: Choice): readonly AttemptView[] {
  const [newest, ...older] = seen;
  if (choice.intent !== undefined && newest !== undefined) {
    const { cause, message } = intendedEndings[choice.intent];
    return [{ ...newest, entry: { ...newest.entry, cause, message } }, ...older];
  }
  if (choice.starts === undefined) return seen;
  const { number, rollback } = choice.starts;
  const entry = { number, rollback: rollback?.id };
  if (newest?.entry.number === number) return [{ ...newest, entry: { ...newest.entry, ...entry } }, ...older];
  const fresh: AttemptView = {
    entry,
    stage: { stage: 'Absent' },
    job: undefined,
    pod: undefined,
  };
  return [fresh, ...foldRepeats(seen)].slice(0, ledgerLimit);
}

function tidying(snapshot: Snapshot, attempts: readonly AttemptView[]): readonly Action[] {
  return attempts.flatMap(({ entry, stage, job }): readonly Action[] => {
    if (job === undefined || job.deleting) return [];
    const isOurs = entry.cause !== undefined && isIntent(entry.cause);
    if (isOurs && wasWritten(snapshot, entry) && stage.stage === 'Ending')
      return [{ do: 'DeleteJob', name: job.name, uid: job.uid }];
    return stage.stage === 'Ended' && !job.hasTtl ? [{ do: 'ExpireJob', name: job.name }] : [];
  });
}

const wasWritten = ({ run }: Snapshot, entry: LedgerEntry): boolean =>
  run.status?.attempts.some(({ number, cause }) => number === entry.number && cause === entry.cause) === true;

// The marker carries the end of the run beyond the object's own life.
function markerPhase({ bucket, run }: Snapshot, { standing }: Choice): readonly Action[] {
  if (standing.is !== 'Succeeded' || bucket.kind !== 'Read') return [];
  const { marker } = bucket.facts;
  if (marker === undefined || marker.runUid !== run.uid || marker.phase === 'Succeeded') return [];
  return [
    { do: 'WriteMarker', highestAttempt: marker.highestAttempt, phase: 'Succeeded', over: marker.etag },
  ];
}
