// Virtual time together with real sockets: time moves in small steps, and between two steps the sockets get a real turn.
import type { VirtualClock } from './virtual-clock.ts';

const step = 250;
const realTurn = 2;

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, realTurn));

/** Moves time until the condition holds; throws when it does not within `milliseconds` of virtual time. */
export async function passUntil(
  clock: VirtualClock,
  condition: () => boolean,
  milliseconds = 10_000,
): Promise<void> {
  const end = clock.monotonic() + milliseconds;
  while (!condition()) {
    if (clock.monotonic() >= end) throw new Error(`not within ${milliseconds} ms of virtual time`);
    await clock.advance(step);
    await turn();
  }
}

/** Moves time by so much. */
export async function pass(clock: VirtualClock, milliseconds: number): Promise<void> {
  const end = clock.monotonic() + milliseconds;
  await passUntil(clock, () => clock.monotonic() >= end, milliseconds);
}

/** Waits for the sockets alone: no time passes. The test's own time-out ends it. */
export async function ioUntil(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}
