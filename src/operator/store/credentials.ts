// Reads the operator's credentials of a store from its Secret, anew at every check: there is no right to watch Secrets.
import { readCredentials } from '../../api/credentials.ts';
import type { CheckpointStore } from '../../api/store.ts';
import { type Cluster, ClusterError } from '../../ports/cluster.ts';
import { secrets } from '../../ports/kinds.ts';
import type { Secret } from '../../ports/kube-objects.ts';
import type { Credentials } from '../../ports/objects.ts';
import { type Trouble, trouble } from './finding.ts';

export interface Access {
  readonly kind: 'Access';
  /** Undefined: the ambient chain (IRSA, pod identity). */
  readonly credentials: Credentials | undefined;
  /** Another text after every change of the Secret. */
  readonly version: string;
}

interface Source {
  readonly cluster: Cluster;
  readonly operatorNamespace: string;
}

/** The credentials to use now, or what is wrong with the Secret. */
export async function readAccess(
  { cluster, operatorNamespace: namespace }: Source,
  store: CheckpointStore,
  signal: AbortSignal,
): Promise<Access | ({ readonly kind: 'Trouble' } & Trouble)> {
  const name = store.spec.operatorCredentials?.secretName;
  if (name === undefined) return { kind: 'Access', credentials: undefined, version: 'ambient' };
  try {
    const secret = await cluster.get(secrets, { name, namespace }, signal);
    if (secret === undefined) return trouble('SecretNotFound', `Secret ${namespace}/${name}`);
    return accessFrom(secret);
  } catch (cause) {
    if (cause instanceof ClusterError && cause.code === 'Forbidden')
      return trouble('SecretForbidden', cause.message);
    throw cause;
  }
}

function accessFrom({ data = {}, metadata }: Secret): Access | ({ readonly kind: 'Trouble' } & Trouble) {
  const credentials = readCredentials(data);
  if ('missing' in credentials)
    return trouble(
      'SecretIncomplete',
      `Secret ${metadata.namespace}/${metadata.name} has no ${credentials.missing}`,
    );
  return { kind: 'Access', credentials, version: `${metadata.uid}/${metadata.resourceVersion}` };
}
