// Every server of a cluster carries the cluster's directory in its environment, and what it starts (containerd's shims) inherits it.
// So whatever is left of a cluster can be found and ended without guessing from names.
import { readdirSync, readFileSync } from 'node:fs';
import { endProcess, recordProcess } from './process-record.ts';

const variable = 'REPRISE_LOCAL_CLUSTER';

/** The environment that marks a process as belonging to the cluster in `directory`. */
export const markOf = (directory: string): Readonly<Record<string, string>> => ({ [variable]: directory });

function isMarked(pid: number, directory: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${variable}=${directory}`);
  } catch {
    return false; // ended meanwhile, or another user's
  }
}

/** The pids of all running processes that belong to the cluster in `directory`. */
export function markedProcesses(directory: string): readonly number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => pid !== process.pid && isMarked(pid, directory));
}

/** SIGKILL to all of them; resolves when they have ended. */
export async function endMarkedProcesses(directory: string): Promise<void> {
  const records = markedProcesses(directory).flatMap((pid) => recordProcess(pid) ?? []);
  await Promise.all(records.map((record) => endProcess(record, 0)));
}
