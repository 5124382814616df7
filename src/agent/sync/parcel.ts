// Makes a finished file ready to be sent: a private snapshot that the trainer cannot change any more, proven byte by byte.
// A file that changed meanwhile is left for later; one that is damaged is never sent.
import { type Look, isSameLook } from '../../domain/agent/sightings.ts';
import { DiskFullError } from '../../ports/disk.ts';
import { proveFile } from '../judgement.ts';
import { type AgentWorld, privatePath, sharedPath } from '../world.ts';
import type { Finished, Parcel, SyncLedger } from './ledger.ts';

/** The snapshot that waits to be sent, and its successor until it is proven. There are never more. */
const snapshotName = 'snapshot.part';
const draftName = 'snapshot-draft.part';

export interface Packing {
  readonly ledger: SyncLedger;
  readonly file: Finished;
  /** Nobody writes the file any more: it needs no snapshot. */
  readonly isOver: boolean;
}

/** The proven parcel; undefined when the file is not what it seemed, now or for good. A snapshot replaces the one held. */
export async function pack(
  world: AgentWorld,
  packing: Packing,
  signal: AbortSignal,
): Promise<Parcel | undefined> {
  const draft = privatePath(world, draftName);
  try {
    const parcel = provenOf(packing) ?? (await draw(world, packing, signal));
    if (parcel === undefined) return undefined;
    if (!parcel.isSnapshot) {
      packing.ledger.proven = { parcel, look: packing.file.look };
      return parcel;
    }
    await dropHeld(world, packing.ledger);
    const kept = { ...parcel, path: privatePath(world, snapshotName) };
    await world.disk.rename(draft, kept.path);
    packing.ledger.held = kept;
    return kept;
  } catch (cause) {
    signal.throwIfAborted();
    if (await isUnchanged(world, packing.file)) throw cause;
    return undefined;
  } finally {
    await world.disk.remove(draft);
  }
}

/** Once nobody writes the file any more, a proof of it holds as long as it looks the same. */
function provenOf({ ledger: { proven }, file, isOver }: Packing): Parcel | undefined {
  const isSame = isOver && proven?.parcel.name === file.name && proven.parcel.update === file.update;
  return isSame && isSameLook(proven.look, file.look) ? proven.parcel : undefined;
}

async function draw(
  world: AgentWorld,
  { ledger, file, isOver }: Packing,
  signal: AbortSignal,
): Promise<Parcel | undefined> {
  const isSnapshot = !isOver && (await takeSnapshot(world, ledger, file.name));
  if (!(await isUnchanged(world, file))) return undefined;
  const path = isSnapshot ? privatePath(world, draftName) : sharedPath(world, file.name);
  return prove(world, { ledger, file, path, isSnapshot }, signal);
}

/** Gives up the snapshot that is kept, and its space. */
export async function dropHeld(world: AgentWorld, ledger: SyncLedger): Promise<void> {
  ledger.held = undefined;
  await world.disk.remove(privatePath(world, snapshotName));
}

/** False when there is no room for a copy: then the file itself is sent, which its CRC32 guards against a change. */
async function takeSnapshot(world: AgentWorld, ledger: SyncLedger, name: string): Promise<boolean> {
  const from = sharedPath(world, name);
  const to = privatePath(world, draftName);
  for (const makeRoom of [() => dropHeld(world, ledger), undefined]) {
    try {
      await world.disk.snapshot(from, to);
      return true;
    } catch (cause) {
      if (!(cause instanceof DiskFullError)) throw cause;
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

interface Proving {
  readonly ledger: SyncLedger;
  readonly file: Finished;
  readonly path: string;
  readonly isSnapshot: boolean;
}

async function prove(
  world: AgentWorld,
  { ledger, file, path, isSnapshot }: Proving,
  signal: AbortSignal,
): Promise<Parcel | undefined> {
  const { name, kind, update, look } = file;
  const proof = await proveFile(world.disk, path, signal);
  if (proof.kind !== 'Resumable') {
    // The original may have changed since: then this says nothing about what lies there now.
    if (await isUnchanged(world, file)) ledger.judge(file, proof);
    world.log.warn({ file: name, cause: proof.reason }, 'file is damaged, not sent');
    return undefined;
  }
  if (proof.training.update !== update) return undefined;
  if (!proof.isVerified) {
    ledger.unverifiable.add(name);
    world.log.warn({ file: name }, 'checkpoint records no CRCs; only its structure was checked');
  }
  const { crc32, training } = proof;
  return { name, kind, update, path, isSnapshot, crc32, training, sizeBytes: look.sizeBytes };
}
