// What is done about an attempt that lives: nothing as a rule; it is ended when the run must stop, when another must take its
// place, or when it hangs. The intent is written before anything is touched.
import { isOver } from './classification.ts';
import { deadlineTrouble } from './deadline.ts';
import type { Action, Choice, Recheck } from './decision.ts';
import type { Intent } from './ending.ts';
import type { Snapshot } from './facts.ts';
import { hangTrouble } from './hang.ts';
import type { AttemptView } from './ledger.ts';
import { isRollbackDue } from './rollback.ts';
import { suspensionWaitsUntil } from './suspension.ts';
import { refusedPod, startTrouble, type Trouble } from './trouble.ts';

/** Seconds between looks at an attempt that lives. */
const liveSeconds = 5;

/** Seconds between looks at an attempt whose end cannot be settled yet. */
export const lingeringSeconds = 30;

const live: Choice = { standing: { is: 'Live' }, actions: [], recheck: liveSeconds };

/** The run as suspended, or on its way there. */
export const suspended = (recheck: Recheck, actions: readonly Action[] = []): Choice => ({
  standing: { is: 'Suspended' },
  actions,
  recheck,
});

/** What to do while the newest attempt lives. */
export function chooseLive(snapshot: Snapshot, seen: readonly AttemptView[], newest: AttemptView): Choice {
  if (newest.stage.stage === 'Flushing') return chooseFlushing(snapshot, newest);
  return (
    chooseEnd(snapshot, seen, newest) ?? chooseSuspension(snapshot, newest) ?? chooseWaiting(snapshot, newest)
  );
}

/** What asks an attempt to end; nothing when that was done. A Job takes its pod with it. */
export function stopOf({ job, pod }: Pick<AttemptView, 'job' | 'pod'>): readonly Action[] {
  if (job !== undefined) return job.deleting ? [] : [{ do: 'DeleteJob', name: job.name, uid: job.uid }];
  if (pod === undefined || pod.deletion !== undefined || isOver(pod)) return [];
  return [{ do: 'DeletePod', name: pod.name, uid: pod.uid }];
}

/** Why a living attempt must end, whatever else is asked for; undefined when it need not. */
function chooseEnd(
  snapshot: Snapshot,
  seen: readonly AttemptView[],
  newest: AttemptView,
): Choice | undefined {
  const overdue = deadlineTrouble(snapshot, seen);
  if (overdue === undefined) return undefined;
  const standing = { is: 'Failed' as const, reason: 'DeadlineExceeded', message: overdue };
  return { standing, actions: stopOf(newest), recheck: liveSeconds, intent: 'DeadlineExceeded' };
}

function chooseSuspension(snapshot: Snapshot, newest: AttemptView): Choice | undefined {
  if (!snapshot.run.spec.suspend) return undefined;
  const suspendsBy = suspensionWaitsUntil(snapshot, newest);
  if (suspendsBy === undefined) return { ...suspended(liveSeconds, stopOf(newest)), intent: 'Suspended' };
  return { ...live, standing: { is: 'Live', suspendsBy } };
}

function chooseWaiting(snapshot: Snapshot, newest: AttemptView): Choice {
  const hang = hangTrouble(snapshot, newest);
  const intent = supersededBy(snapshot, newest, hang);
  if (intent !== undefined) {
    const recheck = intent === 'Hung' ? liveSeconds : 0;
    const standing = { is: 'Restarting' as const, inSeconds: 0 };
    return { standing, actions: stopOf(newest), recheck, intent };
  }
  if (hang !== undefined)
    return stalled('Hung', `attempt ${newest.entry.number}: ${hang}. ${hangCure(snapshot)}`);
  const trouble = troubleOf(snapshot, newest);
  return trouble?.needsPerson === true ? stalled(trouble.reason, trouble.message) : live;
}

function troubleOf({ podRefusal }: Snapshot, { entry, pod }: AttemptView): Trouble | undefined {
  const isRefused = pod === undefined && podRefusal !== undefined;
  return isRefused ? refusedPod(entry.number, podRefusal) : startTrouble(pod);
}

const stalled = (reason: string, message: string): Choice => ({
  standing: { is: 'Stalled', reason, message },
  actions: [],
  recheck: liveSeconds,
});

const hangCure = ({ run }: Snapshot): string =>
  `See kubectl logs -n ${run.namespace} -l reprise.dev/run=${run.name} -c trainer; delete its pod to start it anew, or set restart.onHung: Restart.`;

/** Why a living attempt must make way for another; undefined while it need not. */
function supersededBy(snapshot: Snapshot, newest: AttemptView, hang: string | undefined): Intent | undefined {
  const { entry, stage, job } = newest;
  if (isRollbackDue(snapshot, entry)) return 'RolledBack';
  const isOutdated = job?.workload !== undefined && job.workload !== snapshot.run.spec.workload;
  if (stage.stage !== 'Training' && isOutdated) return 'Replaced';
  return hang !== undefined && snapshot.run.spec.onHung === 'Restart' ? 'Hung' : undefined;
}

// The trainer has ended by itself: nothing is stopped any more, not even for a suspension.
function chooseFlushing({ bucket, run }: Snapshot, { entry, pod }: AttemptView): Choice {
  if (bucket.kind === 'Unreadable' && (pod === undefined || isOver(pod))) {
    const message = `attempt ${entry.number} has ended, but what it saved last cannot be told: ${bucket.message}`;
    return { ...stalled(bucket.reason, message), recheck: lingeringSeconds };
  }
  return run.spec.suspend ? suspended(liveSeconds) : live;
}
