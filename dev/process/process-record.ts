// Remembers a process in a file so that another process can stop it later, and only it: a pid alone may have been given to somebody else.
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** One process of this boot of this machine. */
export interface ProcessRecord {
  readonly pid: number;
  /** clock ticks since boot, field 22 of /proc/PID/stat */
  readonly startTime: string;
  readonly boot: string;
}

const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

// The second field is the command in parentheses and may hold anything, so fields are counted from the last ')'.
interface Stat {
  readonly state: string;
  readonly threads: number;
  readonly startTime: string;
}

function readStat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', threads: Number(fields[17]), startTime: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

/** The record of a running process; undefined when there is none of this pid. */
export function recordProcess(pid: number): ProcessRecord | undefined {
  const stat = readStat(pid);
  return stat === undefined ? undefined : { pid, startTime: stat.startTime, boot: bootId() };
}

/** A record read from a file; undefined for anything that is not one. */
export function parseProcessRecord(text: string): ProcessRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { pid, startTime, boot } = value as Record<string, unknown>;
    const valid = typeof pid === 'number' && typeof startTime === 'string' && typeof boot === 'string';
    return valid ? { pid, startTime, boot } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether exactly this process still runs. A zombie does not, unless other threads of it do: those of a process that was just killed hold
 * its ports for a moment longer than the first.
 */
export function isAlive(record: ProcessRecord): boolean {
  const stat = readStat(record.pid);
  if (stat === undefined || stat.state === 'X' || (stat.state === 'Z' && stat.threads <= 1)) return false;
  return stat.startTime === record.startTime && record.boot === bootId();
}

/** Sends a signal to exactly this process; false when it no longer runs. */
export function signalProcess(record: ProcessRecord, signal: NodeJS.Signals): boolean {
  if (!isAlive(record)) return false;
  try {
    return process.kill(record.pid, signal);
  } catch {
    return false;
  }
}

async function endsWithin(record: ProcessRecord, seconds: number): Promise<boolean> {
  const deadline = Date.now() + seconds * 1000;
  while (isAlive(record)) {
    if (Date.now() > deadline) return false;
    await delay(10);
  }
  return true;
}

/**
 * SIGTERM, then SIGKILL after `graceSeconds` (0: SIGKILL at once); resolves when it has ended.
 * @throws when even SIGKILL does not end it
 */
export async function endProcess(record: ProcessRecord, graceSeconds: number): Promise<void> {
  if (graceSeconds > 0) {
    signalProcess(record, 'SIGTERM');
    signalProcess(record, 'SIGCONT'); // a stopped process would not see the SIGTERM
    if (await endsWithin(record, graceSeconds)) return;
  }
  signalProcess(record, 'SIGKILL');
  if (!(await endsWithin(record, 10))) throw new Error(`process ${record.pid} survived SIGKILL for 10 s`);
}
