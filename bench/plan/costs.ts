// What work took: by the wall clock, and of the CPU by this process alone, since what other processes take does not count.
import { systemClock } from '../../src/ops/clock.ts';
import type { Clock } from '../../src/ports/clock.ts';

export interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
}

export function timed<T>(work: () => T): Cost & { readonly result: T } {
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  const result = work();
  const { user, system } = process.cpuUsage(cpu);
  return { result, wallMs: performance.now() - started, cpuMs: (user + system) / 1000 };
}

export const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;

export function describeCosts(costs: readonly Cost[]): string {
  const [wall, cpu] = [costs.map(({ wallMs }) => wallMs), costs.map(({ cpuMs }) => cpuMs)];
  return `wall median ${percentile(wall, 0.5).toFixed(0)} ms, best ${Math.min(...wall).toFixed(0)} ms; CPU median ${percentile(cpu, 0.5).toFixed(0)} ms, best ${Math.min(...cpu).toFixed(0)} ms`;
}

/** Notes how much CPU the thread takes between two sleeps: for so long nothing else of the process has its turn, on a core of its own. */
export class StretchClock implements Clock {
  readonly stretches: number[] = [];
  #since = 0;

  now(): number {
    return systemClock.now();
  }

  monotonic(): number {
    return systemClock.monotonic();
  }

  begin(): void {
    this.#since = threadMs();
  }

  end(): void {
    this.stretches.push(threadMs() - this.#since);
  }

  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    this.end();
    await systemClock.sleep(milliseconds, signal);
    this.begin();
  }
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
