// Every version the local cluster is made of, the checksums of official downloads that are known to be true, and the locked Go
// module that builds the same program. A download without a pinned checksum is not offered: then the module is built.
import { join } from 'node:path';

/** A program of the local cluster that does not come from the system. */
export type Tool =
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubelet'
  | 'kubectl'
  | 'etcd'
  | 'versitygw';

/** CPU architecture in Go's words, as release files are named. */
export type Architecture = 'amd64' | 'arm64';

/** One official release archive (tar.gz) and where a tool lies in it. */
export interface Download {
  readonly url: string;
  readonly digest: { readonly algorithm: 'sha256' | 'sha512'; readonly hex: string };
  member(tool: Tool): string;
}

/** Tools that are released together and built from one Go module. */
export interface Distribution {
  readonly version: string;
  readonly packages: Readonly<Partial<Record<Tool, string>>>;
  /** directory of go.mod and go.sum */
  readonly module: string;
  readonly ldflags: string;
  readonly downloads: Readonly<Partial<Record<Architecture, Download>>>;
}

const module = (name: string): string => join(import.meta.dirname, name);

const kubernetes = '1.35.4';
const componentVersion = 'k8s.io/component-base/version';

// From the project's own CHANGELOG-1.35.md, "Downloads for v1.35.4", Server Binaries.
const kubernetesServer = (architecture: Architecture, hex: string): Download => ({
  url: `https://dl.k8s.io/v${kubernetes}/kubernetes-server-linux-${architecture}.tar.gz`,
  digest: { algorithm: 'sha512', hex },
  member: (tool) => `kubernetes/server/bin/${tool}`,
});

const versitygw = '1.8.0';

const versitygwRelease = (platform: string, hex: string): Download => ({
  url: `https://github.com/versity/versitygw/releases/download/v${versitygw}/versitygw_v${versitygw}_${platform}.tar.gz`,
  digest: { algorithm: 'sha256', hex },
  member: (tool) => `versitygw_v${versitygw}_${platform}/${tool}`,
});

/** All distributions; each tool stands in exactly one. */
export const distributions: readonly Distribution[] = [
  {
    version: kubernetes,
    packages: {
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
      'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
      kubelet: 'k8s.io/kubernetes/cmd/kubelet',
      kubectl: 'k8s.io/kubernetes/cmd/kubectl',
    },
    module: module('kubernetes'),
    ldflags: [
      '-s -w',
      `-X ${componentVersion}.gitVersion=v${kubernetes}`,
      `-X ${componentVersion}.gitMajor=1`,
      `-X ${componentVersion}.gitMinor=35`,
    ].join(' '),
    downloads: {
      amd64: kubernetesServer(
        'amd64',
        '7454c2d9023de3230972e965e1e2a587a291e2a1abee703bb0737057e1646b23ebac538b93dd778e93579e3c293dc1fa8d002e6848ad5ebc01598bc47358fe44',
      ),
      arm64: kubernetesServer(
        'arm64',
        '67187a2fe780be7816f9d10e082ed02cbba306bab379980280d00ba4c4017ff53c50cd2ff81d248c91ddcc064276b8760e17c73a1a7da1d35067a6fc0ffbdc88',
      ),
    },
  },
  {
    version: '3.7.3',
    packages: { etcd: 'reprise.dev/dev/tools/etcd' },
    module: module('etcd'),
    ldflags: '-s -w',
    downloads: {},
  },
  {
    version: versitygw,
    packages: { versitygw: 'github.com/versity/versitygw/cmd/versitygw' },
    module: module('versitygw'),
    ldflags: `-s -w -X main.Version=v${versitygw}`,
    downloads: {
      amd64: versitygwRelease(
        'Linux_x86_64',
        '2ba2c734d10d2c4e651d03182cb4b246656bc735a2f282db7b0b73fba6073467',
      ),
      arm64: versitygwRelease(
        'Linux_arm64',
        'b34051d33f5a9c457f790896acb7bd7d7e15ad8d92efb70616b924f37e401910',
      ),
    },
  },
];
