// The hands of everybody else in a cluster: the kubelet that reports and ends pods, the scheduler that binds them, the eviction API.
// A test plays them one by one; nothing here acts by itself.
import type { ObjectName } from '../../src/ports/cluster.ts';
import type { Condition, Node, Pod } from '../../src/ports/kube-objects.ts';
import type { FakeCluster } from './fake-cluster.ts';
import type { StoredObject } from './object-storage/journal.ts';
import type { JsonObject } from './object-storage/merge-patch.ts';
import { formatTime, type Table } from './object-storage/object-rows.ts';

const pods: Table = { group: '', plural: 'pods' };
const nodes: Table = { group: '', plural: 'nodes' };

export type PodStatus = NonNullable<Pod['status']>;

export class FakeKubelet {
  readonly #cluster: FakeCluster;
  readonly #now: () => number;

  constructor(cluster: FakeCluster, now: () => number) {
    this.#cluster = cluster;
    this.#now = now;
  }

  pod(name: ObjectName): Pod | undefined {
    return this.#cluster.storage.read(pods, name);
  }

  /** Puts a pod on a node, as the scheduler does: from now on its deletion waits for its grace. */
  bind(name: ObjectName, nodeName: string): void {
    this.#cluster.storage.patch(pods, name, { spec: { nodeName } });
  }

  /** Changes the fields named and leaves the others as they are. */
  setPodStatus(name: ObjectName, status: PodStatus): void {
    const before = this.#cluster.storage.read(pods, name)?.['status'] as PodStatus | undefined;
    this.#cluster.storage.putStatus(pods, name, { status: { ...before, ...status } });
  }

  /** `kubectl delete pod`: marks it with its grace (or removes it when nothing runs). */
  deletePod(name: ObjectName, gracePeriodSeconds?: number): void {
    this.#cluster.storage.delete(pods, name, { gracePeriodSeconds });
  }

  /** The Eviction API: the DisruptionTarget condition, then the deletion. */
  evict(name: ObjectName, reason = 'EvictionByEvictionAPI'): void {
    const conditions = this.pod(name)?.status?.conditions ?? [];
    const message = reason === 'EvictionByEvictionAPI' ? 'Eviction API: evicting' : reason;
    const lastTransitionTime = formatTime(this.#now());
    const target: Condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason,
      message,
      lastTransitionTime,
    };
    this.setPodStatus(name, { conditions: [...conditions, target] });
    this.deletePod(name);
  }

  /** The kubelet's last word on a pod that was being deleted: gone, whatever grace was left. */
  removePod(name: ObjectName): void {
    this.#cluster.storage.delete(pods, name, { gracePeriodSeconds: 0 });
  }

  hasNode(name: string): boolean {
    return this.#cluster.storage.read(nodes, { name }) !== undefined;
  }

  addNode(name: string, ready = true): StoredObject {
    const status = { conditions: [readiness(ready, this.#now())] };
    return this.#cluster.storage.seed(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name }, status });
  }

  /** Ready, or NotReady (Unknown) as the node controller says of a node it no longer hears. */
  setNodeReady(name: string, ready: boolean): void {
    const node: Node | undefined = this.#cluster.storage.read(nodes, { name });
    const others = (node?.status?.conditions ?? []).filter(({ type }) => type !== 'Ready');
    this.#cluster.storage.putStatus(
      nodes,
      { name },
      { status: { ...node?.status, conditions: [...others, readiness(ready, this.#now())] } },
    );
  }

  /** Creates a pod as a controller would, `spec` and labels included. */
  createPod(manifest: JsonObject): Pod {
    return this.#cluster.storage.create(pods, manifest);
  }
}

const readiness = (ready: boolean, at: number): Condition => ({
  type: 'Ready',
  status: ready ? 'True' : 'Unknown',
  reason: ready ? 'KubeletReady' : 'NodeStatusUnknown',
  lastTransitionTime: formatTime(at),
});
