// Deletes what a run that is gone left behind, because its run.json says so (deletionPolicy Delete): after the grace, when nobody can
// need it any more, only keys of this pass's complete listing, run.json last. What is left of it in doubt stays.
import { labels } from '../../api/names.ts';
import { type Covered, coveredBy } from '../../domain/bucket/deletion-intent.ts';
import { formatRunPrefix } from '../../domain/bucket/keys.ts';
import { type Outcome, settled, stalled, waiting } from '../../domain/outcome.ts';
import { whyPinsStop } from '../../domain/retention/bucket-pins.ts';
import type { Seconds } from '../../domain/units.ts';
import { readPins } from '../../observation/pin-documents.ts';
import { dependentsOf } from '../../observation/source-reader.ts';
import { pods, runs } from '../../ports/kinds.ts';
import { type DeletionTarget, ObjectStoreError } from '../../ports/objects.ts';
import { DocumentError } from '../../wire/document.ts';
import type { OpenStore } from '../store/store-registry.ts';
import type { DeletionWorld } from './deletion-world.ts';
import { deleteForGood, listForDeletion } from './final-deletion.ts';
import { isOfCluster } from './marker-owner.ts';
import { begin, finish, type FoundMarker, readRunJson } from './run-json.ts';
import { formatStoreRun, parseStoreRun, type StoreRun } from './store-run.ts';

/** How soon it is looked again whether somebody still needs it. */
const lookAgainSeconds: Seconds = 30;

/** How soon a store that would not delete is asked again. */
const refusedSeconds: Seconds = 3600;

interface Deletion {
  readonly place: StoreRun;
  readonly open: OpenStore;
  /** With its trailing slash. */
  readonly prefix: string;
  readonly found: FoundMarker;
}

/** A pass over one place: deletes what is left there, or says when to look again. A key is a {@link StoreRun}. */
export function makeRunDeletion(
  world: DeletionWorld,
): (key: string, signal: AbortSignal) => Promise<Outcome> {
  /** When each wish was seen first, on the monotonic clock; a restart begins the grace again. */
  const seen = new Map<string, { readonly uid: string; readonly at: number }>();
  return async (key, signal) => {
    const deletion = await readDeletion(world, parseStoreRun(key), signal);
    if (deletion === undefined) {
      seen.delete(key);
      return settled();
    }
    if (await isLeftAsItIs(deletion, signal)) {
      seen.delete(key);
      return settled();
    }
    const { runUid: uid } = deletion.found.intent;
    const now = world.clock.monotonic();
    const known = seen.get(key);
    const at = known?.uid === uid ? known.at : now;
    seen.set(key, { uid, at });
    const graceLeft = world.graceSeconds - (now - at) / 1000;
    return graceLeft > 0 ? waiting(graceLeft) : carryOut(world, deletion, signal);
  };
}

/** What run.json asks for; undefined when it asks for nothing, is not ours, or is gone. */
async function readDeletion(
  { registry, clusterUid }: DeletionWorld,
  place: StoreRun,
  signal: AbortSignal,
): Promise<Deletion | undefined> {
  const open = registry.open(place.store);
  if (open === undefined) return undefined;
  const { store, objects } = open;
  const prefix = formatRunPrefix({ prefix: store.spec.s3.prefix, ...place });
  const found = await readRunJson(objects, prefix, signal);
  if (found === undefined || !isOfCluster(found.document, { clusterUid, store })) return undefined;
  // Whoever took the place over did not mean this.
  return found.intent.runUid === found.document.runUid ? { place, open, prefix, found } : undefined;
}

/** True when all is gone but what pins still hold: the grace of what follows begins once they do not. */
async function isLeftAsItIs(deletion: Deletion, signal: AbortSignal): Promise<boolean> {
  if (deletion.found.intent.finished !== true) return false;
  const { objects, marker } = await cover(deletion, signal);
  return objects.length === 0 && marker.length === 0;
}

async function carryOut(world: DeletionWorld, deletion: Deletion, signal: AbortSignal): Promise<Outcome> {
  const { place, open } = deletion;
  const where = { run: formatStoreRun(place) };
  const need = await whoNeedsIt(world, deletion, signal);
  if (need !== undefined) {
    world.log.info({ ...where, need }, 'the checkpoints of a deleted run stay for now');
    return waiting(lookAgainSeconds);
  }
  if (!open.capabilities.conditionalPut) {
    world.log.warn(
      where,
      'the store has no conditional writes, without which a new run could take over what goes: the checkpoints of a deleted run stay; delete them by hand',
    );
    return stalled(refusedSeconds);
  }
  try {
    return await deleteAll(world, deletion, signal);
  } catch (cause) {
    // Somebody wrote run.json meanwhile: read it again.
    if (cause instanceof ObjectStoreError && cause.code === 'PreconditionFailed') return waiting(1);
    throw cause;
  }
}

async function deleteAll(world: DeletionWorld, deletion: Deletion, signal: AbortSignal): Promise<Outcome> {
  const { place, open, prefix, found } = deletion;
  const where = { run: formatStoreRun(place) };
  const begun = await begin(open.objects, { prefix, found }, signal);
  const { objects, marker, pinned, left } = await cover({ ...deletion, found: begun }, signal);
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
  if (pinned.length > 0) await finish(open.objects, { prefix, found: begun }, signal);
  const kept = pinned.map(({ key }) => key.slice(prefix.length));
  const count = { deleted: objects.length, left: left.length, pinned: kept };
  world.log.info({ ...where, ...count }, 'deleted what a run left, as its deletionPolicy asked');
  return settled();
}

/** Sorts what lies there now, by the pins there are now. @throws DocumentError for a pin of a newer layout */
async function cover(
  { open, prefix, found }: Deletion,
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

/** Who may still need the checkpoints, in words. Asked of the API server, not of a cache. */
async function whoNeedsIt(
  { cluster }: DeletionWorld,
  { place, found }: Deletion,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { namespace, run: name } = place;
  const { runUid: uid, finished } = found.intent;
  const begun = found.intent.begun && finished !== true;
  const run = await cluster.get(runs, { namespace, name }, signal);
  if (run?.metadata.uid === uid) return 'the run is still there';
  // It would go on from them, and may be waiting for anything before it does.
  const mayGoOn = !found.intent.begun && found.document.phase !== 'Succeeded';
  if (run !== undefined && mayGoOn) return 'a new run of this name';
  const labelSelector = `${labels.runUid}=${uid}`;
  const [pod] = await cluster.list(pods, { namespace, labelSelector }, signal);
  if (pod !== undefined) return `pod ${pod.metadata.name}`;
  const others = await cluster.list(runs, { namespace }, signal);
  const [dependent] = begun ? [] : dependentsOf(others, { namespace, name, uid });
  return dependent === undefined ? undefined : `run ${dependent.run}, which is to start from them`;
}
