// One containerd of its own per local node: own root, state and socket, so that it shares nothing with one that the machine may run.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { imageArchive, type Image } from '../image/image-archive.ts';
import { imageNames } from '../image/images.ts';
import { run } from '../process/command.ts';
import { makeServer, type Server } from '../process/server.ts';
import { cniConfiguration } from './host-network.ts';
import type { NodePlace } from './slot.ts';
import { snapshotter } from './snapshotter.ts';

const socketOf = (place: NodePlace): string => join(place.directory, 'containerd.sock');

/** The socket as CRI clients want it. */
export const runtimeEndpoint = (place: NodePlace): string => `unix://${socketOf(place)}`;

/** Where a node's containerd keeps content and snapshots. */
export const containerdRoot = (place: NodePlace): string => join(place.directory, 'containerd');

const toml = (value: string | boolean): string => JSON.stringify(value);

function configuration(place: NodePlace): string {
  const at = (name: string): string => toml(join(place.directory, name));
  return `version = 2
root = ${toml(containerdRoot(place))}
state = ${at('state')}
oom_score = 0
[grpc]
  address = ${toml(socketOf(place))}
[plugins."io.containerd.internal.v1.opt"]
  path = ${at('opt')}
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${toml(imageNames.pause)}
  # without CAP_SYS_RESOURCE every sandbox would fail
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = ${toml(snapshotter(place.directory))}
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
        Root = ${at('runc')}
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = ${at('cni')}
`;
}

/** Writes the configuration of a node's containerd and returns its handle; starts nothing. */
export function makeContainerd(clusterDirectory: string, node: string, place: NodePlace): Server {
  mkdirSync(join(place.directory, 'cni'), { recursive: true });
  const config = join(place.directory, 'containerd.toml');
  writeFileSync(config, configuration(place));
  writeFileSync(join(place.directory, 'cni', '10-bridge.conflist'), JSON.stringify(cniConfiguration(place)));
  return makeServer({
    name: `${node}-containerd`,
    command: 'containerd',
    args: ['--config', config],
    directory: clusterDirectory,
    async ready() {
      await run('ctr', ['--address', socketOf(place), 'version'], { timeoutSeconds: 5 });
      return undefined;
    },
  });
}

async function importArchive(place: NodePlace, archive: AsyncIterable<Buffer>): Promise<void> {
  const args = ['--address', socketOf(place), '-n', 'k8s.io', 'images', 'import'];
  const child = spawn('ctr', [...args, '--snapshotter', snapshotter(place.directory), '-'], {
    stdio: 'pipe',
    timeout: 300_000,
  });
  const { promise: ended, resolve, reject } = Promise.withResolvers<number | null>();
  let output = '';
  child.stdout.resume();
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.once('error', reject);
  child.once('close', resolve);
  const sent = pipeline(archive, child.stdin).catch(() => undefined); // the status below says more
  const code = await ended;
  await sent;
  if (code !== 0) throw new Error(`ctr images import failed (${code}): ${output.trim()}`);
}

/**
 * Makes `image` available to the pods of the node. Layers in `present` are not sent, because the node should have them.
 * @throws with ctr's message
 */
export async function importImage(
  place: NodePlace,
  image: Image,
  present: ReadonlySet<string> = new Set(),
): Promise<void> {
  if (present.size > 0) {
    try {
      await importArchive(place, imageArchive(image, present));
      return;
    } catch {
      // not every version of ctr takes an archive that leaves out what is there
    }
  }
  await importArchive(place, imageArchive(image));
}
