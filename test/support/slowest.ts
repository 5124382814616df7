// The slowest of many executions, printed by the nightly run: a figure to look at, never asserted. In the thread's own CPU
// time, which a busy machine does not stretch.
import { afterAll } from 'vitest';
import { nightly } from './counts.ts';

function cpuMilliseconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Runs `work` and keeps the most time any run of this name took. Call once per test file and name. */
export function slowest(name: string): <T>(work: () => Promise<T>) => Promise<T> {
  let [longest, count] = [0, 0];
  afterAll(() => {
    if (nightly)
      console.log(`${name}: ${count} executions, the slowest took ${longest.toFixed(1)} ms of CPU`);
  });
  return async (work) => {
    const start = cpuMilliseconds();
    const result = await work();
    longest = Math.max(longest, cpuMilliseconds() - start);
    count += 1;
    return result;
  };
}
