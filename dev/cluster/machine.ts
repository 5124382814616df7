// What this machine can run of the local cluster, and what is missing otherwise, in words that complete "needs …".
import { existsSync, readFileSync } from 'node:fs';
import { cgroupProblem } from '../node/cgroup.ts';
import { binarySources, locate } from '../tools/binaries.ts';
import { hasGo } from '../tools/go-build.ts';
import { canInstall, missingPackages } from '../tools/packages.ts';
import { distributions, type Tool } from '../tools/versions.ts';

function haveTools(tools: readonly Tool[]): boolean {
  const sources = binarySources();
  return tools.every((tool) =>
    distributions.some((d) => d.packages[tool] !== undefined && locate(tool, d, sources) !== undefined),
  );
}

async function missing(tools: readonly Tool[]): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'Linux';
  if (haveTools(tools) || (await hasGo())) return undefined;
  return 'Go, to build etcd and Kubernetes (https://go.dev/dl)';
}

/** What is missing to run a control plane and an S3 server here; undefined when nothing is. */
export async function missingForControlPlane(): Promise<string | undefined> {
  return missing([
    'etcd',
    'kube-apiserver',
    'kube-controller-manager',
    'kube-scheduler',
    'kubectl',
    'versitygw',
  ]);
}

const capabilities = { CAP_NET_ADMIN: 12, CAP_SYS_ADMIN: 21 } as const;

/** Of the capabilities that nodes need, those this process lacks. */
function lackingCapabilities(): readonly string[] {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  const effective = BigInt(`0x${mask}`);
  return Object.entries(capabilities)
    .filter(([, bit]) => ((effective >> BigInt(bit)) & 1n) === 0n)
    .map(([name]) => name);
}

/** What is missing to run nodes here (real pods), besides the control plane; undefined when nothing is, or it can be installed. */
export async function missingForNodes(): Promise<string | undefined> {
  const controlPlane = (await missingForControlPlane()) ?? (await missing(['kubelet']));
  if (controlPlane !== undefined) return controlPlane;
  if (process.getuid?.() !== 0) return 'root, for containerd, kubelet and network bridges';
  const lacking = lackingCapabilities();
  if (lacking.length > 0) return `${lacking.join(' and ')} (a privileged container, or the host itself)`;
  const packages = missingPackages();
  if (packages.length > 0 && !canInstall()) return `the programs of ${packages.join(', ')}`;
  if (existsSync('/var/lib/kubelet/pods')) return 'a machine that is not a Kubernetes node itself';
  return cgroupProblem();
}
