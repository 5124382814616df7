// Everything the passes over all policies may touch.
import type { OperatorFlags } from '../../domain/retention/settings.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cache, Cluster } from '../../ports/cluster.ts';
import type { KubeObject } from '../../ports/kube-objects.ts';
import type { Log } from '../../ports/log.ts';
import type { StoreRegistry } from '../store/store-registry.ts';
import type { CapacityTaken } from '../sweep/capacity-taken.ts';
import type { GoverningWorld } from '../sweep/left-governing.ts';
import type { OrphanJudgements } from '../sweep/orphan-judgements.ts';
import type { StoreLooks } from '../sweep/store-looks.ts';
import type { StoreRun } from '../../domain/store/store-run.ts';
import type { JudgedRuns } from './judged-runs.ts';

export interface PolicyWorld extends GoverningWorld {
  readonly cluster: Cluster;
  readonly runs: Cache<KubeObject>;
  /** The policies as the watch has them, with their status. */
  readonly policyObjects: Cache<KubeObject>;
  readonly registry: StoreRegistry;
  readonly judged: JudgedRuns;
  readonly looks: StoreLooks;
  readonly orphans: OrphanJudgements;
  readonly capacityTaken: CapacityTaken;
  /** What holds of retention without any policy. */
  readonly operator: OperatorFlags;
  readonly clock: Clock;
  readonly log: Log;
  /** Asks for a look at the run `namespace/name`. */
  readonly onRunConcerned: (run: string) => void;
  /** Asks for a pass over what a run that is gone left. */
  readonly onOrphanConcerned: (place: StoreRun) => void;
}
