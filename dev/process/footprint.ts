// The processes of this machine by what they were started with, and how much memory one of them holds, as the kernel sees them.
import { readdirSync, readFileSync } from 'node:fs';

const readQuietly = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // the process has ended
  }
};

/** Peak resident memory in MB of the process with this id; undefined when it is gone. */
export function peakMemory(pid: number): number | undefined {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readQuietly(`/proc/${pid}/status`))?.[1];
  return kilobytes === undefined ? undefined : Math.round(Number(kilobytes) / 1024);
}

/** The kernel's unit of CPU time there, on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Seconds of CPU that the process with this id has taken so far, with a hundredth of error; 0 when it is gone. */
export function cpuSeconds(pid: number): number {
  // the name in parentheses may hold anything
  const fields = readQuietly(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / ticksPerSecond;
}

/** What a process was started with; empty once it has ended. */
export interface ProcessStart {
  readonly args: readonly string[];
  /** `NAME=value`, each. */
  readonly variables: readonly string[];
}

/** Ids of the processes that were started so. */
export const processesWhere = (wasStarted: (start: ProcessStart) => boolean): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) =>
      wasStarted({
        args: readQuietly(`/proc/${pid}/cmdline`).split('\0'),
        variables: readQuietly(`/proc/${pid}/environ`).split('\0'),
      }),
    )
    .map(Number);
