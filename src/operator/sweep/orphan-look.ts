// Reads what one run that is gone left, and judges it by the policies that select it. Deletes nothing.
import { type Checkpoint, highestAttempt, type RunInventory } from '../../domain/bucket/inventory.ts';
import { asPins, whyPinsStop } from '../../domain/retention/bucket-pins.ts';
import type { OrphanQuestion } from '../../domain/retention/orphans.ts';
import type { Ruling } from '../../domain/retention/plan.ts';
import type { Settings } from '../../domain/retention/settings.ts';
import { planOrphan } from '../../domain/retention/run-plan.ts';
import { listRun } from '../../observation/bucket-documents.ts';
import { readPins } from '../../observation/pin-documents.ts';
import { isHeld } from './capacity-taken.ts';
import type { DeletionWorld } from './deletion-world.ts';
import { governingLeft, type LeftGoverned } from './left-governing.ts';
import type { Left } from './left-place.ts';

export type OrphanLook =
  | {
      readonly kind: 'Judged';
      readonly inventory: RunInventory;
      readonly rulings: readonly Ruling<Checkpoint>[];
      readonly settings: Settings;
      readonly governed: Extract<LeftGoverned, { kind: 'Governed' }>;
      readonly highestAttempt: number;
      /** True when the policies' time for it is over, of what is there besides checkpoints too. */
      readonly isOver: boolean;
      /** True while what capacity takes was found by other policies than there are now: it does not go. */
      readonly isTakenHeld: boolean;
    }
  | { readonly kind: 'Stopped'; readonly why: string };

type Judged = Extract<OrphanLook, { kind: 'Judged' }>;

/** What lies there now, and what the policies say of it. @throws ObjectStoreError */
export async function lookAtOrphan(
  world: DeletionWorld,
  left: Left,
  signal: AbortSignal,
): Promise<OrphanLook> {
  const { place, open, prefix, found } = left;
  const governed = governingLeft(world, place.namespace, found.document);
  if (governed.kind === 'Unknown') return { kind: 'Stopped', why: governed.why };
  const { objects } = open;
  const inventory = await listRun(objects, prefix, signal);
  const pins = await readPins(objects, { prefix, keys: inventory.pins.map(({ key }) => key) }, signal);
  const newer = whyPinsStop(pins);
  if (newer !== undefined) return { kind: 'Stopped', why: newer };
  const { reading } = governed;
  const taken = world.capacityTaken.of(found.document.runUid, reading);
  const question = {
    ...questionOf(world, left),
    ...governed.selectable,
    attempts: inventory.attempts,
    pins: asPins(pins),
    evicted: evictedOf(inventory, new Set(taken?.keys)),
  };
  const rest = { policies: reading.understood, operator: world.operator };
  const highest = Math.max(highestAttempt(inventory), found.document.highestAttempt);
  const isTakenHeld = taken !== undefined && isHeld(taken, reading);
  return lookOf(planOrphan(question, rest), { inventory, governed, highestAttempt: highest, isTakenHeld });
}

function lookOf(
  { plan, settings, isOver }: ReturnType<typeof planOrphan<Checkpoint>>,
  seen: Pick<Judged, 'inventory' | 'governed' | 'highestAttempt' | 'isTakenHeld'>,
): OrphanLook {
  if (plan.kind === 'Stopped') return { kind: 'Stopped', why: plan.why };
  if (settings === undefined) return { kind: 'Stopped', why: 'its policies contradict each other' };
  return { ...seen, kind: 'Judged', rulings: plan.rulings, settings, isOver };
}

type Place = Omit<OrphanQuestion<Checkpoint>, 'labels' | 'namespaceLabels' | 'attempts' | 'pins' | 'evicted'>;

function questionOf({ looks, clock }: DeletionWorld, { place, open, prefix, found }: Left): Place {
  const { document } = found;
  const { namespace, run } = place;
  const seen = looks.of(place.store)?.leftBehind.get(`${namespace}/${run}`);
  const isSame = seen?.marker.runUid === document.runUid;
  return {
    name: { namespace, run },
    prefix,
    // That it is ours, or of a cluster that the store took over, was looked at before.
    marker: document,
    clusterUid: document.clusterUid,
    storeTime: open.objects.time(),
    now: clock.now(),
    goneSince: document.gone?.since,
    missedListings: isSame ? seen.missedListings : 0,
    retained: document.deletionPolicy !== 'Delete',
    // Looked at before the first delete, of the API server.
    hasPods: false,
  };
}

const evictedOf = ({ attempts }: RunInventory, taken: ReadonlySet<string>): readonly Checkpoint[] =>
  attempts.flatMap(({ checkpoints }) => checkpoints.filter(({ key }) => taken.has(key)));
