// The command lines of etcd, kube-apiserver, kube-controller-manager and kube-scheduler for one local cluster, and when each is ready.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../process/free-port.ts';
import { makeServer, type Server } from '../process/server.ts';
import type { KeyPair } from './certificate.ts';
import { answersOk } from './https-probe.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import type { Pki } from './pki.ts';

/** The programs of a control plane, by name. */
export type ControlPlaneBinaries = Readonly<
  Record<'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler' | 'kubectl', string>
>;

/** What the four servers are made from. */
export interface ControlPlaneParts {
  /** the cluster's directory */
  readonly directory: string;
  readonly binaries: ControlPlaneBinaries;
  readonly pki: Pki;
  readonly admin: KeyPair;
  readonly apiPort: number;
  readonly server: string;
}

const dataDirectory = (parts: ControlPlaneParts): string => join(parts.directory, 'control-plane');

/** etcd on loopback without fsync: fast, and lost with the machine, which is fine here. */
export async function makeEtcd(parts: ControlPlaneParts): Promise<{ server: Server; url: string }> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const peer = `http://127.0.0.1:${await freePort()}`;
  const data = join(dataDirectory(parts), 'etcd');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const server = makeServer({
    name: 'etcd',
    command: parts.binaries.etcd,
    args: [
      '--name=local',
      `--data-dir=${data}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=local=${peer}`,
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
    directory: parts.directory,
    async ready(signal) {
      const answer = await fetch(`${url}/health`, { signal });
      const body = await answer.text();
      return answer.ok ? undefined : `/health answered ${answer.status}: ${body}`;
    },
  });
  return { server, url };
}

function apiServerArgs(parts: ControlPlaneParts, etcdUrl: string): string[] {
  const { pki } = parts;
  const serving = pki.issueFiles('kube-apiserver', {
    commonName: 'kube-apiserver',
    serves: ['localhost', '127.0.0.1', '10.96.0.1', 'kubernetes.default.svc'],
  });
  const toKubelets = pki.issueFiles('kube-apiserver-kubelet-client', {
    commonName: 'kube-apiserver-kubelet-client',
    organizations: ['system:masters'],
  });
  return [
    `--etcd-servers=${etcdUrl}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${parts.apiPort}`,
    '--endpoint-reconciler-type=none',
    `--client-ca-file=${pki.authorityFile}`,
    `--tls-cert-file=${serving.certificate}`,
    `--tls-private-key-file=${serving.key}`,
    `--kubelet-client-certificate=${toKubelets.certificate}`,
    `--kubelet-client-key=${toKubelets.key}`,
    `--kubelet-certificate-authority=${pki.authorityFile}`,
    '--kubelet-preferred-address-types=InternalIP', // else `kubectl logs` looks the node's name up
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${pki.signingPublicKeyFile}`,
    `--service-account-signing-key-file=${pki.signingKeyFile}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--authorization-mode=Node,RBAC',
    '--allow-privileged',
  ];
}

/** kube-apiserver on loopback; ready when /readyz says so to an administrator. */
export function makeApiServer(parts: ControlPlaneParts, etcdUrl: string): Server {
  const who = { authority: parts.pki.authority, client: parts.admin };
  return makeServer({
    name: 'kube-apiserver',
    command: parts.binaries['kube-apiserver'],
    args: apiServerArgs(parts, etcdUrl),
    directory: parts.directory,
    ready: (signal) => answersOk(`${parts.server}/readyz`, who, signal),
  });
}

interface ClientServer {
  readonly name: 'kube-controller-manager' | 'kube-scheduler';
  readonly args: readonly string[];
}

async function makeClientServer(parts: ControlPlaneParts, server: ClientServer): Promise<Server> {
  const { pki } = parts;
  const user = `system:${server.name}`;
  const kubeconfig = writeKubeconfig(join(dataDirectory(parts), `${server.name}.kubeconfig`), {
    server: parts.server,
    authority: pki.authority,
    user,
    credential: pki.issue({ commonName: user }),
  });
  const serving = pki.issueFiles(server.name, { commonName: server.name, serves: ['127.0.0.1'] });
  const port = await freePort();
  return makeServer({
    name: server.name,
    command: parts.binaries[server.name],
    args: [
      `--kubeconfig=${kubeconfig}`,
      '--leader-elect=false',
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--tls-cert-file=${serving.certificate}`,
      `--tls-private-key-file=${serving.key}`,
      ...server.args,
    ],
    directory: parts.directory,
    ready: (signal) => answersOk(`https://127.0.0.1:${port}/healthz`, { authority: pki.authority }, signal),
  });
}

/** kube-controller-manager; a node that says nothing is NotReady after about 16 s instead of 50. */
export async function makeControllerManager(parts: ControlPlaneParts): Promise<Server> {
  const args = [
    `--service-account-private-key-file=${parts.pki.signingKeyFile}`,
    `--root-ca-file=${parts.pki.authorityFile}`,
    '--use-service-account-credentials',
    '--kube-api-qps=200', // at the default of 20 it needs 4 s to make its own ServiceAccounts
    '--kube-api-burst=400',
    '--node-monitor-grace-period=16s',
    '--node-monitor-period=2s',
  ];
  return makeClientServer(parts, { name: 'kube-controller-manager', args });
}

/** kube-scheduler with its defaults. */
export async function makeScheduler(parts: ControlPlaneParts): Promise<Server> {
  return makeClientServer(parts, { name: 'kube-scheduler', args: [] });
}
