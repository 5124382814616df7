// What follows an attempt's end, by its effect on the run: success, another attempt now or later, or a person's turn.
import type { ListedObject, RunInventory } from '../bucket/inventory.ts';
import type { SourceFacts } from '../bucket/source.ts';
import { parseTime } from '../time.ts';
import type { Instant, Seconds } from '../units.ts';
import { type Cause, effectOf } from './causes.ts';
import type { Choice } from './decision.ts';
import type { Spent } from './budget.ts';
import { deadlineTrouble } from './deadline.ts';
import { delayAfter } from './delay.ts';
import { isMendedElsewhere, stopReason } from './ending.ts';
import type { Snapshot } from './facts.ts';
import type { AttemptView } from './ledger.ts';
import { madeProgress } from './saved-work.ts';
import { isNewlyAsked, isRollbackDue, rollbackTrouble } from './rollback.ts';
import { chooseStart } from './start.ts';
import type { LedgerEntry } from './status.ts';

/** The next step once the newest attempt has ended, or its end is decided. */
export function chooseAfter(snapshot: Snapshot, seen: readonly AttemptView[], spent: Spent): Choice {
  const newest = seen[0]?.entry;
  if (newest === undefined || isUnsettled(snapshot, newest)) return chooseStart(snapshot, seen, undefined);
  const overdue = newest.cause === 'Succeeded' ? undefined : deadlineTrouble(snapshot, seen);
  if (overdue !== undefined) return failed(snapshot, 'DeadlineExceeded', overdue);
  if (isLifted(snapshot, seen, spent) || isSentBack(snapshot, newest))
    return chooseStart(snapshot, seen, undefined);
  return chooseBy(newest.cause, { snapshot, seen, spent, newest });
}

/** Whoever asks for another beginning waits for no delay; what ended well is final. */
const isSentBack = (snapshot: Snapshot, newest: LedgerEntry): boolean =>
  newest.cause !== 'Succeeded' && isRollbackDue(snapshot, newest);

// What follows is not settled before the bucket was read since; the attempt to start says why it cannot be.
const isUnsettled = ({ bucket }: Snapshot, { endedAt }: LedgerEntry): boolean =>
  endedAt === undefined && bucket.kind === 'Unreadable';

interface End {
  readonly snapshot: Snapshot;
  readonly seen: readonly AttemptView[];
  readonly spent: Spent;
  readonly newest: LedgerEntry;
}

function chooseBy(cause: Cause | undefined, end: End): Choice {
  const { snapshot, seen, spent, newest } = end;
  switch (cause === undefined ? undefined : effectOf(cause)) {
    case 'Success':
      return { standing: { is: 'Succeeded' }, actions: [], recheck: undefined };
    case 'Fatal':
      // A deadline that was raised since lets the run go on.
      if (cause === 'DeadlineExceeded') return chooseStart(snapshot, seen, undefined);
      return failed(snapshot, 'NothingSaved', nothingSaved(snapshot, newest));
    case 'Person':
      return choosePerson(snapshot, seen, newest);
    case 'Failure':
      return chooseAfterFailure(end);
    case 'Disruption':
      return chooseAfterDisruption(end);
    case 'Free':
      return chooseDelayed(snapshot, seen, spent.failures);
    case undefined:
      return chooseStart(snapshot, seen, undefined);
  }
}

function chooseAfterFailure({ snapshot, seen, spent: { failures }, newest }: End): Choice {
  if (failures < snapshot.run.spec.maxFailures) return chooseDelayed(snapshot, seen, failures);
  return failed(snapshot, 'TooManyFailures', tooManyFailures(snapshot, newest, failures));
}

function chooseAfterDisruption({ snapshot, seen, spent, newest }: End): Choice {
  const { maxDisruptions = Infinity } = snapshot.run.spec;
  if (spent.disruptions >= maxDisruptions)
    return failed(snapshot, 'TooManyDisruptions', tooManyDisruptions(snapshot, newest, spent.disruptions));
  // What a pod flushes last may still make this a disruption with progress; on a lost node nothing is flushed any more.
  const isOpen = newest.endedAt === undefined && newest.cause !== 'NodeLost' && !madeProgress(newest);
  if (!isOpen || spent.disruptions + 1 < maxDisruptions) return chooseDelayed(snapshot, seen, spent.failures);
  const waitsFor = `whether it still saves anything decides if restart.maxDisruptions (${maxDisruptions}) is reached`;
  return { standing: { is: 'Restarting', inSeconds: 5, waitsFor }, actions: [], recheck: 5 };
}

function failed(snapshot: Snapshot, reason: string, cause: string): Choice {
  const trouble = rollbackTrouble(snapshot);
  const message = trouble === undefined ? cause : `${cause} Besides: ${trouble}`;
  return { standing: { is: 'Failed', reason, message }, actions: [], recheck: undefined };
}

const cure =
  'Correct trainer, or set the annotation reprise.dev/retry to a new value, to try again; or go back with spec.rollback.';

const nothingSaved = ({ run }: Snapshot, { number }: LedgerEntry): string =>
  `attempt ${number}: the trainer exited 0 but never wrote a model_*.pt into ${run.spec.checkpointDir} (trainer.checkpointDir). F5-TTS joins ckpts.save_dir to its own root, so an absolute path lands elsewhere. ${cure}`;

