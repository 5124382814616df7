// The processes of a pod as this machine sees them, to be killed as the kernel kills: without any warning, and by nobody of the cluster.
import { readdirSync, readFileSync } from 'node:fs';

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // it ended meanwhile
  }
}

/** The pid of the pod's process whose arguments hold all these words; undefined when there is none now. */
export function findPodProcess(podUid: string, words: readonly string[]): number | undefined {
  const isWanted = (pid: string): boolean => {
    if (!readProc(pid, 'cgroup').includes(`pod${podUid}`)) return false;
    const args = readProc(pid, 'cmdline').split('\0');
    return words.every((word) => args.some((arg) => arg.includes(word)));
  };
  const found = readdirSync('/proc').find((name) => /^\d+$/.test(name) && isWanted(name));
  return found === undefined ? undefined : Number(found);
}

/** SIGKILL; false when there was no such process any more. */
export function killPodProcess(podUid: string, words: readonly string[]): boolean {
  const pid = findPodProcess(podUid, words);
  if (pid === undefined) return false;
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}
