// One real node on this machine: cgroup, containerd and kubelet, offering GPUs that do not exist.
import type { ControlPlane } from '../control-plane/control-plane.ts';
import type { Image } from '../image/image-archive.ts';
import type { Server } from '../process/server.ts';
import { waitUntil } from '../progress/polling.ts';
import { makeCgroup } from './cgroup.ts';
import { importImage, makeContainerd } from './containerd.ts';
import { makeKubelet } from './kubelet.ts';
import type { NodePlan } from './node-plan.ts';
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

/** What is to become a node, and where. */
export interface NodeSite {
  readonly plan: NodePlan;
  readonly place: NodePlace;
}

/** A node that can run containers but is not part of a cluster yet. */
export interface PreparedNode extends NodeSite {
  readonly containerd: Server;
}

/** Makes the cgroup and starts containerd. Needs no control plane. */
export async function prepareNode(clusterDirectory: string, site: NodeSite): Promise<PreparedNode> {
  const { plan, place } = site;
  makeCgroup(place.cgroup);
  const containerd = makeContainerd(clusterDirectory, plan.name, place);
  await containerd.start();
  return { plan, place, containerd };
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
async function offerGpus(
  controlPlane: ControlPlane,
  { name, gpus }: Required<Pick<NodePlan, 'name' | 'gpus'>>,
): Promise<void> {
  const paths = ['capacity', 'allocatable'].map((field) => `/status/${field}/nvidia.com~1gpu`);
  const patch = JSON.stringify(paths.map((path) => ({ op: 'add', path, value: String(gpus) })));
  await controlPlane.kubectl.run('patch', 'node', name, '--subresource=status', '--type=json', '-p', patch);
}

/** Starts the kubelet of a prepared node and waits until the node is Ready and offers its GPUs. */
export async function joinNode(
  clusterDirectory: string,
  prepared: PreparedNode,
  cluster: { readonly controlPlane: ControlPlane; readonly kubelet: string },
): Promise<LocalNode> {
  const { plan, place, containerd } = prepared;
  const { name, gpus = 1 } = plan;
  const { controlPlane } = cluster;
  const kubelet = await makeKubelet({
    directory: clusterDirectory,
    plan,
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
  await offerGpus(controlPlane, { name, gpus });
  await wait(readiness);
  await wait((node) =>
    node.status?.allocatable?.[gpu] === String(gpus) ? undefined : 'kubelet does not offer the GPUs',
  );
  return {
    name,
    address: place.gateway,
    kubelet,
    containerd,
    importImage: (image) => importImage(place, image),
  };
}
