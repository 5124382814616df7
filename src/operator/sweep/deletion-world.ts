// Everything the deletion of whole runs may touch.
import type { Seconds } from '../../domain/units.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { Log } from '../../ports/log.ts';
import type { StoreRegistry } from '../store/store-registry.ts';

export interface DeletionWorld {
  readonly cluster: Cluster;
  readonly registry: StoreRegistry;
  /** The UID of the kube-system namespace: which cluster this is. */
  readonly clusterUid: string;
  readonly clock: Clock;
  readonly log: Log;
  /** How long after a wish was first seen it is carried out. */
  readonly graceSeconds: Seconds;
  /** Rejects when this operator may delete nothing now; asked before each batch. */
  readonly mayDelete: (signal: AbortSignal) => Promise<void>;
}
