// Passes over places where a run was. What its run.json wishes itself (deletionPolicy Delete) goes after the grace, when nobody can need it any
// more, only keys of this pass's complete listing, run.json last. What else a run left is judged by policies. What is in doubt stays.
import { type Outcome, settled, stalled, waiting } from '../../domain/outcome.ts';
import type { Seconds } from '../../domain/units.ts';
import { ObjectStoreError } from '../../ports/objects.ts';
import { whoNeedsIt } from './deletion-need.ts';
import type { DeletionWorld } from './deletion-world.ts';
import { type Clearing, clearAway, cover } from './final-clearing.ts';
import { type Left, readPlace } from './left-place.ts';
import { OrphanDeletion } from './orphan-deletion.ts';
import { begin } from './run-json.ts';
import { formatStoreRun, parseStoreRun } from '../../domain/store/store-run.ts';

/** How soon it is looked again whether somebody still needs it. */
const lookAgainSeconds: Seconds = 30;

/** How soon a store that cannot do it safely is looked at again. */
const refusedSeconds: Seconds = 3600;

/** A pass over one place: deletes what is left there, or says when to look again. A key is a {@link StoreRun}. */
export function makeRunDeletion(
  world: DeletionWorld,
): (key: string, signal: AbortSignal) => Promise<Outcome> {
  const orphans = new OrphanDeletion(world);
  const wishes = new Wishes(world);
  const told = new Map<string, string>();
  return async (key, signal) => {
    const left = await readPlace(world, parseStoreRun(key), signal);
    if (left === undefined || 'why' in left) {
      wishes.forget(key);
      orphans.forget(key);
      if (left !== undefined) tellOnce(world, told, { key, why: left.why });
      return settled();
    }
    told.delete(key);
    const clearing = wishOf(left);
    if (clearing === undefined) wishes.forget(key);
    else orphans.forget(key);
    try {
      return await (clearing === undefined ? orphans.pass(left, signal) : wishes.pass(clearing, signal));
    } catch (cause) {
      // Somebody wrote run.json meanwhile: read it again.
      if (cause instanceof ObjectStoreError && cause.code === 'PreconditionFailed') return waiting(1);
      throw cause;
    }
  };
}

function tellOnce(
  { log }: DeletionWorld,
  told: Map<string, string>,
  { key, why }: { readonly key: string; readonly why: string },
): void {
  if (told.get(key) === why) return;
  told.set(key, why);
  log.warn({ run: key, why }, 'nothing is deleted where a run was');
}

/** The place with the wish of the run itself; undefined when it has none, or whoever took the place over did not mean it. */
function wishOf({ found, ...left }: Left): Clearing | undefined {
  const { deletion: intent, runUid } = found.document;
  if (intent === undefined || intent.byPolicy === true || intent.runUid !== runUid) return undefined;
  return { ...left, found: { ...found, intent } };
}

/** The passes over places of runs with deletionPolicy Delete. */
class Wishes {
  readonly #world: DeletionWorld;
  /** When each wish was seen first, on the monotonic clock; a restart begins the grace again. */
  readonly #seen = new Map<string, { readonly uid: string; readonly at: number }>();

  constructor(world: DeletionWorld) {
    this.#world = world;
  }

  forget(key: string): void {
    this.#seen.delete(key);
  }

  async pass(clearing: Clearing, signal: AbortSignal): Promise<Outcome> {
    const key = formatStoreRun(clearing.place);
    if (await isLeftAsItIs(clearing, signal)) {
      this.forget(key);
      return settled();
    }
    const { clock, graceSeconds } = this.#world;
    const { runUid: uid } = clearing.found.intent;
    const now = clock.monotonic();
    const known = this.#seen.get(key);
    const at = known?.uid === uid ? known.at : now;
    this.#seen.set(key, { uid, at });
    const graceLeft = graceSeconds - (now - at) / 1000;
    return graceLeft > 0 ? waiting(graceLeft) : carryOut(this.#world, clearing, signal);
  }
}

/** True when all is gone but what pins still hold: the grace of what follows begins once they do not. */
async function isLeftAsItIs(clearing: Clearing, signal: AbortSignal): Promise<boolean> {
  if (clearing.found.intent.finished !== true) return false;
  const { objects, marker } = await cover(clearing, signal);
  return objects.length === 0 && marker.length === 0;
}

async function carryOut(world: DeletionWorld, clearing: Clearing, signal: AbortSignal): Promise<Outcome> {
  const { place, open, prefix, found } = clearing;
  const where = { run: formatStoreRun(place) };
  const { begun, finished, runUid: uid } = found.intent;
  const mayGoOn = !begun && found.document.phase !== 'Succeeded';
  const mayStart = !begun || finished === true;
  const need = await whoNeedsIt(world.cluster, { place, uid, mayGoOn, mayStart }, signal);
  if (need !== undefined) {
    world.log.info({ ...where, need }, 'the checkpoints of a deleted run stay for now');
    return waiting(lookAgainSeconds);
  }
  if (!open.capabilities.conditionalPut) {
    world.log.warn(where, withoutConditions);
    return stalled(refusedSeconds);
  }
  const asked = await begin(open.objects, { prefix, found }, signal);
  return clearAway(world, { ...clearing, found: asked }, signal);
}

const withoutConditions =
  'the store has no conditional writes, without which a new run could take over what goes: the checkpoints of a deleted run stay; delete them by hand';
