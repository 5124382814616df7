// The next step of a run, from what was observed: pure, so that the operator, its tests and the CLI ask the very same question.
import { chooseAfter, isLifted } from './after-end.ts';
import { effectOf } from './causes.ts';
import type { Action, Choice, Decision } from './decision.ts';
import { eventsOf } from './events.ts';
import type { Snapshot } from './facts.ts';
import { type AttemptView, madeProgress, viewAttempts } from './ledger.ts';
import { chooseStart } from './start.ts';
import { type LedgerEntry, ledgerLimit } from './status.ts';
import { startTrouble } from './trouble.ts';

/** Seconds between looks at an attempt that lives. */
const liveSeconds = 5;

/** What to do about the run now. */
export function decide(snapshot: Snapshot): Decision {
  const seen = viewAttempts(snapshot);
  const failures = isLifted(snapshot) ? 0 : countFailures(snapshot, seen);
  const choice = choose(snapshot, seen, failures);
  const attempts = withChoice(seen, choice);
  const attempt = Math.max(snapshot.run.status?.attempt ?? 0, choice.starts?.number ?? 0);
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

/** Failures since the last attempt that saved beyond its own start. */
function countFailures({ run }: Snapshot, seen: readonly AttemptView[]): number {
  const fresh = seen.filter(
    ({ entry }) => entry.endedAt !== undefined && !wasEnded(run.status?.attempts, entry),
  );
  return fresh.toReversed().reduce((count, { entry }) => {
    if (madeProgress(entry)) return 0;
    return entry.cause !== undefined && effectOf(entry.cause) === 'Failure' ? count + 1 : count;
  }, run.status?.failures ?? 0);
}

const wasEnded = (before: readonly LedgerEntry[] | undefined, { number }: LedgerEntry): boolean =>
  before?.find((entry) => entry.number === number)?.endedAt !== undefined;

function choose(snapshot: Snapshot, seen: readonly AttemptView[], failures: number): Choice {
  const { run } = snapshot;
  if (run.status?.phase === 'Succeeded')
    return { standing: { is: 'Succeeded' }, actions: [], recheck: undefined };
  const newest = seen[0];
  if (newest !== undefined && isLive(newest)) return chooseLive(snapshot, newest);
  if (run.spec.suspend) return { standing: { is: 'Suspended' }, actions: [], recheck: undefined };
  if (newest === undefined || isLifted(snapshot)) return chooseStart(snapshot, seen, undefined);
  if (newest.stage.stage === 'Absent') return chooseStart(snapshot, seen, newest.entry.number);
  return chooseAfter(snapshot, seen, failures);
}

const isLive = ({ stage }: AttemptView): boolean =>
  stage.stage !== 'Absent' && stage.stage !== 'Ending' && stage.stage !== 'Ended';

function chooseLive({ run }: Snapshot, { stage, job, pod }: AttemptView): Choice {
  const stop: readonly Action[] =
    job === undefined ? [] : [{ do: 'DeleteJob', name: job.name, uid: job.uid }];
  if (run.spec.suspend) {
    return { standing: { is: 'Suspended' }, actions: stop, recheck: liveSeconds, intent: 'Suspended' };
  }
  const hasTrained = stage.stage === 'Training' || stage.stage === 'Flushing';
  if (!hasTrained && job?.workload !== undefined && job.workload !== run.spec.workload) {
    return { standing: { is: 'Restarting', inSeconds: 0 }, actions: stop, recheck: 0, intent: 'Replaced' };
  }
  const trouble = startTrouble(pod);
  if (trouble?.needsPerson !== true) return { standing: { is: 'Live' }, actions: [], recheck: liveSeconds };
  return {
    standing: { is: 'Stalled', reason: trouble.reason, message: trouble.message },
    actions: [],
    recheck: liveSeconds,
  };
}

function withChoice(seen: readonly AttemptView[], choice: Choice): readonly AttemptView[] {
  const [newest, ...older] = seen;
  if (choice.intent !== undefined && newest !== undefined) {
    return [{ ...newest, entry: { ...newest.entry, cause: choice.intent } }, ...older];
  }
  const number = choice.starts?.number;
  if (number === undefined || newest?.entry.number === number) return seen;
  const fresh: AttemptView = {
    entry: { number },
    stage: { stage: 'Absent' },
    job: undefined,
    pod: undefined,
  };
  return [fresh, ...seen].slice(0, ledgerLimit);
}

function tidying(snapshot: Snapshot, attempts: readonly AttemptView[]): readonly Action[] {
  return attempts.flatMap(({ entry, stage, job }): readonly Action[] => {
    if (job === undefined || job.deleting) return [];
    const isOurs = entry.cause === 'Suspended' || entry.cause === 'Replaced';
    const wasIntended = wasWritten(snapshot, entry);
    if (isOurs && wasIntended && stage.stage === 'Ending')
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
