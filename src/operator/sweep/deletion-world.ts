// Everything the deletion of what runs left may touch.
import type { OperatorFlags } from '../../domain/retention/settings.ts';
import type { Seconds } from '../../domain/units.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { Log } from '../../ports/log.ts';
import type { DeletionRight } from '../engine/tenure.ts';
import type { StoreRegistry } from '../store/store-registry.ts';
import type { CapacityTaken } from './capacity-taken.ts';
import type { GoverningWorld } from './left-governing.ts';
import type { OrphanJudgements } from './orphan-judgements.ts';
import type { StoreLooks } from './store-looks.ts';

export interface DeletionWorld extends GoverningWorld {
  readonly cluster: Cluster;
  readonly registry: StoreRegistry;
  /** The UID of the kube-system namespace: which cluster this is. */
  readonly clusterUid: string;
  readonly clock: Clock;
  readonly log: Log;
  /** How long after a wish was first seen it is carried out. */
  readonly graceSeconds: Seconds;
  /** What holds of retention without any policy. */
  readonly operator: OperatorFlags;
  /** Asked before each batch that is written down before. */
  readonly right: DeletionRight;
  /** Rejects when this operator may delete nothing now; asked before each other batch. */
  readonly mayDelete: (signal: AbortSignal) => Promise<void>;
  readonly looks: StoreLooks;
  readonly capacityTaken: CapacityTaken;
  readonly orphans: OrphanJudgements;
}
