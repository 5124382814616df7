// The network of a local node: a bridge of the host whose address is the node's, so that pods reach servers of the host there and the
// host reaches the pods.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../process/command.ts';
import { removeIfEmpty } from './host-state.ts';
import type { NodePlace } from './slot.ts';

const hasLink = (name: string): boolean => existsSync(`/sys/class/net/${name}`);

/** Makes the bridge and gives it the node's address; nothing when it exists. */
export async function makeBridge({ bridge, gateway }: NodePlace): Promise<void> {
  if (hasLink(bridge)) return;
  await run('ip', ['link', 'add', bridge, 'type', 'bridge']);
  await run('ip', ['address', 'add', `${gateway}/24`, 'dev', bridge]);
  await run('ip', ['link', 'set', bridge, 'up']);
}

/** The CNI configuration of the node: pods on the bridge, addresses from the node's subnet. */
export function cniConfiguration({ bridge, subnet, directory }: NodePlace): object {
  return {
    cniVersion: '0.4.0',
    name: bridge,
    plugins: [
      {
        type: 'bridge',
        bridge,
        isGateway: true,
        ipam: {
          type: 'host-local',
          dataDir: join(directory, 'cni-data'),
          ranges: [[{ subnet }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
    ],
  };
}

// libcni caches results below a directory of the system, in files that carry the id of the pod's sandbox.
const cniResults = '/var/lib/cni/results';

function sandboxIds({ directory }: NodePlace): readonly string[] {
  const sandboxes = join(directory, 'containerd', 'io.containerd.grpc.v1.cri', 'sandboxes');
  return existsSync(sandboxes) ? readdirSync(sandboxes) : [];
}

function forgetResults(place: NodePlace): void {
  if (!existsSync(cniResults)) return;
  const ids = sandboxIds(place);
  const results = readdirSync(cniResults).filter((name) => ids.some((id) => name.includes(id)));
  for (const name of results) rmSync(join(cniResults, name));
  removeIfEmpty(cniResults);
  removeIfEmpty('/var/lib/cni');
}

/** Removes the bridge and what CNI remembers of its pods, which must be gone. */
export async function removeBridge(place: NodePlace): Promise<void> {
  if (hasLink(place.bridge)) await run('ip', ['link', 'delete', place.bridge]);
  forgetResults(place);
}
