// Which API server, and as whom: the kubeconfig of a person, or the service account of a pod, with every auth plugin of client-node.
import { KubeConfig } from '@kubernetes/client-node';
import { ClusterError } from '../ports/cluster.ts';

export interface KubeConfigSource {
  /** Absent: KUBECONFIG, ~/.kube/config, then the pod's service account. */
  readonly kubeconfigPath?: string | undefined;
  /** Absent: the current context. */
  readonly context?: string | undefined;
}

const nowhere = 'http://localhost:8080';

/** Reads the configuration; throws {@link ClusterError} (Invalid) that names the file or what to set. */
export function loadKubeConfig({ kubeconfigPath, context }: KubeConfigSource): KubeConfig {
  const config = new KubeConfig();
  const where = kubeconfigPath ?? 'the default kubeconfig';
  try {
    if (kubeconfigPath === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfigPath);
  } catch (cause) {
    throw new ClusterError('Invalid', `cannot read ${where}: ${String(cause)}`, { cause });
  }
  if (context !== undefined) config.setCurrentContext(context);
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    const current = JSON.stringify(config.getCurrentContext());
    throw new ClusterError('Invalid', `${where} has no cluster for its context ${current}`);
  }
  if (kubeconfigPath === undefined && cluster.server === nowhere) {
    const cure = 'pass a kubeconfig, set KUBECONFIG, or run inside a cluster';
    throw new ClusterError('Invalid', `no Kubernetes API server is configured: ${cure}`);
  }
  return config;
}
