// Installs Reprise into a local cluster as a user would into theirs: CRDs, namespace, rights, Secrets, the default CheckpointStore, and
// the operator (as a process of this machine).
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Credentials, ObjectServer } from '../bucket/object-server.ts';
import { type Kubectl, untilEstablished } from '../control-plane/kubectl.ts';
import { buildBundles } from '../image/bundles.ts';
import { checkout } from '../workspace.ts';
import type { LocalCluster } from './local-cluster.ts';
import { makeOperator, operatorNamespace, type OperatorProcess } from './operator-process.ts';

/** What to install besides Reprise itself. */
export interface InstallOptions {
  /** namespaces for runs, made with the agents' Secret; default `voice` */
  readonly namespaces?: readonly string[];
  /** more environment for the operator */
  readonly env?: Readonly<Record<string, string>>;
}

const agentSecret = 'reprise-store';
const operatorSecret = 'store-main';

const namespace = (name: string): object => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { tts: 'true' } },
});

const secret = (name: string, inNamespace: string, credentials: Credentials): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: inNamespace },
  stringData: {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  },
});

const checkpointStore = ({ endpoint, region, bucket, prefix }: ObjectServer): object => ({
  apiVersion: 'reprise.dev/v1alpha1',
  kind: 'CheckpointStore',
  metadata: { name: 'main', annotations: { 'reprise.dev/is-default-store': 'true' } },
  spec: {
    s3: { endpoint, region, bucket, prefix, forcePathStyle: true },
    allowedNamespaces: {},
    operatorCredentials: { secretName: operatorSecret },
    agentCredentials: { mode: 'Secret', secretName: agentSecret },
  },
});

async function applyCrds(kubectl: Kubectl): Promise<boolean> {
  const crds = join(checkout, 'crds');
  if (!existsSync(crds)) return false;
  await kubectl.applyFile(crds);
  await untilEstablished(kubectl);
  return true;
}

/** Installs everything and starts the operator. Undefined when the operator has not been written yet; the rest is installed. */
export async function installReprise(
  cluster: LocalCluster,
  options: InstallOptions = {},
): Promise<OperatorProcess | undefined> {
  const { controlPlane, objectServer, directory } = cluster;
  const { kubectl } = controlPlane;
  const namespaces = options.namespaces ?? ['voice'];
  const [withStore] = await Promise.all([
    applyCrds(kubectl),
    kubectl.applyFile(join(import.meta.dirname, 'manifests', 'operator-rbac.yaml')),
  ]);
  await kubectl.apply(
    ...namespaces.map(namespace),
    secret(operatorSecret, operatorNamespace, objectServer.operator),
    ...namespaces.map((name) => secret(agentSecret, name, objectServer.agent)),
    ...(withStore ? [checkpointStore(objectServer)] : []),
  );
  await buildBundles(directory);
  const operator = await makeOperator(directory, controlPlane, { env: options.env ?? {} });
  await operator?.server.start();
  return operator;
}
