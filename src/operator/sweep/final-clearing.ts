// The last of what a run left: everything of it that is there now but what pins hold, run.json last. Whoever calls has seen to it that nobody
// can need it, and that run.json says so.
import { type Covered, coveredBy } from '../../domain/bucket/deletion-intent.ts';
import { type Outcome, settled, stalled, waiting } from '../../domain/outcome.ts';
import { whyPinsStop } from '../../domain/retention/bucket-pins.ts';
import type { Seconds } from '../../domain/units.ts';
import { listRun } from '../../observation/bucket-documents.ts';
import { readPins } from '../../observation/pin-documents.ts';
import type { DeletionTarget } from '../../ports/objects.ts';
import { DocumentError } from '../../wire/document.ts';
import type { DeletionWorld } from './deletion-world.ts';
import { deleteForGood, listForDeletion } from './final-deletion.ts';
import { finish, type FoundMarker } from './run-json.ts';
import { formatStoreRun } from '../../domain/store/store-run.ts';
import type { Left } from './left-place.ts';

/** How soon a store that would not delete is asked again. */
const refusedSeconds: Seconds = 3600;

/** A place whose run.json asks for the deletion of what lies there. */
export interface Clearing extends Left {
  readonly found: FoundMarker;
}

/** Deletes it. Where a policy asked, checkpoints went before, each written down: one that is there all the same stops it. */
export async function clearAway(
  world: DeletionWorld,
  clearing: Clearing,
  signal: AbortSignal,
): Promise<Outcome> {
  const { open, prefix, found } = clearing;
  const covered = await cover(clearing, signal);
  const { objects, marker, pinned, left } = covered;
  // Listed after that: nothing that came since is among what goes.
  if (found.intent.byPolicy === true && !(await isRidOfCheckpoints(clearing, covered, signal)))
    return waiting(1);
  const where = { run: formatStoreRun(clearing.place) };
  const failures =
    (await deleteForGood(world, { open, targets: objects }, signal)) ??
    (await deleteForGood(world, { open, targets: marker }, signal));
  if (failures !== undefined) {
    world.log.warn(
      { ...where, ...failures },
      'the store does not delete what a deleted run left: lift the lock or hold on the objects, or allow the operator to delete',
    );
    return stalled(refusedSeconds);
  }
  if (pinned.length > 0) await finish(open.objects, { prefix, found }, signal);
  const kept = pinned.map(({ key }) => key.slice(prefix.length));
  const count = { deleted: objects.length, left: left.length, pinned: kept };
  const why = found.intent.byPolicy === true ? 'a policy' : 'its deletionPolicy';
  world.log.info({ ...where, ...count }, `deleted what a run left, as ${why} asked`);
  return settled();
}

async function isRidOfCheckpoints(
  { open, prefix }: Clearing,
  { pinned }: Covered<DeletionTarget>,
  signal: AbortSignal,
): Promise<boolean> {
  const held = new Set(pinned.map(({ key }) => key));
  const { attempts } = await listRun(open.objects, prefix, signal);
  return attempts.every(({ checkpoints }) => checkpoints.every(({ key }) => held.has(key)));
}

/** Sorts what lies there now, by the pins there are now. @throws DocumentError for a pin of a newer layout */
export async function cover(
  { open, prefix, found }: Clearing,
  signal: AbortSignal,
): Promise<Covered<DeletionTarget>> {
  const { objects } = open;
  const listing = await listForDeletion(open, prefix, signal);
  const pins = await readPins(objects, { prefix, keys: new Set(listing.map(({ key }) => key)) }, signal);
  const newer = whyPinsStop(pins);
  if (newer !== undefined) throw new DocumentError('NewerLayout', newer);
  const storeTime = objects.time();
  return coveredBy({ intent: found.intent, prefix, listing, pins, storeTime });
}
