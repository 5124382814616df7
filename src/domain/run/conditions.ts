// The conditions of a run. A transition time changes only with the status; no time and no counter stands in a message.
import { formatTime } from '../time.ts';
import type { ReportView } from './message.ts';
import type { ConditionType, RunCondition } from './status.ts';

type Verdict = Pick<RunCondition, 'type' | 'status' | 'reason' | 'message'>;

/** All conditions, in their fixed order. */
export function conditionsOf(view: ReportView): readonly RunCondition[] {
  const { run, now } = view.snapshot;
  return verdicts(view).map((verdict) => {
    const before = run.status?.conditions.find(({ type }) => type === verdict.type);
    const isSame = before?.status === verdict.status;
    return {
      ...verdict,
      observedGeneration: run.generation,
      lastTransitionTime: isSame ? before.lastTransitionTime : formatTime(now),
    };
  });
}

function verdicts(view: ReportView): readonly Verdict[] {
  const { standing } = view.decision;
  return [
    flag('Complete', standing.is === 'Succeeded', {
      reason: 'Succeeded',
      message: 'The trainer finished and its last checkpoint is saved.',
    }),
    flag('Failed', standing.is === 'Failed', standing.is === 'Failed' ? standing : undefined),
    flag('Suspended', standing.is === 'Suspended', {
      reason: 'SpecSuspend',
      message: 'spec.suspend is true.',
    }),
    flag('Stalled', standing.is === 'Stalled', standing.is === 'Stalled' ? standing : undefined),
    available(view),
    retention(view),
  ];
}

interface Words {
  readonly reason: string;
  readonly message: string;
}

function flag(type: ConditionType, isTrue: boolean, words: Words | undefined): Verdict {
  if (!isTrue || words === undefined) return { type, status: 'False', reason: `Not${type}`, message: '' };
  return { type, status: 'True', reason: words.reason, message: words.message };
}

function available({ resumePoint, snapshot }: ReportView): Verdict {
  const type = 'CheckpointAvailable';
  if (resumePoint !== undefined) {
    return {
      type,
      status: 'True',
      reason: 'Saved',
      message: 'The next attempt can resume from a saved checkpoint.',
    };
  }
  if (snapshot.bucket.kind === 'Unreadable') {
    return { type, status: 'Unknown', reason: 'BucketUnreadable', message: snapshot.bucket.message };
  }
  return { type, status: 'False', reason: 'NothingSaved', message: 'No checkpoint is saved yet.' };
}

function retention({ snapshot }: ReportView): Verdict {
  const type = 'RetentionApplied';
  const { stopped, condemnedKeys } = snapshot.retention;
  if (stopped !== undefined)
    return { type, status: 'False', reason: 'Stopped', message: `Nothing is deleted: ${stopped}.` };
  if (condemnedKeys.size === 0)
    return {
      type,
      status: 'True',
      reason: 'NothingToDelete',
      message: 'Every checkpoint in the bucket is kept by a rule.',
    };
  return {
    type,
    status: 'False',
    reason: 'Condemned',
    message: 'Checkpoints that no rule keeps are deleted after the grace time.',
  };
}
