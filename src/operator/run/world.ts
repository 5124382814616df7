// Everything the run controller may touch, and what it remembers between passes. Losing the memory costs time, never truth.
import type { StoreLookup } from '../store/store-lookup.ts';
import type { BucketReading, TriedJob } from '../../domain/run/facts.ts';
import type { Instant, Seconds } from '../../domain/units.ts';
import { BucketReader } from '../../observation/bucket-reader.ts';
import type { AgentStatusReader } from '../../ports/agent-status.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cache, Cluster } from '../../ports/cluster.ts';
import type { Job, KubeObject, Namespace, Node, Pod } from '../../ports/kube-objects.ts';
import type { Log } from '../../ports/log.ts';
import type { RunMetrics } from '../../ports/run-metrics.ts';
import type { JudgedRuns } from '../policy/judged-runs.ts';
import type { PolicyRegistry } from '../policy/policy-registry.ts';
import type { CapacityTaken } from '../sweep/capacity-taken.ts';
import type { RunCollection } from '../sweep/run-collection.ts';
import type { StoreRun } from '../../domain/store/store-run.ts';
import type { AgentImage } from '../../workload/attempt-order.ts';
import type { DepartedPods } from './departed-pods.ts';
import type { LastLines } from './last-lines.ts';
import type { LookLimit } from './look-limit.ts';
import type { RememberedLook } from './look.ts';
import type { WriteBudget } from './write-budget.ts';

export interface World {
  readonly cluster: Cluster;
  readonly runs: Cache<KubeObject>;
  readonly jobs: Cache<Job>;
  readonly pods: Cache<Pod>;
  readonly nodes: Cache<Node>;
  readonly namespaces: Cache<Namespace>;
  /** The store a run may use, or why none. */
  readonly findStore: (
    name: string | undefined,
    namespaceLabels: Readonly<Record<string, string>>,
  ) => StoreLookup;
  readonly agents: AgentStatusReader;
  readonly agentImage: AgentImage;
  /** An id of this operator process, made at its start. */
  readonly operatorId: string;
  /** The UID of the kube-system namespace: which cluster this is. */
  readonly clusterUid: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly collection: RunCollection;
  readonly policies: PolicyRegistry;
  readonly capacityTaken: CapacityTaken;
  /** Told what each pass judged. */
  readonly judged: JudgedRuns;
  /** How many status writes the operator allows itself. */
  readonly writes: WriteBudget;
  readonly metrics?: RunMetrics;
  readonly looks: LookLimit;
  readonly memory: RunMemory;
  readonly departed: DepartedPods;
  /** Absent = nobody listens. */
  readonly lastLines?: LastLines;
  /** Told that a run.json of this store asks for the deletion of its run's objects. */
  readonly onDeletionAsked: (place: StoreRun) => void;
}

/** The newest reading of the run's part of the bucket. */
export interface RememberedReading {
  readonly value: BucketReading;
  /** Monotonic milliseconds. */
  readonly readAt: number;
  /** The same moment, by the clock. */
  readonly asOf: Instant;
  readonly uploads: number | undefined;
}

interface Remembered {
  readonly bucket: BucketReader;
  reading: RememberedReading | undefined;
  refusal: string | undefined;
  /** Why the bucket did not take a pin of the spec; undefined when it did. */
  pinRefusal: string | undefined;
  tried: TriedJob | undefined;
  look: RememberedLook | undefined;
}

/** What is remembered of each run, by its UID. */
export class RunMemory {
  readonly #runs = new Map<string, Remembered>();
  readonly #uids = new Map<string, string>();

  of(uid: string): Remembered {
    const known = this.#runs.get(uid);
    if (known !== undefined) return known;
    const fresh: Remembered = {
      bucket: new BucketReader(),
      reading: undefined,
      refusal: undefined,
      pinRefusal: undefined,
      tried: undefined,
      look: undefined,
    };
    this.#runs.set(uid, fresh);
    return fresh;
  }

  /** Notes whose key it is, and forgets the run that had the key before. Returns that run's UID. */
  rename(key: string, uid: string | undefined): string | undefined {
    const before = this.#uids.get(key);
    if (before === uid) return undefined;
    if (before !== undefined) this.#runs.delete(before);
    if (uid === undefined) this.#uids.delete(key);
    else this.#uids.set(key, uid);
    return before;
  }
}

/** A reading of a run that trains undisturbed is good for so long. */
export const readingGoodForSeconds: Seconds = 60;

/** The same while its agent cannot be asked, which would tell that something came: a listing at every look would cost too much. */
export const untoldReadingGoodForSeconds: Seconds = 30;
