// One pass over one store: examine it, tell the registry, write its status if that says something new.
import { storeReasons, wordsOf } from '../../api/conditions.ts';
import { type CheckpointStore, parseStore } from '../../api/store.ts';
import { type Outcome, settled, stalled, waiting } from '../../domain/outcome.ts';
import { isSameStatus, reportStore } from '../../domain/store/report.ts';
import { isDefaultStore } from '../../observation/store-facts.ts';
import { stores } from '../../ports/kinds.ts';
import type { KubeObject } from '../../ports/kube-objects.ts';
import { backoffAfter } from '../engine/backoff.ts';
import type { Reconcile } from '../engine/loop.ts';
import { examine } from './examine.ts';
import type { Finding } from './finding.ts';
import { recheckSeconds, type StoreWorld } from './store-world.ts';

/** How soon a store that cannot be used is looked at again: runs wait for it. */
const troubleBackoff = { firstSeconds: 2, longestSeconds: recheckSeconds };

/** The reconcile function of stores; a key is the store's name. */
export function makeStoreReconcile(world: StoreWorld): Reconcile {
  /** How often in a row a store could not be used. */
  const troubles = new Map<string, number>();
  return async (name, signal) => {
    const object = world.stores.get(name);
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) {
      world.registry.forget(name);
      world.opened.forget(name);
      world.usages.delete(name);
      troubles.delete(name);
      return settled();
    }
    const parsed = parseStore(object);
    if ('problems' in parsed) return garbled(world, object, parsed.problems);
    const finding = await examine(world, parsed.ok, signal);
    note(world, parsed.ok, finding);
    await writeStatus(world, { store: parsed.ok, finding }, signal);
    const count = finding.kind === 'Usable' ? 0 : (troubles.get(name) ?? 0) + 1;
    troubles.set(name, count);
    return count === 0
      ? waiting(recheckSeconds)
      : stalled(backoffAfter(troubleBackoff, count, world.chance()));
  };
}

// Its spec was admitted by a newer or older schema than ours; it waits for a person or an upgrade.
function garbled(world: StoreWorld, object: KubeObject, problems: readonly string[]): Outcome {
  const { name } = object.metadata;
  world.log.error({ store: name, problems }, 'the store is not understood: apply it anew');
  const trouble = `this operator does not understand it (${problems.join('; ')})`;
  world.registry.note(name, { kind: 'Garbled', isDefault: isDefaultStore(object), trouble });
  return stalled();
}

function note({ registry, log }: StoreWorld, store: CheckpointStore, finding: Finding): void {
  const { name } = store.metadata;
  if (finding.kind === 'Usable') {
    const { objects, capabilities } = finding;
    const isNew = registry.note(name, { kind: 'Open', store, objects, capabilities });
    if (isNew) log.info({ store: name }, 'the store is available');
    return;
  }
  const { reason, detail } = finding;
  const { meaning } = storeReasons[reason];
  const trouble = wordsOf({ status: 'False', meaning }, detail).replace(/\.$/, '');
  const isNew = registry.note(name, { kind: 'Closed', store, trouble });
  if (isNew) log.warn({ store: name, reason, trouble }, 'the store is not available');
}

async function writeStatus(
  world: StoreWorld,
  { store, finding }: { readonly store: CheckpointStore; readonly finding: Finding },
  signal: AbortSignal,
): Promise<void> {
  const { name, uid, resourceVersion, generation } = store.metadata;
  const reason = finding.kind === 'Usable' ? 'Probed' : finding.reason;
  const detail = finding.kind === 'Usable' ? undefined : finding.detail;
  const { status, ...words } = storeReasons[reason];
  const lacks = finding.kind === 'Usable' && !finding.capabilities.conditionalPut ? [withoutConditions] : [];
  const next = reportStore({
    now: world.clock.now(),
    generation,
    previous: store.status,
    available: { status, reason, message: [wordsOf({ status, ...words }, detail), ...lacks].join(' ') },
    capabilities: finding.kind === 'Usable' ? finding.capabilities : undefined,
    usage: world.usages.get(name),
    pricePerGiBMonth: store.spec.pricePerGiBMonth,
    retention: world.operator,
  });
  if (isSameStatus(store.status, next)) return;
  await world.cluster.applyStatus(stores, { name: { name }, uid, resourceVersion, status: next }, signal);
}

const withoutConditions =
  'It has no conditional writes, without which a new run could take over what goes: what runs that are gone left stays, whatever deletionPolicy and policies say, and is to be deleted by hand.';
