// What has just happened, for `kubectl describe`: told once, after the status that says so was written.
import { effectOf } from './causes.ts';
import { type Choice, fromWords, type RunEvent } from './decision.ts';
import type { Snapshot } from './facts.ts';
import type { AttemptView } from './ledger.ts';
import { retentionEvents } from './retention-events.ts';
import type { RunStatus } from './status.ts';

/** The events of this pass: what differs from the status of the last. */
export function eventsOf(
  snapshot: Snapshot,
  attempts: readonly AttemptView[],
  choice: Choice,
): readonly RunEvent[] {
  const { run } = snapshot;
  const before = run.status?.attempts ?? [];
  const ended = attempts.flatMap(({ entry }): readonly RunEvent[] => {
    const { cause, number, message } = entry;
    if (cause === undefined || before.some((known) => known.number === number && known.cause !== undefined))
      return [];
    const isFine = ['Success', 'Free', 'Disruption'].includes(effectOf(cause));
    const text = `Attempt ${number} ended: ${message ?? cause}.`;
    return [{ type: isFine ? 'Normal' : 'Warning', reason: cause, message: text }];
  });
  return [
    ...ended,
    ...lateEvents(attempts),
    ...startEvents(run.status?.attempt ?? 0, choice),
    ...standingEvents(run.status, choice),
    ...retentionEvents(snapshot),
  ];
}

// An Event that was told already is not told again.
const lateEvents = (attempts: readonly AttemptView[]): readonly RunEvent[] =>
  attempts.flatMap(({ entry, stage, job }) => {
    if (entry.cause !== 'NumberGivenUp' || stage.stage !== 'Ending' || job === undefined) return [];
    const message = `Job ${job.name} came after its number was given up; it is deleted.`;
    return [{ type: 'Warning', reason: 'LateJob', message }];
  });

function startEvents(reserved: number, { starts, adopts }: Choice): readonly RunEvent[] {
  const adopted: readonly RunEvent[] =
    adopts === undefined
      ? []
      : [
          {
            type: 'Normal',
            reason: 'Adopted',
            message: `Took over the checkpoints of the run with UID ${adopts}.`,
          },
        ];
  if (starts === undefined || starts.number <= reserved) return adopted;
  const message = `Attempt ${starts.number} starts ${fromWords(starts)}.`;
  return [...adopted, { type: 'Normal', reason: 'AttemptStarted', message }];
}

function standingEvents(before: RunStatus | undefined, { standing }: Choice): readonly RunEvent[] {
  if (standing.is !== 'Failed' && standing.is !== 'Stalled') return [];
  const { is: type, reason } = standing;
  const known = before?.conditions.find((condition) => condition.type === type);
  if (known?.status === 'True' && known.reason === reason) return [];
  return [{ type: 'Warning', reason: standing.reason, message: standing.message }];
}
