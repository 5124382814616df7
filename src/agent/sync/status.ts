// What /status says, from the ledger: numbers, and the problems a person should know, one sentence each.
import { isDiskShort } from '../../domain/agent/scratch-space.ts';
import { formatBytes } from '../../domain/size.ts';
import { newestSent } from '../../domain/agent/outbox.ts';
import type { StoreTrouble } from '../../ports/objects.ts';
import type { SyncStatus } from '../../wire/sync-status.ts';
import type { AgentWorld } from '../world.ts';
import type { SyncLedger } from './ledger.ts';

type Problem = SyncStatus['problems'][number];

const maxProblems = 20;

/** A request that fails once or twice is the daily life of a network. */
const failingAfterSeconds = 2;

/** A file that is still not whole after this long is no save under way any more. */
const tornAfterMilliseconds = 60_000;

/** The status now. */
export function statusOf({ clock, config, objects }: AgentWorld, ledger: SyncLedger): SyncStatus {
  const { uploading } = ledger;
  const now = clock.monotonic();
  const problems = [
    ...storeProblems(ledger, objects.trouble(), now),
    ...diskProblems(ledger),
    ...fileProblems(ledger, now),
  ];
  return {
    version: 1,
    attempt: config.attempt,
    observedAt: clock.now(),
    lastUpdateSeen: ledger.lastUpdateSeen ?? null,
    lastUpdateSaved: newestSent(ledger.sent ?? []) ?? null,
    plannedUpdates: ledger.plannedUpdates ?? null,
    uploads: ledger.uploads,
    uploading:
      uploading === undefined
        ? null
        : {
            file: uploading.parcel.name,
            sentBytes: uploading.sentBytes,
            sizeBytes: uploading.parcel.sizeBytes,
          },
    flushing: ledger.flushing,
    problems: problems.slice(0, maxProblems),
  };
}

/** Failed uploads, or requests that fail while an upload still hopes. */
function storeProblems(
  { trouble }: SyncLedger,
  failing: StoreTrouble | undefined,
  now: number,
): readonly Problem[] {
  if (trouble !== undefined) {
    const seconds = Math.round((now - trouble.since) / 1000);
    const message = `Nothing has reached the store for ${seconds} s, ${trouble.failures} tries: ${trouble.message}`;
    return [{ code: trouble.code, message }];
  }
  const seconds = failing === undefined ? 0 : Math.round((now - failing.since) / 1000);
  if (failing === undefined || seconds < failingAfterSeconds) return [];
  const message = `The store has answered nothing good for ${seconds} s, ${failing.tries} tries: ${failing.message}`;
  return [{ code: `Store${failing.code}`, message }];
}

function diskProblems(ledger: SyncLedger): readonly Problem[] {
  const problems: Problem[] = [];
  const checkpointBytes = ledger.checkpointBytes();
  if (ledger.unreadable !== undefined) {
    const message = `The scratch volume cannot be read: ${ledger.unreadable}. Nothing new is saved until it can.`;
    problems.push({ code: 'ScratchUnreadable', message });
  }
  if (ledger.unwritable !== undefined) problems.push(unwritableProblem(ledger.unwritable));
  if (isDiskShort({ freeBytes: ledger.freeBytes, checkpointBytes })) {
    const message = `The scratch volume has ${formatBytes(ledger.freeBytes)} left and a checkpoint takes ${formatBytes(checkpointBytes)}: the trainer fails when a save does not fit. Raise spec.scratch.size.`;
    problems.push({ code: 'DiskShort', message });
  }
  if (ledger.vanished.length > 0) {
    const message = `${ledger.vanished.slice(-3).join(', ')} vanished though Reprise did not remove it: the trainer rotates its own files. Set ckpts.keep_last_n_checkpoints=-1; until then Reprise frees no local file.`;
    problems.push({ code: 'TwoOwners', message });
  }
  for (const { file, reason } of ledger.dropped.slice(-3))
    problems.push({ code: 'UnsentStepRemoved', message: `${file} was removed unsent: ${reason}.` });
  return problems;
}

/** A file system that became read-only takes the trainer's saves no more; a directory closed to us may still take them. */
function unwritableProblem(reason: string): Problem {
  if (reason.startsWith('EROFS')) {
    const message = `The scratch volume is read-only (${reason}): the trainer will fail at its next save. Check the node's disk.`;
    return { code: 'ScratchReadOnly', message };
  }
  const message = `Reprise may not write to the scratch volume (${reason}): it takes no snapshots and frees no local file. Make the volume writable for its group (fsGroup).`;
  return { code: 'ScratchNotWritable', message };
}

function fileProblems(ledger: SyncLedger, now: number): readonly Problem[] {
  const flawed = ledger.flawed().flatMap(({ name, kind, reason, since }) => {
    if (kind === 'Torn' && now - since < tornAfterMilliseconds) return [];
    return [{ code: `${kind}File`, message: `${name} is not sent: ${reason}` }];
  });
  const unverifiable = [...ledger.unverifiable].map((name) => ({
    code: 'UnverifiableFile',
    message: `${name} records no CRCs, so only its structure could be checked before it was sent.`,
  }));
  return [...flawed, ...unverifiable];
}
