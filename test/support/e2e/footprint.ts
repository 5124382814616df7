// How much memory the operator and the agents of a pod hold, as the host's kernel sees their processes.
import { readdirSync, readFileSync } from 'node:fs';
import { podUidVariable } from '../../../src/wire/agent-environment.ts';

const readQuietly = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // the process has ended
  }
};

/** Peak resident memory in MB of a process of this machine. @throws when it is gone */
export function peakMegabytes(pid: number): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readQuietly(`/proc/${pid}/status`))?.[1];
  if (kilobytes === undefined) throw new Error(`process ${pid} is gone`);
  return Math.round(Number(kilobytes) / 1024);
}

/** The process of the sync agent of a pod. @throws when there is not exactly one */
export function syncProcess(podUid: string): number {
  const variable = `${podUidVariable}=${podUid}`;
  const found = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => readQuietly(`/proc/${pid}/environ`).split('\0').includes(variable))
    .filter((pid) => readQuietly(`/proc/${pid}/cmdline`).split('\0').includes('sync'));
  const [pid] = found;
  if (pid === undefined || found.length > 1)
    throw new Error(`${found.length} sync processes of pod ${podUid}`);
  return Number(pid);
}
