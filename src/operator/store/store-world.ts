// Everything the store controller may touch.
import type { OperatorFlags } from '../../domain/retention/settings.ts';
import type { SweptUsage } from '../../domain/store/usage.ts';
import type { Seconds } from '../../domain/units.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cache, Cluster } from '../../ports/cluster.ts';
import type { KubeObject } from '../../ports/kube-objects.ts';
import type { Log } from '../../ports/log.ts';
import type { OpenStores } from './open-stores.ts';
import type { StoreRegistry } from './store-registry.ts';

export interface StoreWorld {
  readonly cluster: Cluster;
  readonly stores: Cache<KubeObject>;
  readonly opened: OpenStores;
  readonly registry: StoreRegistry;
  /** What the last sweep counted, by the name of the store. */
  readonly usages: Map<string, SweptUsage>;
  /** Where the Secrets of operatorCredentials are. */
  readonly operatorNamespace: string;
  /** What holds of retention without any policy. */
  readonly operator: OperatorFlags;
  /** The UID of the kube-system namespace: which cluster this is. */
  readonly clusterUid: string;
  readonly clock: Clock;
  readonly log: Log;
  /** A number in [0, 1), for jitter. */
  readonly chance: () => number;
}

/** A store that works is looked at so often: its Secret may change, its server go away. */
export const recheckSeconds: Seconds = 60;

/** What a server is able to do is tried again so often; it changes with its version. */
export const probeAgainSeconds: Seconds = 3600;
