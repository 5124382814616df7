// What a power cut does to a node: every process dies without a word, and what lives in memory (containerd's and runc's state, mounts)
// is gone. Its disk stays. Its kubelet and containerd must have been killed, and are started again by whoever asked for this.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeCgroup, removeCgroup } from './cgroup.ts';
import { removeShimSockets, unmountAll } from './node-removal.ts';
import { type NodePlace, placesOf, slotOf } from './slot.ts';

function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it ended meanwhile
  }
}

function killShims({ directory }: NodePlace): void {
  const shims = readdirSync('/proc').filter((name) => {
    const words = /^\d+$/.test(name) ? argumentsOf(name) : '';
    return words.includes('containerd-shim') && words.includes(`${directory}/`);
  });
  for (const pid of shims) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // it ended meanwhile
    }
  }
}

/** Cuts the power of a node of the cluster in `clusterDirectory`, and gives it back at once. */
export async function cutPower(clusterDirectory: string, node: string): Promise<void> {
  const slot = slotOf(clusterDirectory);
  const place = slot && placesOf(slot).find(({ cgroup }) => cgroup.endsWith(`-${node}`));
  if (place === undefined) throw new Error(`${clusterDirectory} has no node ${node} on this machine`);
  killShims(place);
  await removeCgroup(place.cgroup);
  removeShimSockets(place);
  await unmountAll(place.directory);
  for (const name of ['state', 'runc']) rmSync(join(place.directory, name), { recursive: true, force: true });
  makeCgroup(place.cgroup);
}
