// What /status says, from the ledger: numbers, and the problems a person should know, one sentence each.
import { isDiskShort } from '../../domain/agent/scratch-space.ts';
import { newestSent } from '../../domain/agent/outbox.ts';
import type { SyncStatus } from '../../wire/sync-status.ts';
import type { AgentWorld } from '../world.ts';
import type { SyncLedger } from './ledger.ts';

type Problem = SyncStatus['problems'][number];

const maxProblems = 20;

/** A file that is still not whole after this long is no save under way any more. */
const tornAfterMilliseconds = 60_000;

/** The status now. */
export function statusOf({ clock, config }: AgentWorld, ledger: SyncLedger): SyncStatus {
  const { uploading } = ledger;
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
    problems: problemsOf(ledger, clock.monotonic()).slice(0, maxProblems),
  };
}

const problemsOf = (ledger: SyncLedger, now: number): readonly Problem[] => [
  ...storeProblems(ledger, now),
  ...diskProblems(ledger),
  ...fileProblems(ledger, now),
];

function storeProblems({ trouble }: SyncLedger, now: number): readonly Problem[] {
  if (trouble === undefined) return [];
  const seconds = Math.round((now - trouble.since) / 1000);
  return [
    {
      code: trouble.code,
      message: `Nothing has reached the store for ${seconds} s, ${trouble.failures} tries: ${trouble.message}`,
    },
  ];
}

function diskProblems(ledger: SyncLedger): readonly Problem[] {
  const problems: Problem[] = [];
  const checkpointBytes = ledger.checkpointBytes();
  if (isDiskShort({ freeBytes: ledger.freeBytes, checkpointBytes })) {
    const message = `The scratch volume has ${ledger.freeBytes} bytes left and a checkpoint takes ${checkpointBytes}: raise spec.scratch.size.`;
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
