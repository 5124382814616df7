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
    throw new ClusterError('Invalid', `cannot read ${where}: ${wordsOf(cause)}`, { cause });
  }
  if (context !== undefined) config.setCurrentContext(context);
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new ClusterError('Invalid', noCluster(where, config));
  }
  if (kubeconfigPath === undefined && cluster.server === nowhere) {
    const cure = 'pass a kubeconfig, set KUBECONFIG, or run inside a cluster';
    throw new ClusterError('Invalid', `no Kubernetes API server is configured: ${cure}`);
  }
  return config;
}

/** The first line alone: beyond it a YAML parser shows the file, in which there are keys. */
function wordsOf(cause: unknown): string {
  const [first = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
  return first;
}

function noCluster(where: string, config: KubeConfig): string {
  // a file without one leaves it undefined, whatever the type says
  const current: string | undefined = config.getCurrentContext();
  const known = config.getContexts().map(({ name }) => name);
  if (known.length === 0) return `${where} names no context: it is no kubeconfig, or an empty one`;
  const one = `its contexts are ${known.join(', ')}; choose one with --context, or kubectl config use-context`;
  if (current === undefined || current === '') return `${where} chooses no context: ${one}`;
  return `${where} has no cluster for its context "${current}": ${one}`;
}
