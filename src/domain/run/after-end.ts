// What follows an attempt's end, by its effect on the run: success, another attempt now or later, or a person's turn.
import { parseTime } from '../time.ts';
import { effectOf } from './causes.ts';
import type { Choice } from './decision.ts';
import { delayAfter } from './delay.ts';
import type { Snapshot } from './facts.ts';
import type { AttemptView } from './ledger.ts';
import { chooseStart } from './start.ts';
import type { LedgerEntry } from './status.ts';

/** The next step once the newest attempt has ended, or its end is decided. */
export function chooseAfter(snapshot: Snapshot, seen: readonly AttemptView[], failures: number): Choice {
  const newest = seen[0]?.entry;
  if (newest?.cause === undefined) return chooseStart(snapshot, seen, undefined);
  switch (effectOf(newest.cause)) {
    case 'Success':
      return { standing: { is: 'Succeeded' }, actions: [], recheck: undefined };
    case 'Fatal':
      return failed('NothingSaved', nothingSaved(snapshot, newest));
    case 'Person':
      return choosePerson(snapshot, seen, newest);
    case 'Failure':
      return chooseAfterFailure(snapshot, seen, failures);
    case 'Disruption':
    case 'Free':
      return chooseDelayed(snapshot, seen, failures);
  }
}

function chooseAfterFailure(snapshot: Snapshot, seen: readonly AttemptView[], failures: number): Choice {
  const newest = seen[0]?.entry;
  if (newest === undefined || failures < snapshot.run.spec.maxFailures)
    return chooseDelayed(snapshot, seen, failures);
  return failed('TooManyFailures', tooManyFailures(snapshot, newest, failures));
}

const failed = (reason: string, message: string): Choice => ({
  standing: { is: 'Failed', reason, message },
  actions: [],
  recheck: undefined,
});

const cure = 'Correct trainer, or set the annotation reprise.dev/retry to a new value, to try again.';

const nothingSaved = ({ run }: Snapshot, { number }: LedgerEntry): string =>
  `attempt ${number}: the trainer exited 0 but never wrote a model_*.pt into ${run.spec.checkpointDir} (trainer.checkpointDir). F5-TTS joins ckpts.save_dir to its own root, so an absolute path lands elsewhere. ${cure}`;

const tooManyFailures = ({ run }: Snapshot, { number, message }: LedgerEntry, failures: number): string =>
  `attempt ${number}: ${message ?? 'it failed'}; ${failures} failures without progress reach restart.maxFailures (${run.spec.maxFailures}). ${cure}`;

/** Failed is lifted by a new value of the retry annotation or a changed workload. */
export function isLifted({ run }: Snapshot): boolean {
  if (run.status?.phase !== 'Failed') return false;
  return isRetried(run) || run.spec.workload !== run.status.workload;
}

const isRetried = ({ retry, status }: Snapshot['run']): boolean =>
  retry !== undefined && retry !== status?.handledRetry;

// What stopped restore is looked at again when the spec, the retry annotation or the bucket changed since.
function choosePerson(snapshot: Snapshot, seen: readonly AttemptView[], newest: LedgerEntry): Choice {
  const { run, bucket } = snapshot;
  const endedAt = newest.endedAt === undefined ? undefined : parseTime(newest.endedAt);
  const hasNews =
    bucket.kind === 'Read' &&
    bucket.facts.inventory.attempts.some(({ checkpoints, opened }) =>
      [...checkpoints, ...(opened === undefined ? [] : [opened])].some(
        ({ savedAt }) => endedAt !== undefined && savedAt > endedAt,
      ),
    );
  if (hasNews || isRetried(run) || run.generation !== run.status?.observedGeneration) {
    return chooseStart(snapshot, seen, undefined);
  }
  const message = `attempt ${newest.number}: ${newest.message ?? 'restore stopped'}`;
  return { standing: { is: 'Stalled', reason: 'RestoreStopped', message }, actions: [], recheck: 60 };
}

function chooseDelayed(snapshot: Snapshot, seen: readonly AttemptView[], failures: number): Choice {
  const delay = delayAfter(
    seen.map(({ entry }) => entry),
    failures,
  );
  const endedAt = seen[0]?.entry.endedAt;
  const since = endedAt === undefined ? snapshot.now : (parseTime(endedAt) ?? snapshot.now);
  const left = Math.ceil((since + delay * 1000 - snapshot.now) / 1000);
  if (delay === 0 || left <= 0) return chooseStart(snapshot, seen, undefined);
  return { standing: { is: 'Restarting', inSeconds: left }, actions: [], recheck: left };
}
