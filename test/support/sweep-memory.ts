// What the parts of a sweep remember and ask, of an operator that has seen no policy, nor a run that is gone.
import { unchallenged } from '../../src/operator/engine/tenure.ts';
import { PolicyRegistry } from '../../src/operator/policy/policy-registry.ts';
import { CapacityTaken } from '../../src/operator/sweep/capacity-taken.ts';
import type { DeletionWorld } from '../../src/operator/sweep/deletion-world.ts';
import { OrphanJudgements } from '../../src/operator/sweep/orphan-judgements.ts';
import { StoreLooks } from '../../src/operator/sweep/store-looks.ts';
import { namespaces, policies } from '../../src/ports/kinds.ts';
import type { Cluster } from '../../src/ports/cluster.ts';

type Memory = Pick<
  DeletionWorld,
  'policies' | 'namespaces' | 'looks' | 'capacityTaken' | 'orphans' | 'operator' | 'right'
>;

/** A fresh memory, with watches that live until the signal is aborted. */
export function sweepMemory(cluster: Cluster, signal: AbortSignal): Memory {
  const registry = new PolicyRegistry({ cluster, policies: cluster.watch(policies, {}, signal) });
  void registry.follow(signal);
  return {
    policies: registry,
    namespaces: cluster.watch(namespaces, {}, signal),
    looks: new StoreLooks(),
    capacityTaken: new CapacityTaken(),
    orphans: new OrphanJudgements(),
    operator: { graceSeconds: 100, approveAbove: { percent: 50, checkpoints: 20 } },
    right: unchallenged,
  };
}
