// The conditions of a run. A transition time changes only with the status; no time and no counter stands in a message.
import { formatTime } from '../time.ts';
import type { Decision } from './decision.ts';
import { freshnessOf } from './freshness.ts';
import type { ReportView } from './message.ts';
import { retentionCondition } from './retention-words.ts';
import type { ConditionType, RunCondition } from './status.ts';
import { standsStill } from './suspension.ts';
import { syncTrouble } from './trouble.ts';

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
    suspension(view.decision),
    flag('Stalled', standing.is === 'Stalled', standing.is === 'Stalled' ? standing : undefined),
    available(view),
    retentionCondition(view.snapshot.retention, view.snapshot.run.name),
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

function suspension({ standing, attempts }: Decision): Verdict {
  if (standing.is === 'Live' && standing.suspendsBy !== undefined) {
    const message = 'The run is suspended after its next save.';
    return { type: 'Suspended', status: 'False', reason: 'WaitingForSave', message };
  }
  if (standing.is === 'Suspended' && !standsStill(attempts)) {
    const message = 'The run is suspended once its pod has ended.';
    return { type: 'Suspended', status: 'False', reason: 'Suspending', message };
  }
  const words = { reason: 'SpecSuspend', message: 'spec.suspend is true.' };
  return flag('Suspended', standing.is === 'Suspended', words);
}

function available(view: ReportView): Verdict {
  const type = 'CheckpointAvailable';
  const { point, unread, lost } = view.saved;
  const trouble = syncTrouble(view.decision.attempts[0]?.pod);
  if (trouble !== undefined)
    return { type, status: point === undefined ? 'False' : 'True', reason: 'SyncFailing', message: trouble };
  if (unread !== undefined)
    return point === undefined
      ? { type, status: 'Unknown', reason: 'BucketUnreadable', message: unread }
      : { type, ...availability.AsLastRead };
  const freshness = freshnessOf(view);
  if (point !== undefined) return { type, ...availability[freshness === 'Late' ? 'Stale' : 'Saved'] };
  if (lost !== undefined) return { type, ...availability.Missing };
  return { type, ...availability[freshness === 'NeverCame' ? 'NothingWritten' : 'NothingSaved'] };
}

const availability = {
  Saved: {
    status: 'True',
    reason: 'Saved',
    message: 'The next attempt can resume from a saved checkpoint.',
  },
  Stale: {
    status: 'True',
    reason: 'Stale',
    message:
      'The next attempt can resume from a saved checkpoint, but none has come for more than twice the usual time: see whether the trainer still saves and whether sync can send (kubectl logs, containers trainer and sync).',
  },
  AsLastRead: {
    status: 'True',
    reason: 'AsLastRead',
    message:
      'What is saved cannot be told now; a checkpoint was, when it was last read. See the CheckpointStore: kubectl describe cks.',
  },
  NothingSaved: { status: 'False', reason: 'NothingSaved', message: 'No checkpoint is saved yet.' },
  NothingWritten: {
    status: 'False',
    reason: 'NothingWritten',
    message:
      'No checkpoint has come in 4 hours of training: check that the trainer writes model_*.pt into trainer.checkpointDir, and how often (ckpts.save_per_updates, ckpts.last_per_updates). What was trained so far would be lost.',
  },
  Missing: {
    status: 'False',
    reason: 'Missing',
    message: 'The checkpoints that were saved are not in the bucket any more: put them back.',
  },
} as const;
