// What this machine can run of the local cluster, and what is missing otherwise, in words that complete "needs …".
import { binarySources, locate } from './binaries.ts';
import { hasGo } from './go-build.ts';
import { distributions, type Tool } from './versions.ts';

function haveTools(tools: readonly Tool[]): boolean {
  const sources = binarySources();
  return tools.every((tool) =>
    distributions.some((d) => d.packages[tool] !== undefined && locate(tool, d, sources) !== undefined),
  );
}

/** What is missing to run a control plane and an S3 server here; undefined when nothing is. */
export async function missingForControlPlane(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'Linux';
  const tools: readonly Tool[] = [
    'etcd',
    'kube-apiserver',
    'kube-controller-manager',
    'kube-scheduler',
    'versitygw',
  ];
  return haveTools(tools) || (await hasGo())
    ? undefined
    : 'Go, to build etcd and Kubernetes (https://go.dev/dl)';
}
