// What has just happened, for `kubectl describe`: told once, after the status that says so was written.
import { stableWords } from '../wording.ts';
import { eventTypeOf } from './causes.ts';
import { type Choice, fromWords, type RunEvent } from './decision.ts';
import type { Snapshot } from './facts.ts';
import type { AttemptView } from './ledger.ts';
import { retentionEvents } from './retention-events.ts';
import type { RunCondition } from './status.ts';

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
    const text = `Attempt ${number} ended: ${message ?? cause}.`;
    return [{ type: eventTypeOf(cause), reason: cause, message: text }];
  });
  return [
    ...ended,
    ...lateEvents(attempts),
    ...startEvents(run.status?.attempt ?? 0, choice),
    ...standingEvents(run, choice),
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

function standingEvents({ status, generation }: Snapshot['run'], { standing }: Choice): readonly RunEvent[] {
  if (standing.is !== 'Failed' && standing.is !== 'Stalled') return [];
  const { is: type, reason, message } = standing;
  const known = status?.conditions.find((condition) => condition.type === type);
  if (known?.status === 'True' && isSame(known, { reason, message, generation })) return [];
  // One for each cause, in each attempt and for each spec that somebody asked for: causes that take turns do not flood.
  const topic = `${stableWords(message)} (attempt ${status?.attempt ?? 0}, generation ${generation})`;
  return [{ type: 'Warning', reason, message, topic }];
}

interface Verdict {
  readonly reason: string;
  readonly message: string;
  readonly generation: number;
}

// Numbers and times move while one cause lasts; after a change of the spec they answer it.
function isSame(known: RunCondition, { reason, message, generation }: Verdict): boolean {
  if (known.reason !== reason) return false;
  if (known.message === message) return true;
  return known.observedGeneration === generation && stableWords(known.message) === stableWords(message);
}
