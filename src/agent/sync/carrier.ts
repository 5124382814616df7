// Takes one shipment to the bucket by the cheapest way there is: a copy inside the store, what is left of an upload that was
// cut off, or all of it. One at a time.
import { isSameShipment, isSent, type Shipment } from '../../domain/agent/outbox.ts';
import type { PlacedFile } from '../../wire/placed-file.ts';
import type { AgentWorld } from '../world.ts';
import { letGo } from './freeing.ts';
import type { Finished, Parcel, SyncLedger } from './ledger.ts';
import { dropHeld, pack } from './parcel.ts';
import { send } from './sending.ts';
import { copyTwin } from './twin.ts';
import { dropUploads, isSameContent, saveSyncNote } from './unfinished.ts';

export interface Carrying {
  readonly ledger: SyncLedger;
  readonly placed: PlacedFile | undefined;
  /** The trainer is dead. */
  readonly isOver: boolean;
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
  const started = world.clock.monotonic();
  if (await copyTwin(world, carrying, signal)) {
    await confirm(world, ledger, { ...file, packedAt: started });
    return true;
  }
  const parcel = await parcelOf(world, carrying, signal);
  if (parcel === undefined) return false;
  // A snapshot of a file that changes without rest may hold another update than the look before it.
  if (isSent(ledger.sent ?? [], parcel)) {
    await dropHeld(world, ledger);
    return false;
  }
  await dropUploads(world, { ledger, isOver: (upload) => isSuperseded(ledger, parcel, upload) }, signal);
  await send(world, { ...carrying, parcel }, signal);
  await confirm(world, ledger, parcel);
  return true;
}

async function parcelOf(
  world: AgentWorld,
  carrying: Carrying & { readonly file: Finished | Parcel },
  signal: AbortSignal,
): Promise<Parcel | undefined> {
  const { ledger, file } = carrying;
  if ('path' in file) return file;
  const kept = keptOf(ledger, file);
  if (kept !== undefined) return kept;
  const started = world.clock.monotonic();
  const parcel = await pack(world, { ...carrying, file }, signal);
  // A snapshot that came to nothing is tried again after a while that grows with what it cost the disk.
  const now = world.clock.monotonic();
  if (parcel === undefined) ledger.fruitless = { name: file.name, until: now + 500 + 2 * (now - started) };
  if (parcel === undefined && 'file' in file) await letGo(ledger, file.name, 'its bytes are damaged');
  return parcel;
}

const keptOf = ({ held }: SyncLedger, shipment: Shipment): Parcel | undefined =>
  held !== undefined && isSameShipment(held, shipment) ? held : undefined;

/** Nothing will go on with the upload: its file is gone, or it is of other bytes than what goes to its key now. */
const isSuperseded = (
  ledger: SyncLedger,
  parcel: Parcel,
  upload: SyncLedger['unfinished'][number],
): boolean =>
  isSameShipment(upload, parcel)
    ? !isSameContent(upload, parcel)
    : !ledger.candidates().some((candidate) => isSameShipment(upload, candidate));

type Confirmed = Shipment & Pick<Parcel, 'packedAt'>;

async function confirm(world: AgentWorld, ledger: SyncLedger, shipment: Confirmed): Promise<void> {
  ledger.confirm(shipment);
  if (shipment.kind === 'Last')
    ledger.lastDueAt = shipment.packedAt + world.config.environment.modelLastEverySeconds * 1000;
  if (keptOf(ledger, shipment) !== undefined) await dropHeld(world, ledger);
  await saveSyncNote(world, ledger);
}
