// One kubelet per local node, as a GPU node of a GPU cluster would present itself: product label, taint, and its own address.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { writeKubeconfig } from '../control-plane/kubeconfig.ts';
import { freePort } from '../process/free-port.ts';
import { makeServer, type Server } from '../process/server.ts';
import { runtimeEndpoint } from './containerd.ts';
import { type NodePlan, reservation } from './node-plan.ts';
import type { NodePlace } from './slot.ts';

/** What a kubelet is started with. */
export interface KubeletOptions {
  /** the cluster's directory */
  readonly directory: string;
  readonly plan: NodePlan;
  readonly place: NodePlace;
  readonly binary: string;
  readonly controlPlane: ControlPlane;
}

interface Files {
  readonly kubeconfig: string;
  readonly config: string;
  readonly healthPort: number;
}

function taintsOf({ reservedFor }: NodePlan): readonly object[] {
  const gpu = { key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' };
  if (reservedFor === undefined) return [gpu];
  return [gpu, { key: reservation, value: reservedFor, effect: 'NoSchedule' }];
}

function labelsOf({ reservedFor }: NodePlan): readonly string[] {
  const product = 'nvidia.com/gpu.product=NVIDIA-H100-80GB-HBM3';
  return reservedFor === undefined ? [product] : [product, `${reservation}=${reservedFor}`];
}

function securityOf({ place, plan: { name }, controlPlane }: KubeletOptions): object {
  const serving = controlPlane.pki.issueFiles(`${name}-kubelet`, {
    commonName: `system:node:${name}`,
    organizations: ['system:nodes'],
    serves: [place.gateway, name],
  });
  return {
    tlsCertFile: serving.certificate,
    tlsPrivateKeyFile: serving.key,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: controlPlane.pki.authorityFile },
    },
    authorization: { mode: 'Webhook' },
  };
}

function kubeletConfiguration(options: KubeletOptions, healthPort: number): object {
  const { place, plan } = options;
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: place.gateway, // every node keeps port 10250
    healthzPort: healthPort,
    ...securityOf(options),
    containerRuntimeEndpoint: runtimeEndpoint(place),
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${place.cgroup}`,
    failCgroupV1: false,
    failSwapOn: false,
    enforceNodeAllocatable: [],
    evictionHard: { 'memory.available': '100Mi' },
    imageGCHighThresholdPercent: 100, // never: images come from an import and could not be pulled again
    makeIPTablesUtilChains: false,
    nodeStatusUpdateFrequency: '4s',
    volumeStatsAggPeriod: '5s', // what a pod has written is known, and evicted for, that soon; by default after one to three minutes
    podLogsDir: join(place.directory, 'pod-logs'),
    registerWithTaints: taintsOf(plan),
    // Nobody answers there, so a lookup fails at once; without an address every pod would get a warning event.
    clusterDNS: [place.gateway],
    resolvConf: '',
    volumePluginDir: join(place.directory, 'volume-plugins'),
    oomScoreAdj: 0,
  };
}

async function writeFiles(options: KubeletOptions): Promise<Files> {
  const { controlPlane, plan, place } = options;
  const healthPort = await freePort();
  const user = `system:node:${plan.name}`;
  mkdirSync(place.directory, { recursive: true });
  const config = join(place.directory, 'kubelet.json');
  writeFileSync(config, JSON.stringify(kubeletConfiguration(options, healthPort)));
  const kubeconfig = writeKubeconfig(join(place.directory, 'kubelet.kubeconfig'), {
    server: controlPlane.server,
    authority: controlPlane.pki.authority,
    user,
    credential: controlPlane.pki.issue({ commonName: user, organizations: ['system:nodes'] }),
  });
  return { kubeconfig, config, healthPort };
}

/** Writes a kubelet's configuration and returns its handle; starts nothing. Its containerd must answer before it is started. */
export async function makeKubelet(options: KubeletOptions): Promise<Server> {
  const { kubeconfig, config, healthPort } = await writeFiles(options);
  const { place, plan } = options;
  return makeServer({
    name: `${plan.name}-kubelet`,
    command: options.binary,
    args: [
      `--kubeconfig=${kubeconfig}`,
      `--config=${config}`,
      `--root-dir=${join(place.directory, 'kubelet')}`,
      `--hostname-override=${plan.name}`,
      `--node-ip=${place.gateway}`,
      `--node-labels=${labelsOf(plan).join()}`,
    ],
    directory: options.directory,
    async ready(signal) {
      const answer = await fetch(`http://127.0.0.1:${healthPort}/healthz`, { signal });
      const body = await answer.text();
      return answer.ok ? undefined : `/healthz answered ${answer.status}: ${body}`;
    },
  });
}
