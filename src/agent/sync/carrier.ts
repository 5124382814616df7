// Takes one shipment to the bucket, to its immutable key, and makes room when it has arrived. One at a time.
import { planFreeing } from '../../domain/agent/scratch-space.ts';
import { formatAttemptId, isSameAttempt } from '../../domain/bucket/keys.ts';
import { type ListedObject, readInventory } from '../../domain/bucket/inventory.ts';
import type { Shipment } from '../../domain/agent/outbox.ts';
import { ObjectStoreError } from '../../ports/objects.ts';
import { formatCheckpointMetadata } from '../../wire/checkpoint-metadata.ts';
import type { PlacedFile } from '../../wire/placed-file.ts';
import { reportTransfer } from '../transfer-report.ts';
import { type AgentWorld, keyOf, sharedPath } from '../world.ts';
import type { Finished, Parcel, SyncLedger } from './ledger.ts';
import { dropHeld, pack } from './parcel.ts';
import { stepsOf } from './watcher.ts';

export interface Carrying {
  readonly ledger: SyncLedger;
  readonly placed: PlacedFile | undefined;
  /** The trainer is dead. */
  readonly isOver: boolean;
}

/** Lists what this attempt already has in the bucket: a restarted container sends nothing twice. */
export async function learnSent(world: AgentWorld, ledger: SyncLedger, signal: AbortSignal): Promise<void> {
  const { attempt, runPrefix } = world.config;
  const folder = `${runPrefix}attempts/${formatAttemptId(attempt)}/`;
  const listing: ListedObject[] = [];
  for await (const page of world.objects.list(folder, signal)) listing.push(...page);
  const own = readInventory(runPrefix, listing).attempts.find(({ id }) => isSameAttempt(id, attempt));
  ledger.learnSent((own?.checkpoints ?? []).map(({ kind, update }) => ({ kind, update })));
}

/**
 * Sends a finished file, or the snapshot kept of it; false when there was nothing to send after all. Rejects with the
 * store's error; then the snapshot is kept.
 */
export async function carry(
  world: AgentWorld,
  carrying: Carrying & { readonly file: Finished | Parcel },
  signal: AbortSignal,
): Promise<boolean> {
  const { ledger, file } = carrying;
  const parcel =
    'path' in file ? file : (keptOf(ledger, file) ?? (await pack(world, { ...carrying, file }, signal)));
  if (parcel === undefined) return false;
  const startedAt = world.clock.monotonic();
  await send(world, { ...carrying, parcel }, signal);
  ledger.confirm(parcel);
  if (parcel.kind === 'Last')
    ledger.lastDueAt = startedAt + world.config.environment.modelLastEverySeconds * 1000;
  if (parcel.isSnapshot) await dropHeld(world, ledger);
  return true;
}

const keptOf = ({ held }: SyncLedger, { kind, update }: Shipment): Parcel | undefined =>
  held?.kind === kind && held.update === update ? held : undefined;

async function send(
  world: AgentWorld,
  { ledger, placed, parcel }: Carrying & { readonly parcel: Parcel },
  signal: AbortSignal,
): Promise<void> {
  const { path, sizeBytes, crc32, kind, update } = parcel;
  const key = keyOf(world, { is: 'Checkpoint', attempt: world.config.attempt, kind, update });
  const source = await world.disk.openRead(path);
  const uploading = { parcel, sentBytes: 0 };
  ledger.uploading = uploading;
  const report = reportTransfer(world, { key, sizeBytes }, 'uploading');
  const onProgress = (sentBytes: number): void => {
    uploading.sentBytes = sentBytes;
    report(sentBytes);
  };
  const read = async (offset: number, into: Uint8Array): Promise<void> => {
    const filled = await source.read(offset, into);
    if (filled < into.byteLength) throw new Error(`${path} became shorter while it was sent`);
  };
  try {
    const metadata = describe(parcel, placed);
    await world.objects.upload({ key, sizeBytes, crc32, metadata, read, onProgress }, signal);
    world.log.info({ key, update }, 'checkpoint saved');
  } catch (cause) {
    await settle(world, { ledger, parcel, key }, cause);
  } finally {
    ledger.uploading = undefined;
    await source.close();
  }
}

function describe(
  { training, crc32, kind }: Parcel,
  placed: PlacedFile | undefined,
): Readonly<Record<string, string>> {
  const parent = placed?.placed?.attempt ?? undefined;
  return formatCheckpointMetadata({
    ...training,
    crc32,
    kind,
    parent: parent === undefined ? '' : formatAttemptId(parent),
  });
}

/** Passes a failed upload on, unless the key is taken: only this pod writes here, so it holds this update already. */
async function settle(
  world: AgentWorld,
  { ledger, parcel, key }: { readonly ledger: SyncLedger; readonly parcel: Parcel; readonly key: string },
  cause: unknown,
): Promise<void> {
  const code = cause instanceof ObjectStoreError ? cause.code : undefined;
  if (code === 'PreconditionFailed') {
    world.log.warn({ key }, 'the bucket has another object of this update, which is kept');
    return;
  }
  // What was read is not what was proven: the next try begins with a new snapshot and a new proof.
  ledger.proven = code === 'Corrupted' ? undefined : ledger.proven;
  if ((code === undefined || code === 'Corrupted') && parcel.isSnapshot) await dropHeld(world, ledger);
  throw cause;
}

/** Removes local Step files that need not stay. */
export async function freeSpace(world: AgentWorld, ledger: SyncLedger): Promise<void> {
  const { sent, freeBytes, trouble, vanished } = ledger;
  if (sent === undefined) return;
  const idle = stepsOf(ledger).filter(({ name }) => name !== ledger.underWay?.name);
  const { saved, dropped } = planFreeing(idle, {
    sent,
    freeBytes,
    checkpointBytes: ledger.checkpointBytes(),
    isStoreAway: trouble !== undefined,
    hasTwoOwners: vanished.length > 0,
  });
  for (const { name } of saved) await remove(world, ledger, name);
  if (dropped === undefined) return;
  const reason = 'the disk was nearly full while the store could not be reached';
  world.log.error({ file: dropped.name }, 'unsent checkpoint removed: disk nearly full, store away');
  ledger.dropped.push({ file: dropped.name, reason });
  await remove(world, ledger, dropped.name);
}

async function remove(world: AgentWorld, ledger: SyncLedger, name: string): Promise<void> {
  ledger.noteRemoved(name);
  await world.disk.remove(sharedPath(world, name));
  world.log.info({ file: name }, 'local file freed');
}
