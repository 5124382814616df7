// Wires the sweep over whole stores: soon after a store becomes Available, and again from time to time.
import { settled, waiting } from '../../domain/outcome.ts';
import type { Seconds } from '../../domain/units.ts';
import type { LoopMetrics } from '../../ports/loop-metrics.ts';
import type { SweepMetrics } from '../../ports/sweep-metrics.ts';
import { Loop, type Reconcile } from '../engine/loop.ts';
import { SweepMemory, sweepStore } from './store-sweep.ts';
import type { SweepWorld } from './sweep-world.ts';

export interface SweepControllerSetup extends Omit<SweepWorld, 'metrics'> {
  readonly chance: () => number;
  readonly metrics?: LoopMetrics & SweepMetrics;
}

/** One store at a time: a sweep is no hurry, and its scan asks much of a server. */
const workers = 1;

/** A sweep that takes longer is given up, to begin anew. */
const longestSweepSeconds: Seconds = 6 * 3600;

export class SweepController {
  readonly #setup: SweepControllerSetup;
  readonly #loop: Loop;

  constructor(setup: SweepControllerSetup) {
    const passDeadlineSeconds = longestSweepSeconds;
    this.#setup = setup;
    this.#loop = new Loop({
      ...setup,
      name: 'sweep',
      workers,
      reconcile: makeSweepReconcile(setup),
      passDeadlineSeconds,
    });
  }

  /** Sweeps until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const stopListening = this.#setup.registry.onChange((name) => this.#loop.add(name));
    for (const name of this.#setup.registry.names()) this.#loop.add(name);
    await this.#loop.run(signal);
    stopListening();
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
