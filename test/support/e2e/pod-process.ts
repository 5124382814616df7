// The processes of a pod as this machine sees them, to be ended as the kernel does it: without any warning, and by nobody of the cluster.
import { readdirSync, readFileSync } from 'node:fs';

interface PodProcess {
  readonly pid: number;
  readonly args: readonly string[];
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // it ended meanwhile
  }
}

function processesOf(podUid: string): readonly PodProcess[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids
    .filter((pid) => readProc(pid, 'cgroup').includes(`pod${podUid}`))
    .map((pid) => ({ pid: Number(pid), args: readProc(pid, 'cmdline').split('\0') }));
}

const holdsAll =
  (words: readonly string[]) =>
  ({ args }: PodProcess): boolean =>
    words.every((word) => args.some((arg) => arg.includes(word)));

/** The pid of the pod's process whose arguments hold all these words; undefined when there is none now. */
export function findPodProcess(podUid: string, words: readonly string[]): number | undefined {
  return processesOf(podUid).find(holdsAll(words))?.pid;
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

/** A signal to a process that must be there. @throws with what runs in the pod when it is not */
export function signalPodProcess(podUid: string, words: readonly string[], signal: NodeJS.Signals): void {
  const found = processesOf(podUid);
  const wanted = found.find(holdsAll(words));
  if (wanted === undefined) {
    const seen = found.map(({ pid, args }) => `${pid} ${args.join(' ').trim().slice(0, 120)}`);
    throw new Error(
      `pod ${podUid} has no process "${words.join(' ')}" for a ${signal}; it has ${seen.join('; ') || 'none at all'}`,
    );
  }
  process.kill(wanted.pid, signal);
}
