// Removes the nodes of a slot from the machine: containers, mounts, networks, cgroups, files. Their kubelets and containerds must have
// been ended; what they left is found here, in whatever state it is. Idempotent.
import { existsSync, lstatSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../process/command.ts';
import { removeCgroup } from './cgroup.ts';
import { removeBridge } from './host-network.ts';
import { removeIfEmpty } from './host-state.ts';
import { placesOf, type NodePlace, type Slot } from './slot.ts';

/** Mount points below `directory`, the innermost first. */
function mountsBelow(directory: string): readonly string[] {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) =>
      (line.split(' ')[4] ?? '').replaceAll(/\\([0-7]{3})/g, (_, code: string) =>
        String.fromCharCode(parseInt(code, 8)),
      ),
    );
  return points.filter((point) => point.startsWith(`${directory}/`)).toReversed();
}

/** Unmounts everything below a directory. */
export async function unmountAll(directory: string): Promise<void> {
  const points = mountsBelow(directory);
  // Lazily: a container that was just killed may hold its root for a moment.
  if (points.length > 0) await run('umount', ['-l', ...points]);
}

/** A killed shim leaves its socket in /run/containerd/s; its bundle says which. */
export function removeShimSockets(place: NodePlace): void {
  const bundles = join(place.directory, 'state', 'io.containerd.runtime.v2.task', 'k8s.io');
  if (!existsSync(bundles)) return;
  for (const name of readdirSync(bundles)) {
    const address = join(bundles, name, 'address');
    if (existsSync(address)) rmSync(readFileSync(address, 'utf8').replace('unix://', ''), { force: true });
  }
}

// kubelet links every container's log there, for log collectors.
const logLinks = '/var/log/containers';

function removeLogLinks({ directory }: NodePlace): void {
  if (!existsSync(logLinks)) return;
  for (const name of readdirSync(logLinks)) {
    const link = join(logLinks, name);
    if (lstatSync(link).isSymbolicLink() && readlinkSync(link).startsWith(`${directory}/`)) rmSync(link);
  }
  removeIfEmpty(logLinks);
}

async function removeNode(place: NodePlace): Promise<void> {
  await removeCgroup(place.cgroup);
  removeShimSockets(place);
  await unmountAll(place.directory);
  await removeBridge(place);
  removeLogLinks(place);
  rmSync(place.directory, { recursive: true, force: true });
}

/** Removes all nodes of `slot`. */
export async function removeNodes(slot: Slot): Promise<void> {
  for (const place of placesOf(slot)) await removeNode(place);
}
