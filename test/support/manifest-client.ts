// Puts manifests to a real API server the way a user does, and reads back what became of them.
import { join } from 'node:path';
import { type Kubectl, untilEstablished } from '../../dev/control-plane/kubectl.ts';
import { run } from '../../dev/process/command.ts';
import type { Manifest } from './api-objects.ts';

export interface ManifestClient {
  readonly kubectl: Kubectl;
  /** What the API server would store; nothing is kept, and unknown fields are no error. */
  tryOut(object: Manifest): Promise<Manifest>;
  create(object: Manifest): Promise<void>;
  /** As a user does, unknown fields being an error. */
  apply(object: Manifest): Promise<void>;
  /** A merge patch of an object of namespace voice, or of a cluster-scoped one. */
  patch(target: string, change: object): Promise<void>;
  /** The same through the status subresource. */
  patchStatus(target: string, change: object): Promise<void>;
}

/** `base` under another name, with these fields of the spec. */
export const named = (base: Manifest, name: string, spec: object = {}): Manifest => ({
  ...base,
  metadata: { ...base.metadata, name },
  spec: { ...base.spec, ...spec },
});

/** Installs the CRDs and the namespace voice. */
export async function installCrds(kubectl: Kubectl): Promise<ManifestClient> {
  await kubectl.applyFile(join(import.meta.dirname, '../../crds'));
  await untilEstablished(kubectl);
  await kubectl.run('create', 'namespace', 'voice');
  return makeManifestClient(kubectl);
}

function makeManifestClient(kubectl: Kubectl): ManifestClient {
  const give = (verb: readonly string[], object: object): Promise<string> => {
    const args = [`--kubeconfig=${kubectl.kubeconfig}`, ...verb, '-f', '-'];
    return run(kubectl.program, args, { stdin: JSON.stringify(object) });
  };
  const patch = async (target: string, change: object, ...options: readonly string[]): Promise<void> => {
    const args = ['patch', '-n', 'voice', target, '--type=merge', '-p', JSON.stringify(change)];
    await kubectl.run(...args, ...options);
  };
  const tryOut = ['create', '--validate=false', '--dry-run=server', '-o', 'json'];
  return {
    kubectl,
    tryOut: async (object) => JSON.parse(await give(tryOut, object)),
    create: async (object) => void (await give(['create'], object)),
    apply: async (object) => void (await give(['apply'], object)),
    patch,
    patchStatus: (target, change) => patch(target, change, '--subresource=status'),
  };
}
