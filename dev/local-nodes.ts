// The nodes of a local cluster: prepared (networks, containerd, images) while the control plane starts, joined to it afterwards.
import { buildBundles } from './bundles.ts';
import type { ControlPlane } from './control-plane.ts';
import { makeBridge } from './host-network.ts';
import { importImage } from './containerd.ts';
import type { Image } from './image-archive.ts';
import { agentImage, pauseImage, trainerImage } from './images.ts';
import { joinNode, prepareNode, type LocalNode, type PreparedNode } from './local-node.ts';
import { installMissing } from './packages.ts';
import { step, type Report } from './report.ts';
import { takePlace, takeSlot, type NodePlace } from './slot.ts';
import { together } from './together.ts';

/** Nodes that have a network but no programs yet. */
export interface NodeSites {
  /** an address that the host and the pods of every node reach; loopback when there are no nodes */
  readonly sharedAddress: string;
  readonly sites: readonly { readonly name: string; readonly place: NodePlace }[];
}

/** Installs what is missing, takes a place on this machine and makes the networks. */
export async function makeSites(
  clusterDirectory: string,
  names: readonly string[],
  report: Report,
): Promise<NodeSites> {
  if (names.length === 0) return { sharedAddress: '127.0.0.1', sites: [] };
  await installMissing(report);
  const slot = await takeSlot(clusterDirectory);
  const sites = names.map((name, index) => ({ name, place: takePlace(slot, index, name) }));
  for (const { place } of sites) await makeBridge(place);
  return { sharedAddress: sites[0]?.place.gateway ?? '127.0.0.1', sites };
}

/** Starts the containerds. */
export async function prepareNodes(
  clusterDirectory: string,
  { sites }: NodeSites,
): Promise<readonly PreparedNode[]> {
  return together(sites.map((site) => prepareNode(clusterDirectory, site)));
}

async function buildImages(clusterDirectory: string): Promise<readonly Image[]> {
  await buildBundles(clusterDirectory);
  const images = await together([pauseImage(), agentImage(clusterDirectory), trainerImage()]);
  return images.filter((image) => image !== undefined);
}

/** Builds Reprise, makes the images and gives them to every node. */
export async function provideImages(
  clusterDirectory: string,
  prepared: readonly PreparedNode[],
  report: Report,
): Promise<void> {
  if (prepared.length === 0) return;
  await step(report, 'images on the nodes', async () => {
    const images = await buildImages(clusterDirectory);
    await together(prepared.map(({ place }) => importImages(place, images)));
  });
}

async function importImages(place: NodePlace, images: readonly Image[]): Promise<void> {
  for (const image of images) await importImage(place, image);
}

/** Starts the kubelets and waits until every node is Ready with a GPU. */
export async function joinNodes(
  clusterDirectory: string,
  prepared: readonly PreparedNode[],
  cluster: { readonly controlPlane: ControlPlane; readonly kubelet: string; readonly report: Report },
): Promise<readonly LocalNode[]> {
  return together(
    prepared.map((node) =>
      step(cluster.report, `${node.name}: Ready, with a GPU`, () =>
        joinNode(clusterDirectory, node, cluster),
      ),
    ),
  );
}
