// One real node on this machine: cgroup, containerd and kubelet, offering one GPU that does not exist.
import type { ControlPlane } from '../control-plane/control-plane.ts';
import type { Image } from '../image/image-archive.ts';
import type { Server } from '../process/server.ts';
import { waitUntil } from '../progress/polling.ts';
import { makeCgroup } from './cgroup.ts';
import { importImage, makeContainerd } from './containerd.ts';
import { makeKubelet } from './kubelet.ts';
import type { NodePlace } from './slot.ts';

/** A node; its servers can be stopped, started and signalled (SIGSTOP, SIGCONT) one by one. */
export interface LocalNode {
  readonly name: string;
  /** the host's address on the node's network */
  readonly address: string;
  readonly kubelet: Server;
  readonly containerd: Server;
  /** Makes an image available to pods of this node. */
  importImage(image: Image): Promise<void>;
}

/** A node that can run containers but is not part of a cluster yet. */
export interface PreparedNode {
  readonly name: string;
  readonly place: NodePlace;
  readonly containerd: Server;
}

/** Makes the cgroup and starts containerd. Needs no control plane. */
export async function prepareNode(
  clusterDirectory: string,
  node: { readonly name: string; readonly place: NodePlace },
): Promise<PreparedNode> {
  const { name, place } = node;
  makeCgroup(place.cgroup);
  const containerd = makeContainerd(clusterDirectory, name, place);
  await containerd.start();
  return { name, place, containerd };
}

interface NodeObject {
  readonly status?: {
    readonly allocatable?: Readonly<Record<string, string>>;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message: string;
    }[];
  };
}

const gpu = 'nvidia.com/gpu';

function readiness({ status }: NodeObject): string | undefined {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status === 'True') return undefined;
  return ready === undefined ? 'it is not registered' : ready.message;
}

// What a GPU device plugin would do. Kubelet would take the capacity over by itself, but only with its next report.
async function offerGpu(controlPlane: ControlPlane, name: string): Promise<void> {
  const paths = ['capacity', 'allocatable'].map((field) => `/status/${field}/nvidia.com~1gpu`);
  const patch = JSON.stringify(paths.map((path) => ({ op: 'add', path, value: '1' })));
  await controlPlane.kubectl.run('patch', 'node', name, '--subresource=status', '--type=json', '-p', patch);
}

/** Starts the kubelet of a prepared node and waits until the node is Ready and offers its GPU. */
export async function joinNode(
  clusterDirectory: string,
  prepared: PreparedNode,
  cluster: { readonly controlPlane: ControlPlane; readonly kubelet: string },
): Promise<LocalNode> {
  const { name, place, containerd } = prepared;
  const { controlPlane } = cluster;
  const kubelet = await makeKubelet({
    directory: clusterDirectory,
    node: name,
    place,
    binary: cluster.kubelet,
    controlPlane,
  });
  await kubelet.start();
  const wait = async (reason: (node: NodeObject) => string | undefined): Promise<void> =>
    waitUntil({
      otherwise: `node ${name} was not usable (log: ${kubelet.logFile})`,
      withinSeconds: 60,
      everyMillis: 200,
      check: async (signal) =>
        reason((await controlPlane.get(`/api/v1/nodes/${name}`, signal)) as NodeObject),
    });
  await wait((node) => (node.status === undefined ? 'it is not registered' : undefined));
  await offerGpu(controlPlane, name);
  await wait(readiness);
  await wait((node) =>
    node.status?.allocatable?.[gpu] === '1' ? undefined : 'kubelet does not offer the GPU',
  );
  return {
    name,
    address: place.gateway,
    kubelet,
    containerd,
    importImage: (image) => importImage(place, image),
  };
}
