// A whole local cluster as one object, for tests, the demo and `make cluster`: control plane and S3 server. What it starts it owns:
// nothing of it outlives stop(), nor, unless kept, this process.
import { findBinaries } from './binaries.ts';
import { makeOwnedDirectory, ownDirectory } from './cluster-directory.ts';
import { removeAbandoned, removeCluster } from './cluster-removal.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { guard, type Guard } from './guard.ts';
import { startObjectServer, type ObjectServer } from './object-server.ts';
import { silent, step, type Report } from './report.ts';

/** What a cluster is made of. */
export interface LocalClusterOptions {
  /** a new directory of its own below the temporary directory unless given; a given one must not exist or be empty */
  readonly directory?: string;
  /** namespaces whose prefixes the agents' S3 account may use; default `voice` */
  readonly agentNamespaces?: readonly string[];
  readonly report?: Report;
}

/** A running cluster. */
export interface LocalCluster {
  readonly directory: string;
  readonly controlPlane: ControlPlane;
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

async function assemble(
  directory: string,
  options: LocalClusterOptions,
  janitor: Guard,
): Promise<LocalCluster> {
  const report = options.report ?? silent;
  const binaries = await findBinaries(controlPlaneTools, report);
  const [controlPlane, objectServer] = await Promise.all([
    step(report, 'control plane', () => startControlPlane(directory, binaries)),
    step(report, 'S3 server', () =>
      startObjectServer({
        directory,
        binary: binaries.versitygw,
        address: '127.0.0.1',
        agentNamespaces: options.agentNamespaces ?? ['voice'],
      }),
    ),
  ]);
  return {
    directory,
    controlPlane,
    objectServer,
    keep: () => janitor.release(),
    async stop() {
      await removeCluster(directory);
      await janitor.release();
    },
  };
}

/** Starts a cluster. @throws what went wrong, after everything that had started is gone again */
export async function startLocalCluster(options: LocalClusterOptions = {}): Promise<LocalCluster> {
  await removeAbandoned(options.report ?? silent);
  const directory = claim(options.directory);
  const janitor = guard(directory);
  try {
    return await assemble(directory, options, janitor);
  } catch (thrown) {
    await removeCluster(directory);
    await janitor.release();
    throw thrown;
  }
}
