// How long the agent waits for a store that does not answer: with growing pauses, never for ever, never in silence.
import { ObjectStoreError } from '../ports/objects.ts';
import type { AgentWorld } from './world.ts';

/** How long one step of restore is tried while the store is away. */
const patienceMilliseconds = 180_000;

const firstPauseMilliseconds = 1_000;
const longestPauseMilliseconds = 20_000;

/** The pause after the given number of failures in a row (1, 2, …), in milliseconds. */
export const pauseAfter = (failures: number, longest = longestPauseMilliseconds): number =>
  Math.min(longest, firstPauseMilliseconds * 2 ** Math.min(failures - 1, 20));

/** True for answers that another try may change by itself. */
export const isPassing = (cause: unknown): cause is ObjectStoreError =>
  cause instanceof ObjectStoreError && cause.code === 'Unavailable';

/** Runs `step`, again and again while the store is away; rejects with the store's last word once patience has ended. */
export async function patiently<T>(
  world: AgentWorld,
  step: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const { clock, log } = world;
  const started = clock.monotonic();
  for (let failures = 1; ; failures += 1) {
    try {
      return await step();
    } catch (cause) {
      const waited = clock.monotonic() - started;
      if (!isPassing(cause) || waited >= patienceMilliseconds) throw cause;
      const pause = pauseAfter(failures);
      log.warn({ cause: cause.message, waitedSeconds: waited / 1000 }, 'store unreachable, trying again');
      await clock.sleep(pause, signal);
    }
  }
}
