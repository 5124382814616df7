// Makes a finished file ready to be sent: a private snapshot that the trainer cannot change any more, proven byte by byte.
// The proof of a snapshot counts whatever became of the file meanwhile; what is damaged is never sent.
import { isDiskShort } from '../../domain/agent/scratch-space.ts';
import { type Look, isSameLook } from '../../domain/agent/sightings.ts';
import { DiskFullError } from '../../ports/disk.ts';
import { proveFile, proveOpen } from '../judgement.ts';
import { type AgentWorld, privatePath, sharedPath } from '../world.ts';
import type { Finished, Gripped, Parcel, SyncLedger } from './ledger.ts';

/** The snapshot that waits to be sent, and its successor until it is proven. There are never more. */
export const snapshotName = 'snapshot.part';
export const draftName = 'snapshot-draft.part';

export interface Packing {
  readonly ledger: SyncLedger;
  readonly file: Finished | Gripped;
  /** Nobody writes the file any more: it needs no snapshot. */
  readonly isOver: boolean;
}

/** The proven parcel; undefined when the file is not what it seemed, now or for good. A snapshot replaces the one held. */
export async function pack(
  world: AgentWorld,
  packing: Packing,
  signal: AbortSignal,
): Promise<Parcel | undefined> {
  const { ledger, file } = packing;
  const draft = privatePath(world, draftName);
  try {
    const parcel = provenOf(packing) ?? (await draw(world, packing, signal));
    if (parcel === undefined) return undefined;
    if (!parcel.isSnapshot) {
      ledger.proven = { parcel, look: file.look };
      return parcel;
    }
    await dropHeld(world, ledger);
    const kept = { ...parcel, path: privatePath(world, snapshotName) };
    await world.disk.rename(draft, kept.path);
    ledger.held = kept;
    return kept;
  } catch (cause) {
    signal.throwIfAborted();
    if ('file' in file || (await isUnchanged(world, file))) throw cause;
    return undefined;
  } finally {
    await discard(world, draft);
  }
}

/** A proof of the file itself holds as long as it looks the same; the CRC32 of what is sent guards it to the end. */
function provenOf(packing: Packing): Parcel | undefined {
  const { ledger, file } = packing;
  const { proven } = ledger;
  if (needsSnapshot(packing) || proven?.parcel.name !== file.name || proven.parcel.update !== file.update)
    return undefined;
  return isSameLook(proven.look, file.look) ? proven.parcel : undefined;
}

/** A file that may still be written is copied first, unless the copy would take the room the trainer's next save needs. */
function needsSnapshot({ ledger, file, isOver }: Packing): boolean {
  if (isOver || 'file' in file) return false;
  const freeBytes = ledger.freeBytes - file.look.sizeBytes;
  return (
    ledger.trouble === undefined || !isDiskShort({ freeBytes, checkpointBytes: ledger.checkpointBytes() })
  );
}

async function draw(world: AgentWorld, packing: Packing, signal: AbortSignal): Promise<Parcel | undefined> {
  const { ledger, file } = packing;
  if ('file' in file) {
    const proof = await proveOpen(file.file, signal);
    return judgeProof(world, {
      ...packing,
      proof,
      path: '',
      isSnapshot: false,
      sizeBytes: file.look.sizeBytes,
    });
  }
  const isSnapshot = needsSnapshot(packing) && (await takeSnapshot(world, ledger, file.name));
  if (!isSnapshot && !(await isUnchanged(world, file))) return undefined;
  const path = isSnapshot ? privatePath(world, draftName) : sharedPath(world, file.name);
  const sizeBytes = (await world.disk.stat(path))?.sizeBytes ?? 0;
  const proof = await proveFile(world.disk, path, signal);
  return judgeProof(world, { ...packing, proof, path, isSnapshot, sizeBytes });
}

/** Gives up the snapshot that is kept, and its space. */
export async function dropHeld(world: AgentWorld, ledger: SyncLedger): Promise<void> {
  ledger.held = undefined;
  await discard(world, privatePath(world, snapshotName));
}

/** Removes a file of ours; one that stays is in nobody's way. */
export async function discard(world: AgentWorld, path: string): Promise<void> {
  try {
    await world.disk.remove(path);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    world.log.warn({ cause: message }, 'a file of ours cannot be removed');
  }
}

/** False when there is no room or no right to write a copy: then the file itself is sent, guarded by its CRC32. */
async function takeSnapshot(world: AgentWorld, ledger: SyncLedger, name: string): Promise<boolean> {
  const from = sharedPath(world, name);
  const to = privatePath(world, draftName);
  for (const makeRoom of [() => dropHeld(world, ledger), undefined]) {
    try {
      await world.disk.snapshot(from, to);
      return true;
    } catch (cause) {
      const isRefused = (await world.disk.unwritable(privatePath(world, ''))) !== undefined;
      if (!isRefused && !(cause instanceof DiskFullError)) throw cause;
      await makeRoom?.();
    }
  }
  world.log.warn({ file: name }, 'no room for a snapshot, sending the file itself');
  return false;
}

async function isUnchanged(world: AgentWorld, file: { name: string; look: Look }): Promise<boolean> {
  const now = await world.disk.stat(sharedPath(world, file.name));
  return now !== undefined && isSameLook(now, file.look);
}

interface Proven extends Packing {
  readonly proof: Awaited<ReturnType<typeof proveFile>>;
  readonly path: string;
  readonly isSnapshot: boolean;
  readonly sizeBytes: number;
}

async function judgeProof(world: AgentWorld, proven: Proven): Promise<Parcel | undefined> {
  const { ledger, file, proof, path, isSnapshot, sizeBytes } = proven;
  const { name, kind } = file;
  const isSame = 'file' in file || (await isUnchanged(world, file));
  if (proof.kind !== 'Resumable') {
    // A file that was written while it was copied is not damaged: it is no save yet.
    if (!isSame) return undefined;
    ledger.judge(file, proof);
    world.log.warn({ file: name, cause: proof.reason }, 'file is damaged, not sent');
    return undefined;
  }
  const { crc32, training, isVerified } = proof;
  const { update } = training;
  if (!(isSame || isProvenCopy(proven)) || (kind === 'Step' && update !== file.update)) return undefined;
  if (!isVerified) noteUnverifiable(world, ledger, name);
  const open = 'file' in file ? { file: file.file } : {};
  const packedAt = world.clock.monotonic();
  return { name, kind, update, path, isSnapshot, crc32, training, sizeBytes, packedAt, ...open };
}

/** A copy is what it was proven to be, whatever became of the file since. Without CRCs, only rest proves anything. */
const isProvenCopy = ({ proof, isSnapshot }: Proven): boolean =>
  isSnapshot && proof.kind === 'Resumable' && proof.isVerified;

function noteUnverifiable({ log }: AgentWorld, ledger: SyncLedger, name: string): void {
  ledger.unverifiable.add(name);
  log.warn({ file: name }, 'checkpoint records no CRCs; only its structure was checked');
}
