// The nodes of a local cluster: prepared (networks, containerd, images) while the control plane starts, joined to it afterwards.
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { buildBundles } from '../image/bundles.ts';
import type { Image } from '../image/image-archive.ts';
import { agentImage, makeBaseImages, trainerImage, type BaseImages } from '../image/images.ts';
import { step, type Report } from '../progress/report.ts';
import { together } from '../progress/together.ts';
import { installMissing } from '../tools/packages.ts';
import { fillContainerdRoots } from './containerd-roots.ts';
import { importImage } from './containerd.ts';
import { makeBridge } from './host-network.ts';
import { joinNode, prepareNode, type LocalNode, type NodeSite, type PreparedNode } from './local-node.ts';
import type { NodePlan } from './node-plan.ts';
import { takePlace, takeSlot, type NodePlace } from './slot.ts';

/** Nodes that have a network but no programs yet. */
export interface NodeSites {
  /** the cluster's directory */
  readonly directory: string;
  /** an address that the host and the pods of every node reach; loopback when there are no nodes */
  readonly sharedAddress: string;
  readonly sites: readonly NodeSite[];
  /** where images are made ready for the nodes */
  readonly workshop: NodePlace | undefined;
}

/** Nodes whose containerds run. */
export interface PreparedNodes {
  readonly directory: string;
  readonly nodes: readonly PreparedNode[];
  readonly base: BaseImages | undefined;
}

const mostNodes = 3;

/** Installs what is missing, takes a place on this machine and makes the networks. */
export async function makeSites(
  directory: string,
  plans: readonly NodePlan[],
  report: Report,
): Promise<NodeSites> {
  if (plans.length === 0) return { directory, sharedAddress: '127.0.0.1', sites: [], workshop: undefined };
  if (plans.length > mostNodes) throw new Error(`a local cluster has at most ${mostNodes} nodes`);
  await installMissing(report);
  const slot = await takeSlot(directory);
  const sites = plans.map((plan, index) => ({ plan, place: takePlace(slot, index, plan.name) }));
  for (const { place } of sites) await makeBridge(place);
  const sharedAddress = sites[0]?.place.gateway ?? '127.0.0.1';
  return { directory, sharedAddress, sites, workshop: takePlace(slot, mostNodes, 'images') };
}

/** Starts the containerds, with the base images in them. */
export async function prepareNodes(place: NodeSites): Promise<PreparedNodes> {
  const { directory, sites, workshop } = place;
  if (workshop === undefined) return { directory, nodes: [], base: undefined };
  const base = await makeBaseImages();
  const request = { directory, images: [base.pause, base.node, base.python], workshop };
  await fillContainerdRoots(
    request,
    sites.map((site) => site.place),
  );
  return { directory, nodes: await together(sites.map((site) => prepareNode(directory, site))), base };
}

async function importImages(nodes: readonly PreparedNode[], images: readonly Image[]): Promise<void> {
  const present = new Set(images.flatMap(({ layers }) => layers.slice(0, 1).map(({ digest }) => digest)));
  await together(
    nodes.map(async ({ place }) => {
      for (const image of images) await importImage(place, image, present);
    }),
  );
}

/** Builds Reprise, makes the images of it and of the trainer, and gives them to every node. */
export async function provideImages({ directory, nodes, base }: PreparedNodes): Promise<void> {
  if (base === undefined) return;
  await buildBundles(directory);
  const images = await together([agentImage(base.node, directory), trainerImage(base.python)]);
  await importImages(
    nodes,
    images.filter((image) => image !== undefined),
  );
}

/** Starts the kubelets and waits until every node is Ready with a GPU. */
export async function joinNodes(
  { directory, nodes }: PreparedNodes,
  cluster: { readonly controlPlane: ControlPlane; readonly kubelet: string; readonly report: Report },
): Promise<readonly LocalNode[]> {
  return together(
    nodes.map((node) =>
      step(cluster.report, `${node.plan.name}: Ready, with GPUs`, () => joinNode(directory, node, cluster)),
    ),
  );
}
