// The process of a pod's sync agent, and its memory, as the host's kernel sees them.
import { peakMemory, processesWhere } from '../../../dev/process/footprint.ts';
import { podUidVariable } from '../../../src/wire/agent-environment.ts';

/** Peak resident memory in MB of a process of this machine. @throws when it is gone */
export function peakMegabytes(pid: number): number {
  const peak = peakMemory(pid);
  if (peak === undefined) throw new Error(`process ${pid} is gone`);
  return peak;
}

/** The process of the sync agent of a pod. @throws when there is not exactly one */
export function syncProcess(podUid: string): number {
  const found = processesWhere(
    ({ args, variables }) => args.includes('sync') && variables.includes(`${podUidVariable}=${podUid}`),
  );
  const [pid] = found;
  if (pid === undefined || found.length > 1)
    throw new Error(`${found.length} sync processes of pod ${podUid}`);
  return pid;
}
