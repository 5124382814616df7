// Everything the sweep over whole stores may touch.
import type { StoreUsage } from '../../domain/store/usage.ts';
import type { Seconds } from '../../domain/units.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cache, Cluster } from '../../ports/cluster.ts';
import type { KubeObject } from '../../ports/kube-objects.ts';
import type { Log } from '../../ports/log.ts';
import type { SweepMetrics } from '../../ports/sweep-metrics.ts';
import type { StoreRegistry } from '../store/store-registry.ts';
import type { GoverningWorld } from './left-governing.ts';
import type { StoreLooks } from './store-looks.ts';
import type { StoreRun } from '../../domain/store/store-run.ts';

export interface SweepWorld extends GoverningWorld {
  readonly runs: Cache<KubeObject>;
  /** Told what each complete scan found. */
  readonly looks: StoreLooks;
  readonly cluster: Cluster;
  readonly registry: StoreRegistry;
  /** The UID of the kube-system namespace: which cluster this is. */
  readonly clusterUid: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics?: SweepMetrics;
  /** How long after a sweep of a store the next one begins. */
  readonly intervalSeconds: Seconds;
  /** An unfinished upload of a dead attempt is given up after so long, where no policy says another time. */
  readonly abortUploadsAfterSeconds: Seconds;
  /** Rejects when this operator may delete nothing now; asked before each batch. */
  readonly mayDelete: (signal: AbortSignal) => Promise<void>;
  /** Told what lies in a store. */
  readonly onCounted: (store: string, usage: StoreUsage) => void;
  /** Told of a run.json that asks for the deletion of its run's objects. */
  readonly onDeletionAsked: (place: StoreRun) => void;
  /** Told of a run (`namespace/name`) whose part of the bucket is not what it was at the last sweep. */
  readonly onRunChanged: (run: string) => void;
}
