// The Events of what retention decided and did, each told once.
import type { Checkpoint } from '../bucket/inventory.ts';
import { formatBytes } from '../size.ts';
import { formatTime } from '../time.ts';
import { stableWords } from '../wording.ts';
import type { RunEvent } from './decision.ts';
import type { RunFacts, Snapshot } from './facts.ts';
import type { RetentionFacts } from './retention-facts.ts';
import { retentionCondition } from './retention-words.ts';

/** What retention has just decided or done, each told once. */
export const retentionEvents = (snapshot: Snapshot): readonly RunEvent[] => [
  ...deletionEvents(snapshot.retention),
  ...standingEvents(snapshot),
];

function deletionEvents({ deleted, reclaimedBytes }: RetentionFacts): readonly RunEvent[] {
  if (deleted.length === 0) return [];
  const message = `Deleted ${named(deleted)} (${formatBytes(reclaimedBytes)}), which no rule keeps: deletions/ beside its run.json in the bucket says why.`;
  return [{ type: 'Normal', reason: 'CheckpointsDeleted', message }];
}

function standingEvents({ run, bucket, retention }: Snapshot): readonly RunEvent[] {
  // A bucket that cannot be read is told as such, and where nothing is saved nothing is decided.
  if (bucket.kind === 'Unreadable') return [];
  const checkpoints = bucket.facts.inventory.attempts.flatMap((attempt) => attempt.checkpoints);
  if (checkpoints.length === 0) return [];
  const condition = retentionCondition(retention, run.name);
  const { reason, message } = condition;
  if (isTold(run, condition) || reason === 'NothingToDelete') return [];
  if (reason === 'Condemned') return [condemnedEvent(retention, { run: run.name, checkpoints })];
  const event = { type: 'Warning', reason: eventReasons[reason] ?? reason, message } as const;
  return [reason === 'ApprovalNeeded' ? event : { ...event, topic: stableWords(message) }];
}

function isTold({ status }: RunFacts, { reason, message }: ReturnType<typeof retentionCondition>): boolean {
  const before = status?.conditions.find(({ type }) => type === 'RetentionApplied');
  if (before?.reason !== reason) return false;
  switch (reason) {
    case 'Condemned':
      return true;
    // Another set that waits for a word is another question.
    case 'ApprovalNeeded':
      return before.message === message;
    default:
      return stableWords(before.message) === stableWords(message);
  }
}

/** Among Events of everything else about a run, this says of what it speaks. */
const eventReasons: Readonly<Record<string, string>> = { Stopped: 'RetentionStopped' };

// An Event is known by its words: those of another time must differ.
function condemnedEvent(
  { condemnedKeys, nextDeletionAt }: RetentionFacts,
  { run, checkpoints }: { readonly run: string; readonly checkpoints: readonly Checkpoint[] },
): RunEvent {
  const condemned = checkpoints.filter(({ key }) => condemnedKeys.has(key));
  const when = nextDeletionAt === undefined ? '' : ` after ${formatTime(nextDeletionAt)}`;
  const message = `No rule keeps ${named(condemned)}: to be deleted${when}, unless something changes that. To keep one, pin it: kubectl reprise pin ${run}@UPDATE.`;
  return { type: 'Normal', reason: 'CheckpointsCondemned', message };
}

const mostNamed = 5;

/** `update 20 of attempt 1, update 10 of attempt 1 and 3 more` */
function named(checkpoints: readonly Pick<Checkpoint, 'attempt' | 'update' | 'kind'>[]): string {
  const names = checkpoints
    .slice(0, mostNamed)
    .map(({ attempt, update, kind }) => `${kind} ${update} of attempt ${attempt.number}`);
  const more = checkpoints.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