const tooManyFailures = ({ run }: Snapshot, { number, message }: LedgerEntry, failures: number): string =>
  `attempt ${number}: ${message ?? 'it failed'}; ${failures === 1 ? '1 failure' : `${failures} failures`} without progress reach restart.maxFailures (${run.spec.maxFailures}). ${cure}`;

const tooManyDisruptions = ({ run }: Snapshot, { number, message }: LedgerEntry, times: number): string =>
  `attempt ${number}: ${message ?? 'it was disrupted'}; ${times} disruptions without progress reach restart.maxDisruptions (${run.spec.maxDisruptions ?? ''}). Raise it, let the trainer save more often, or give it a higher priority; or set the annotation reprise.dev/retry to a new value.`;

/** A final end is lifted by a new value of the retry annotation, a changed workload or a rollback. */
export function isLifted(snapshot: Snapshot, seen: readonly AttemptView[], spent: Spent): boolean {
  const { run } = snapshot;
  const newest = seen[0]?.entry;
  if (newest === undefined || !isFinal(snapshot, newest, spent)) return false;
  return isRetried(run) || isChanged(run) || isRollbackDue(snapshot, newest);
}

function isFinal({ run }: Snapshot, { cause }: LedgerEntry, spent: Spent): boolean {
  switch (cause === undefined ? undefined : effectOf(cause)) {
    case 'Fatal':
      return true;
    case 'Failure':
      return spent.failures >= run.spec.maxFailures;
    case 'Disruption':
      return spent.disruptions >= (run.spec.maxDisruptions ?? Infinity);
    default:
      return false;
  }
}

const isRetried = ({ retry, status }: Snapshot['run']): boolean =>
  retry !== undefined && retry !== status?.handledRetry;

const isChanged = ({ spec, status }: Snapshot['run']): boolean => spec.workload !== status?.workload;

// What stopped an attempt is looked at again when the spec, the retry annotation or the bucket changed since.
function choosePerson(snapshot: Snapshot, seen: readonly AttemptView[], newest: LedgerEntry): Choice {
  const { run } = snapshot;
  const isEdited = isRetried(run) || isChanged(run) || run.generation !== run.status?.observedGeneration;
  if (isEdited || isNewlyAsked(snapshot, newest) || hasNews(snapshot, newest))
    return chooseStart(snapshot, seen, undefined);
  const why = newest.message ?? 'restore stopped';
  const reason = stopReason(newest);
  const message = `attempt ${newest.number}: ${why}`;
  if (!isMendedElsewhere(reason))
    return { standing: { is: 'Stalled', reason, message }, actions: [], recheck: stoppedSeconds };
  const left = secondsUntilNext(snapshot, seen, 0);
  if (left <= 0) return chooseStart(snapshot, seen, undefined);
  const again = `${message.replace(/\.$/, '')}. It is tried again by itself every few minutes.`;
  const recheck = Math.min(left, stoppedSeconds);
  return { standing: { is: 'Stalled', reason, message: again, triesIn: left }, actions: [], recheck };
}

/** Seconds between looks at the bucket for what stopped restore. */
const stoppedSeconds = 60;

/** True when an attempt's document or a checkpoint came after the end. By ages, since the store's clock is not ours. */
function hasNews({ bucket, source, now }: Snapshot, { endedAt }: LedgerEntry): boolean {
  const end = endedAt === undefined ? undefined : parseTime(endedAt);
  if (bucket.kind === 'Unreadable' || end === undefined) return false;
  const { inventory, storeTime = now } = bucket.facts;
  const objects = [...objectsOf(inventory), ...(source?.kind === 'Read' ? sourceObjects(source.facts) : [])];
  return objects.some((object) => object !== undefined && storeTime - object.savedAt < now - end);
}

const objectsOf = ({ attempts }: RunInventory): readonly (ListedObject | undefined)[] =>
  attempts.flatMap(({ opened, checkpoints }) => [opened, ...checkpoints]);

const sourceObjects = (facts: SourceFacts): readonly (ListedObject | undefined)[] =>
  facts.is === 'Object' ? [facts.found] : objectsOf(facts.inventory);

function chooseDelayed(snapshot: Snapshot, seen: readonly AttemptView[], failures: number): Choice {
  const left = secondsUntilNext(snapshot, seen, failures);
  // A corrected workload need not wait for what the old one did.
  if (left <= 0 || isChanged(snapshot.run)) return chooseStart(snapshot, seen, undefined);
  return { standing: { is: 'Restarting', inSeconds: left }, actions: [], recheck: left };
}

/** How long the newest attempt is still to be waited after; 0 or less: no longer. */
function secondsUntilNext(snapshot: Snapshot, seen: readonly AttemptView[], failures: number): Seconds {
  const delay = delayAfter(
    seen.map(({ entry }) => entry),
    failures,
  );
  if (delay === 0) return 0;
  return Math.ceil((endOf(snapshot, seen[0]) + delay * 1000 - snapshot.now) / 1000);
}

// A pod on a lost node never ends; then the wait counts from when its deletion was asked for.
function endOf({ now }: Snapshot, newest: AttemptView | undefined): Instant {
  const endedAt = newest?.entry.endedAt === undefined ? undefined : parseTime(newest.entry.endedAt);
  return endedAt ?? newest?.pod?.deletion?.requestedAt ?? now;
}
