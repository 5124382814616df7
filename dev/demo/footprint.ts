// How much memory a process of this machine holds, by what it was started with.
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

/** Ids of the processes whose command line has all these words. */
export const processesWith = (...words: readonly string[]): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const given = readQuietly(`/proc/${pid}/cmdline`).split('\0');
      return words.every((word) => given.some((arg) => arg.endsWith(word)));
    })
    .map(Number);
