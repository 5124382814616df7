// Wires the sweep over whole stores, soon after a store becomes Available and again from time to time, and the deletion of what deleted
// runs left, which sweeps find and the last pass over a run asks for.
import { settled, waiting } from '../../domain/outcome.ts';
import type { Seconds } from '../../domain/units.ts';
import type { LoopMetrics } from '../../ports/loop-metrics.ts';
import type { SweepMetrics } from '../../ports/sweep-metrics.ts';
import { Loop, type Reconcile } from '../engine/loop.ts';
import type { DeletionWorld } from './deletion-world.ts';
import { makeRunDeletion } from './run-deletion.ts';
import { formatStoreRun, type StoreRun } from '../../domain/store/store-run.ts';
import { SweepMemory, sweepStore } from './store-sweep.ts';
import type { SweepWorld } from './sweep-world.ts';

export interface SweepControllerSetup
  extends Omit<SweepWorld, 'metrics' | 'onDeletionAsked'>, Omit<DeletionWorld, 'metrics'> {
  readonly chance: () => number;
  readonly metrics?: LoopMetrics & SweepMetrics;
}

/** One store at a time: a sweep is no hurry, and its scan asks much of a server. */
const sweepWorkers = 1;

/** A sweep that takes longer is given up, to begin anew. */
const longestSweepSeconds: Seconds = 6 * 3600;

const deletionWorkers = 2;

export class SweepController {
  readonly #setup: SweepControllerSetup;
  readonly #sweeps: Loop;
  readonly #deletions: Loop;

  constructor(setup: SweepControllerSetup) {
    this.#setup = setup;
    const onDeletionAsked = (place: StoreRun): void => this.askDeletion(place);
    this.#sweeps = new Loop({
      ...setup,
      name: 'sweep',
      workers: sweepWorkers,
      reconcile: makeSweepReconcile({ ...setup, onDeletionAsked }),
      passDeadlineSeconds: longestSweepSeconds,
    });
    const reconcile = makeRunDeletion(setup);
    this.#deletions = new Loop({ ...setup, name: 'deletion', workers: deletionWorkers, reconcile });
  }

  /** Asks for a look at a place whose run.json asks for the deletion of what lies there. */
  askDeletion(place: StoreRun): void {
    this.#deletions.add(formatStoreRun(place));
  }

  /** Sweeps and deletes until a signal is aborted: see {@link Loop.run}. */
  async run(signal: AbortSignal, atOnce?: AbortSignal): Promise<void> {
    const { registry, runs, namespaces } = this.#setup;
    const either = AbortSignal.any([signal, ...(atOnce === undefined ? [] : [atOnce])]);
    // By the labels of a namespace policies select what a run left there.
    await Promise.all([runs, namespaces].map(async (cache) => cache.synced(either)));
    const stopListening = registry.onChange((name) => this.#sweeps.add(name));
    for (const name of registry.names()) this.#sweeps.add(name);
    await Promise.all([this.#sweeps.run(signal, atOnce), this.#deletions.run(signal, atOnce)]);
    stopListening();
    // Whoever leads next counts them.
    for (const name of registry.names()) this.#setup.metrics?.uncounted(name);
  }
}

/** A key is the store's name. */
function makeSweepReconcile(world: SweepWorld): Reconcile {
  const memories = new Map<string, { readonly uid: string; readonly memory: SweepMemory }>();
  /** On the monotonic clock: when a store is next to be swept. */
  const dueAt = new Map<string, number>();
  return async (name, signal) => {
    const open = world.registry.open(name);
    if (open === undefined) {
      world.metrics?.uncounted(name);
      return settled();
    }
    // A store that comes and goes is not swept each time.
    const early = ((dueAt.get(name) ?? 0) - world.clock.monotonic()) / 1000;
    const { uid } = open.store.metadata;
    const known = memories.get(name);
    if (known?.uid === uid && early > 0) return waiting(early);
    const memory = known?.uid === uid ? known.memory : new SweepMemory();
    memories.set(name, { uid, memory });
    await sweepStore(world, { open, memory }, signal);
    dueAt.set(name, world.clock.monotonic() + world.intervalSeconds * 1000);
    return waiting(world.intervalSeconds);
  };
}
