// The next step of a run, from what was observed: pure, so that the operator, its tests and the CLI ask the very same question.
import { chooseAfter, isLifted } from './after-end.ts';
import { fingerprintOf } from '../fingerprint.ts';
import { planMirror } from '../retention/pin-mirror.ts';
import { countSpent, nothingSpent, type Spent } from './budget.ts';
import type { Action, Choice, Decision } from './decision.ts';
import { endsWhatStands, intendedEndings } from './ending.ts';
import { eventsOf } from './events.ts';
import type { MarkerFacts, Snapshot } from './facts.ts';
import { foldRepeats } from './folding.ts';
import { type AttemptView, viewAttempts } from './ledger.ts';
import { chooseLive, lingeringSeconds, suspended, stopOf } from './live.ts';
import { tellLost } from './lost-predecessor.ts';
import { straysOf } from './reservation.ts';
import { chooseStart } from './start.ts';
import { type LedgerEntry, ledgerLimit } from './status.ts';

/** What to do about the run now. */
export function decide(snapshot: Snapshot): Decision {
  const seen = viewAttempts(snapshot);
  const counted = countSpent(snapshot, seen);
  const choice = choose(snapshot, seen, counted);
  const isForgiven = choice.starts?.rollback !== undefined || isLifted(snapshot, seen, counted);
  const attempts = withChoice(seen, choice, snapshot.operatorId);
  const attempt = Math.max(snapshot.run.status?.attempt ?? 0, attempts[0]?.entry.number ?? 0);
  const decision = {
    standing: choice.standing,
    attempts,
    attempt,
    ...(isForgiven ? nothingSpent : counted),
    starts: choice.starts,
    recheck: choice.recheck,
  };
  const actions = [
    ...choice.actions,
    ...tidying(snapshot, attempts),
    ...markerPhase(snapshot, choice),
    ...mirroredPins(snapshot),
  ];
  return { ...decision, actions, events: eventsOf(snapshot, attempts, choice) };
}

function choose(snapshot: Snapshot, seen: readonly AttemptView[], spent: Spent): Choice {
  const { run } = snapshot;
  if (run.status?.phase === 'Succeeded')
    return { standing: { is: 'Succeeded' }, actions: [], recheck: undefined };
  const newest = seen[0];
  if (newest !== undefined && isLive(newest)) return chooseLive(snapshot, seen, newest);
  if (run.spec.suspend && !isComplete(newest))
    return suspended(isEnding(newest) ? lingeringSeconds : undefined);
  if (newest === undefined) return chooseStart(snapshot, seen, undefined);
  if (newest.stage.stage === 'Absent') return chooseStart(snapshot, seen, newest.entry.number);
  return chooseAfter(snapshot, seen, spent);
}

const isLive = ({ stage }: AttemptView): boolean =>
  stage.stage !== 'Absent' && stage.stage !== 'Ending' && stage.stage !== 'Ended';

const isEnding = (view: AttemptView | undefined): boolean => view?.stage.stage === 'Ending';

const isComplete = (view: AttemptView | undefined): boolean =>
  view?.stage.stage === 'Ended' && view.entry.cause === 'Succeeded';

function withChoice(
  seen: readonly AttemptView[],
  choice: Choice,
  operatorId: string,
): readonly AttemptView[] {
  const [newest, ...older] = seen;
  if (choice.intent !== undefined && newest !== undefined) {
    const entry = { ...newest.entry, ...intendedEndings[choice.intent] };
    return [{ ...newest, entry }, ...older];
  }
  if (choice.starts === undefined) return seen;
  const { number, rollback } = choice.starts;
  const entry = { number, reservedBy: operatorId, rollback: rollback?.id };
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
  const strays = straysOf(
    snapshot,
    attempts.map(({ entry }) => entry),
  );
  const ofLedger = attempts.flatMap(({ entry, stage, job, pod }): readonly Action[] => {
    const isOurs = entry.cause !== undefined && endsWhatStands(entry.cause);
    if (isOurs && wasWritten(snapshot, entry) && stage.stage === 'Ending') return stopOf({ job, pod });
    if (job === undefined || job.deleting) return [];
    return stage.stage === 'Ended' && !job.hasTtl ? [{ do: 'ExpireJob', name: job.name }] : [];
  });
  return [...ofLedger, ...strays.flatMap(stopOf), ...tellLost(snapshot, attempts)];
}

// Last, so that a store that takes no pin holds nothing else up.
function mirroredPins({ bucket, run, now }: Snapshot): readonly Action[] {
  if (bucket.kind !== 'Read' || bucket.facts.marker?.runUid !== run.uid) return [];
  const { inventory, origins, pins: mirrored } = bucket.facts;
  const changes = planMirror({ runUid: run.uid, pins: run.spec.pins, mirrored, inventory, origins, now });
  return changes.map((change) => ({ do: 'MirrorPin', ...change }));
}

const wasWritten = ({ run }: Snapshot, entry: LedgerEntry): boolean =>
  run.status?.attempts.some(({ number, cause }) => number === entry.number && cause === entry.cause) === true;

// The marker carries beyond the object's own life how the run ended, and by what policies select what it leaves.
function markerPhase({ bucket, run, namespaceLabels }: Snapshot, choice: Choice): readonly Action[] {
  const { standing, actions } = choice;
  if (bucket.kind !== 'Read' || actions.some((action) => action.do === 'WriteMarker')) return [];
  const { marker } = bucket.facts;
  if (marker === undefined || marker.runUid !== run.uid || marker.deletion !== undefined) return [];
  const phase = standing.is === 'Succeeded' ? 'Succeeded' : marker.phase;
  const isTrue = marker.phase === phase && isSelectedBy(marker, { run, namespaceLabels });
  if (isTrue) return [];
  return [{ do: 'WriteMarker', highestAttempt: marker.highestAttempt, phase, over: marker.etag }];
}

/** Whether it says by what policies select the run, and what the run wishes for its objects. */
const isSelectedBy = (
  marker: MarkerFacts,
  { run, namespaceLabels }: Pick<Snapshot, 'run' | 'namespaceLabels'>,
): boolean =>
  isSame(marker.labels, run.labels) &&
  isSame(marker.namespaceLabels, namespaceLabels) &&
  isSame(marker.deletionPolicy, run.spec.deletionPolicy);

// What is not known is not written anew.
const isSame = (written: unknown, now: unknown): boolean =>
  now === undefined || fingerprintOf(written ?? {}) === fingerprintOf(now);
