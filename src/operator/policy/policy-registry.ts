// What the rest of the operator learns of CheckpointRetentionPolicies: as the watch knows them, for judging, and as the API server has
// them at this moment, before anything is deleted. It decides nothing.
import type { PolicyReading } from '../../domain/retention/policies.ts';
import { readPolicies } from '../../observation/policy-reading.ts';
import type { Cache, Cluster } from '../../ports/cluster.ts';
import { policies } from '../../ports/kinds.ts';
import type { KubeObject } from '../../ports/kube-objects.ts';

export interface PolicyRegistrySetup {
  readonly cluster: Cluster;
  readonly policies: Cache<KubeObject>;
}

const unread: PolicyReading = {
  kind: 'Unread',
  why: 'the CheckpointRetentionPolicies were not read yet, and they may protect any run: if this lasts, the log says why',
};

export class PolicyRegistry {
  readonly #setup: PolicyRegistrySetup;
  readonly #listeners = new Set<() => void>();
  #isSynced = false;
  /** Read again only after a change. */
  #reading: PolicyReading | undefined;

  constructor(setup: PolicyRegistrySetup) {
    this.#setup = setup;
  }

  /** The policies as the watch knows them. */
  current(): PolicyReading {
    if (!this.#isSynced) return unread;
    this.#reading ??= readPolicies(this.#setup.policies.values());
    return this.#reading;
  }

  /** True while the API server has exactly the policies of this version. @throws ClusterError: then nobody knows. */
  async isCurrent(version: string, signal: AbortSignal): Promise<boolean> {
    return readPolicies(await this.#setup.cluster.list(policies, {}, signal)).version === version;
  }

  /** Calls back whenever {@link current} may say something else, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Follows the watch until the signal is aborted. */
  async follow(signal: AbortSignal): Promise<void> {
    const { policies: cache } = this.#setup;
    const stopListening = cache.onChange(({ before, after }) => {
      const isSame =
        before?.metadata.uid === after?.metadata.uid &&
        before?.metadata.generation === after?.metadata.generation;
      if (!isSame) this.#changed();
    });
    signal.addEventListener('abort', stopListening, { once: true });
    await cache.synced(signal).catch(() => undefined);
    if (signal.aborted) return;
    this.#isSynced = true;
    this.#changed();
  }

  #changed(): void {
    this.#reading = undefined;
    for (const listener of this.#listeners) listener();
  }
}
