// Makes room on the scratch volume, and holds on to what must not get lost: Step files that the bucket has may go, unsent
// ones stay open so that their bytes survive a removal by somebody else.
import { isDiskShort, planFreeing, planLettingGo, type Space } from '../../domain/agent/scratch-space.ts';
import { isSent } from '../../domain/agent/outbox.ts';
import { isSameLook } from '../../domain/agent/sightings.ts';
import { type AgentWorld, sharedPath } from '../world.ts';
import type { Finished, Gripped, SyncLedger } from './ledger.ts';
import { discard, dropHeld } from './parcel.ts';

const droppedWords = 'unsent checkpoint removed: disk nearly full, store away';
const droppedReason = 'the disk was nearly full while the store could not be reached';

/** Removes local Step files that need not stay, and lets go of open ones that cannot. Never rejects. */
export async function freeSpace(world: AgentWorld, ledger: SyncLedger): Promise<void> {
  const { sent, freeBytes, trouble, vanished, unwritable } = ledger;
  if (sent === undefined) return;
  const space = {
    sent,
    freeBytes,
    checkpointBytes: ledger.checkpointBytes(),
    isStoreAway: trouble !== undefined,
    hasTwoOwners: vanished.length > 0,
  };
  if (await dropSpareSnapshot(world, ledger, space)) return;
  const isIdle = ({ name }: Finished): boolean => name !== ledger.underWay?.name;
  const orphan = planLettingGo(ledger.orphans().filter(isIdle), { ...space, newest: ledger.lastUpdateSeen });
  if (orphan !== undefined) {
    world.log.error({ file: orphan.name }, droppedWords);
    await letGo(ledger, orphan.name, droppedReason);
  }
  if (unwritable !== undefined) return;
  const steps = ledger.finished().filter((file) => file.kind === 'Step' && isIdle(file));
  const { saved, dropped } = planFreeing(steps, space);
  for (const { name } of saved) await remove(world, ledger, name);
  if (dropped === undefined) return;
  world.log.error({ file: dropped.name }, droppedWords);
  ledger.dropped.push({ file: dropped.name, reason: droppedReason });
  await remove(world, ledger, dropped.name);
}

/** A snapshot costs as much as the file it is of: the first thing to go while that file, or a newer one, still lies there. */
async function dropSpareSnapshot(world: AgentWorld, ledger: SyncLedger, space: Space): Promise<boolean> {
  const { held, underWay } = ledger;
  if (held === undefined || underWay !== undefined || !space.isStoreAway || !isDiskShort(space)) return false;
  if (!ledger.finished().some(({ update }) => update >= held.update)) return false;
  await dropHeld(world, ledger);
  return true;
}

async function remove(world: AgentWorld, ledger: SyncLedger, name: string): Promise<void> {
  ledger.noteRemoved(name);
  await discard(world, sharedPath(world, name));
  world.log.info({ file: name }, 'local file freed');
}

/** Closes a removed file: its bytes are gone then, which end.json and /status tell. */
export async function letGo(ledger: SyncLedger, name: string, reason: string): Promise<void> {
  ledger.dropped.push({ file: name, reason });
  const gripped = ledger.grip.get(name);
  ledger.grip.delete(name);
  await gripped?.file.close();
}

/** Opens every Step file that became finished and unsent, and closes those that need it no more. */
export async function renewGrip(world: AgentWorld, ledger: SyncLedger): Promise<void> {
  const steps = ledger.finished().filter((file) => file.kind === 'Step');
  const orphans = ledger.orphans();
  const isNeeded = (gripped: Gripped): boolean =>
    gripped.name === ledger.underWay?.name ||
    (!isSent(ledger.sent ?? [], gripped) &&
      [...steps, ...orphans].some(
        ({ name, look }) => name === gripped.name && isSameLook(look, gripped.look),
      ));
  for (const [name, gripped] of ledger.grip) {
    if (isNeeded(gripped)) continue;
    ledger.grip.delete(name);
    await gripped.file.close();
  }
  for (const step of steps)
    if (!ledger.grip.has(step.name) && !isSent(ledger.sent ?? [], step)) await grip(world, ledger, step);
}

async function grip(world: AgentWorld, ledger: SyncLedger, step: Finished): Promise<void> {
  const path = sharedPath(world, step.name);
  try {
    const file = await world.disk.openRead(path);
    const facts = await world.disk.stat(path);
    if (facts !== undefined && isSameLook(facts, step.look)) ledger.grip.set(step.name, { ...step, file });
    else await file.close();
  } catch {
    // Gone already, or no file that can be opened: the next look says which.
  }
}

/** Closes what is open. */
export async function releaseGrip(ledger: SyncLedger): Promise<void> {
  for (const { file } of ledger.grip.values()) await file.close();
  ledger.grip.clear();
}
