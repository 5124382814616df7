// A whole local cluster as one object, for tests, the demo and `make cluster`: control plane, S3 server and, with root, real nodes. What
// it starts it owns: nothing of it outlives stop(), nor, unless kept, this process.
import { startObjectServer, type ObjectServer } from '../bucket/object-server.ts';
import { startControlPlane, type ControlPlane } from '../control-plane/control-plane.ts';
import type { LocalNode } from '../node/local-node.ts';
import type { NodePlan } from '../node/node-plan.ts';
import { joinNodes, makeSites, prepareNodes, provideImages } from '../node/local-nodes.ts';
import { silent, step, type Report } from '../progress/report.ts';
import { together } from '../progress/together.ts';
import { findBinaries } from '../tools/binaries.ts';
import type { Tool } from '../tools/versions.ts';
import { disownDirectory, makeOwnedDirectory, ownDirectory } from './cluster-directory.ts';
import { removeAbandoned, removeCluster } from './cluster-removal.ts';
import { guard, type Guard } from './guard.ts';

/** What a cluster is made of. */
export interface LocalClusterOptions {
  /** a new directory of its own below the temporary directory unless given; a given one must not hold a cluster */
  readonly directory?: string;
  /** its nodes (at most 3); none unless given, and then no root is needed */
  readonly nodes?: readonly NodePlan[];
  /** namespaces whose prefixes the agents' S3 account may use; default `voice` */
  readonly agentNamespaces?: readonly string[];
  readonly report?: Report;
}

/** A running cluster. */
export interface LocalCluster {
  readonly directory: string;
  readonly controlPlane: ControlPlane;
  readonly nodes: readonly LocalNode[];
  readonly objectServer: ObjectServer;
  /** Ends everything and deletes the directory. */
  stop(): Promise<void>;
  /** Lets the cluster live on when this process ends. */
  keep(): Promise<void>;
}

const controlPlaneTools = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubectl',
  'versitygw',
] as const;

function claim(directory: string | undefined): string {
  if (directory === undefined) return makeOwnedDirectory();
  ownDirectory(directory);
  return directory;
}

interface Setup {
  readonly directory: string;
  readonly options: LocalClusterOptions;
  readonly report: Report;
}

type Parts = Pick<LocalCluster, 'controlPlane' | 'nodes' | 'objectServer'>;

async function startParts({ directory, options, report }: Setup): Promise<Parts> {
  const plans = options.nodes ?? [];
  const needed: readonly Tool[] = plans.length > 0 ? [...controlPlaneTools, 'kubelet'] : controlPlaneTools;
  const binaries = await findBinaries(needed, report);
  const ofNodes = plans.length > 0 ? report : silent;
  const sites = await makeSites(directory, plans, report);
  const agentNamespaces = options.agentNamespaces ?? ['voice'];
  const server = { directory, binary: binaries.versitygw, address: sites.sharedAddress, agentNamespaces };
  const prepared = step(ofNodes, 'containerd', () => prepareNodes(sites));
  const planned = step(report, 'control plane', () => startControlPlane(directory, binaries));
  const joined = together([planned, prepared]).then(([controlPlane, nodes]) =>
    joinNodes(nodes, { controlPlane, kubelet: binaries.kubelet, report }),
  );
  const [controlPlane, nodes, objectServer] = await together([
    planned,
    joined,
    step(report, 'S3 server', () => startObjectServer(server)),
    step(ofNodes, 'images on the nodes', async () => provideImages(await prepared)),
  ]);
  return { controlPlane, nodes, objectServer };
}

async function dispose(directory: string, janitor: Guard): Promise<void> {
  await removeCluster(directory);
  await janitor.release();
}

/** Starts a cluster. @throws what went wrong, after everything that had started is gone again */
export async function startLocalCluster(options: LocalClusterOptions = {}): Promise<LocalCluster> {
  const report = options.report ?? silent;
  await removeAbandoned(report);
  const directory = claim(options.directory);
  const janitor = guard(directory);
  try {
    const parts = await startParts({ directory, options, report });
    return {
      directory,
      ...parts,
      async keep() {
        disownDirectory(directory);
        await janitor.release();
      },
      stop: () => dispose(directory, janitor),
    };
  } catch (thrown) {
    await dispose(directory, janitor);
    throw thrown;
  }
}
