// Sends one parcel to its immutable key, going on with what the store already has of it.
import { paceOf } from '../../domain/agent/pace.ts';
import { formatAttemptId } from '../../domain/bucket/keys.ts';
import type { Bytes } from '../../domain/units.ts';
import type { ReadableFile } from '../../ports/disk.ts';
import { ObjectStoreError, type Resumption } from '../../ports/objects.ts';
import { formatCheckpointMetadata } from '../../wire/checkpoint-metadata.ts';
import type { PlacedFile } from '../../wire/placed-file.ts';
import { reportTransfer } from '../transfer-report.ts';
import { type AgentWorld, keyOf } from '../world.ts';
import type { Parcel, SyncLedger } from './ledger.ts';
import { dropHeld } from './parcel.ts';
import { isSameContent, saveSyncNote } from './unfinished.ts';

export interface Sending {
  readonly ledger: SyncLedger;
  readonly placed: PlacedFile | undefined;
  readonly parcel: Parcel;
}

/** Resolves once the bucket has it; rejects with the store's error. */
export async function send(world: AgentWorld, sending: Sending, signal: AbortSignal): Promise<void> {
  const { ledger, parcel } = sending;
  const { path, file, kind, update } = parcel;
  const key = keyOf(world, { is: 'Checkpoint', attempt: world.config.attempt, kind, update });
  let source = file;
  try {
    source ??= await world.disk.openRead(path);
    await upload(world, { ...sending, key, source }, signal);
    world.log.info({ key, update }, 'checkpoint saved');
  } catch (cause) {
    signal.throwIfAborted();
    await settle(world, { ledger, parcel, key }, cause);
  } finally {
    ledger.uploading = undefined;
    if (source !== file) await source?.close();
  }
  ledger.forgetUpload(parcel);
}

async function upload(
  world: AgentWorld,
  sending: Sending & { readonly key: string; readonly source: ReadableFile },
  signal: AbortSignal,
): Promise<void> {
  const { ledger, parcel, key, source } = sending;
  const { sizeBytes, crc32, name } = parcel;
  const pace = paceFor(world, ledger, sizeBytes);
  const uploading = { parcel, pace, sentBytes: 0 };
  ledger.uploading = uploading;
  const report = reportTransfer(world, { key, sizeBytes }, 'uploading');
  const onProgress = (sentBytes: number): void => {
    uploading.sentBytes = sentBytes;
    report(sentBytes);
  };
  const read = async (offset: number, into: Uint8Array): Promise<void> => {
    const filled = await source.read(offset, into);
    if (filled < into.byteLength) throw new Error(`${name} became shorter while it was sent`);
  };
  const metadata = describe(world, sending);
  const resumption = resumptionOf(world, ledger, parcel);
  const limit = pace === undefined ? {} : { maxBytesPerSecond: pace };
  await world.objects.upload(
    { key, sizeBytes, crc32, metadata, read, onProgress, resumption, ...limit },
    signal,
  );
}

/** How fast `bytes` may be sent now; undefined = as fast as it goes. */
export const paceFor = (
  { clock, config }: AgentWorld,
  { sendUntil }: SyncLedger,
  bytes: Bytes,
): number | undefined =>
  paceOf({
    limit: config.environment.maxBytesPerSecond,
    bytes,
    secondsLeft: (sendUntil - clock.monotonic()) / 1000,
  });

function resumptionOf(world: AgentWorld, ledger: SyncLedger, parcel: Parcel): Resumption {
  const { kind, update, sizeBytes, crc32 } = parcel;
  const onOpened = async (uploadId: string): Promise<void> => {
    ledger.noteUpload({ kind, update, sizeBytes, crc32, uploadId });
    await saveSyncNote(world, ledger);
  };
  const known = ledger.unfinished.find((unfinished) => isSameContent(unfinished, parcel));
  return { uploadId: known?.uploadId, onOpened };
}

function describe({ config }: AgentWorld, { placed, parcel }: Sending): Readonly<Record<string, string>> {
  const { training, crc32, kind } = parcel;
  const parent = placed?.placed?.attempt ?? undefined;
  return formatCheckpointMetadata({
    ...training,
    crc32,
    kind,
    attempt: formatAttemptId(config.attempt),
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
