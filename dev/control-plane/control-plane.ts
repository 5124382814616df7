// A real control plane on this machine without nodes: etcd, kube-apiserver, kube-controller-manager, kube-scheduler. Needs no root.
// Starting it makes its directory; stopping it ends the servers and leaves the directory to its owner.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../process/free-port.ts';
import type { Server } from '../process/server.ts';
import { waitUntil } from '../progress/polling.ts';
import type { Subject } from './certificate.ts';
import {
  makeApiServer,
  makeControllerManager,
  makeEtcd,
  makeScheduler,
  type ControlPlaneBinaries,
  type ControlPlaneParts,
} from './control-plane-servers.ts';
import { answersOk, getJson } from './https-probe.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { makeKubectl, type Kubectl } from './kubectl.ts';
import { makePki, type Pki } from './pki.ts';

/** A running control plane. */
export interface ControlPlane {
  /** URL of the API server */
  readonly server: string;
  readonly pki: Pki;
  /** path of the administrator's kubeconfig */
  readonly kubeconfig: string;
  readonly kubectl: Kubectl;
  /** The JSON at an API path, as an administrator; quicker than kubectl, for polling. */
  get(path: string, signal: AbortSignal): Promise<unknown>;
  readonly etcd: Server;
  readonly apiServer: Server;
  readonly controllerManager: Server;
  readonly scheduler: Server;
  /** Path of a new kubeconfig for any user and groups, by client certificate. */
  mintUser(user: Subject): string;
  /** Path of a new kubeconfig for a ServiceAccount that exists, by a token of one year. */
  mintServiceAccount(namespace: string, name: string): Promise<string>;
  stop(): Promise<void>;
}

function prepare(directory: string, binaries: ControlPlaneBinaries, apiPort: number): ControlPlaneParts {
  mkdirSync(directory, { recursive: true });
  const pki = makePki(join(directory, 'pki'));
  const admin = pki.issue({ commonName: 'admin', organizations: ['system:masters'] });
  return { directory, binaries, pki, admin, apiPort, server: `https://127.0.0.1:${apiPort}` };
}

// A pod cannot be created before the namespace's default ServiceAccount exists.
async function waitForDefaultServiceAccount(parts: ControlPlaneParts): Promise<void> {
  const url = `${parts.server}/api/v1/namespaces/default/serviceaccounts/default`;
  const who = { authority: parts.pki.authority, client: parts.admin };
  await waitUntil({
    otherwise: 'kube-controller-manager did not make the default ServiceAccount',
    withinSeconds: 60,
    check: (signal) => answersOk(url, who, signal),
  });
}

function minting(
  parts: ControlPlaneParts,
  kubectl: Kubectl,
): Pick<ControlPlane, 'mintUser' | 'mintServiceAccount'> {
  const { server, pki, directory } = parts;
  mkdirSync(join(directory, 'kubeconfigs'), { recursive: true, mode: 0o700 });
  const write = (user: string, access: Parameters<typeof writeKubeconfig>[1]): string =>
    writeKubeconfig(join(directory, 'kubeconfigs', `${user.replaceAll(/[^\w.-]/g, '_')}.kubeconfig`), access);
  return {
    mintUser(user) {
      const credential = pki.issue(user);
      return write(user.commonName, { server, authority: pki.authority, user: user.commonName, credential });
    },
    async mintServiceAccount(namespace, name) {
      const token = await kubectl.run('create', 'token', name, '-n', namespace, '--duration=8760h');
      const user = `system:serviceaccount:${namespace}:${name}`;
      const credential = { token: token.trim() };
      return write(user, { server, authority: pki.authority, user, namespace, credential });
    },
  };
}

interface Servers {
  readonly etcd: Server;
  readonly apiServer: Server;
  readonly controllerManager: Server;
  readonly scheduler: Server;
}

async function makeServers(parts: ControlPlaneParts): Promise<Servers> {
  const etcd = await makeEtcd(parts);
  return {
    etcd: etcd.server,
    apiServer: makeApiServer(parts, etcd.url),
    controllerManager: await makeControllerManager(parts),
    scheduler: await makeScheduler(parts),
  };
}

async function startServers(servers: Servers): Promise<void> {
  await servers.etcd.start();
  await servers.apiServer.start();
  await Promise.all([servers.controllerManager.start(), servers.scheduler.start()]);
}

async function stopServers(servers: Servers): Promise<void> {
  await Promise.all([servers.controllerManager.stop(), servers.scheduler.stop()]);
  await servers.apiServer.stop();
  await servers.etcd.stop();
}

/**
 * Starts a control plane in `directory` (made when missing; use a new one each time) and resolves when pods can be created.
 * @throws with the end of the log of the server that did not start; what had started is stopped
 */
export async function startControlPlane(
  directory: string,
  binaries: ControlPlaneBinaries,
): Promise<ControlPlane> {
  const parts = prepare(directory, binaries, await freePort());
  const servers = await makeServers(parts);
  try {
    await startServers(servers);
    await waitForDefaultServiceAccount(parts);
  } catch (thrown) {
    await stopServers(servers);
    throw thrown;
  }
  const { server, pki, admin: credential } = parts;
  const access = { server, authority: pki.authority, user: 'admin', credential };
  const kubeconfig = writeKubeconfig(join(directory, 'kubeconfig'), access);
  const kubectl = makeKubectl(binaries.kubectl, kubeconfig);
  const who = { authority: pki.authority, client: credential };
  return {
    server,
    pki,
    kubeconfig,
    kubectl,
    ...servers,
    ...minting(parts, kubectl),
    get: (path, signal) => getJson(`${server}${path}`, who, signal),
    stop: () => stopServers(servers),
  };
}
