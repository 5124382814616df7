// The slowest of many executions, printed by the nightly run: a figure to look at, never asserted.
import { afterAll } from 'vitest';
import { nightly } from './counts.ts';

/** Runs `work` and keeps the longest time any run of this name took. Call once per test file and name. */
export function slowest(name: string): <T>(work: () => Promise<T>) => Promise<T> {
  let [longest, count] = [0, 0];
  afterAll(() => {
    if (nightly) console.log(`${name}: ${count} executions, the slowest took ${longest.toFixed(1)} ms`);
  });
  return async (work) => {
    const start = performance.now();
    const result = await work();
    longest = Math.max(longest, performance.now() - start);
    count += 1;
    return result;
  };
}
