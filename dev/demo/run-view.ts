// What the demo reads of the cluster while it watches: the run, its Jobs and pods, the trainer's log. Reads only.
import type { LocalCluster } from '../cluster/local-cluster.ts';

export interface Ledger {
  readonly number: number;
  readonly node?: string;
  readonly cause?: string;
  readonly endedAt?: string;
  readonly resumedFrom?: { readonly key: string; readonly update: number };
  readonly endUpdate?: number;
  readonly savedUpdate?: number;
  readonly lostUpdates?: number;
  readonly lostGpuSeconds?: number;
  /** Parts of the way to its first update, in whole seconds. */
  readonly segments?: Readonly<Record<string, number>>;
}

interface ListedCheckpoint {
  readonly kind: string;
  readonly update: number;
}

export interface RunView {
  readonly status?: {
    readonly phase: string;
    readonly message: string;
    readonly resumePoint?: { readonly key: string; readonly update: number; readonly kind: string };
    readonly progress?: { readonly update: number };
    readonly checkpoints?: { readonly count: number; readonly newest: readonly ListedCheckpoint[] };
    readonly attempts: readonly Ledger[];
    readonly totals: {
      readonly reclaimedBytes: number;
      readonly lostUpdates: number;
      readonly gpuSeconds?: number;
      readonly goodputPercent?: number;
    };
  };
}

interface Terminated {
  readonly exitCode: number;
}

interface ContainerView {
  readonly name: string;
  readonly state?: { readonly running?: object; readonly terminated?: Terminated };
}

export interface PodView {
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly phase: string;
    readonly initContainerStatuses?: readonly ContainerView[];
    readonly containerStatuses?: readonly ContainerView[];
  };
}

/** Looks at one run of a local cluster. */
export class RunWatch {
  readonly #cluster: LocalCluster;
  readonly #namespace: string;
  readonly #name: string;

  constructor(cluster: LocalCluster, namespace: string, name: string) {
    this.#cluster = cluster;
    this.#namespace = namespace;
    this.#name = name;
  }

  async run(signal: AbortSignal): Promise<RunView> {
    const path = `/apis/reprise.dev/v1alpha1/namespaces/${this.#namespace}/ttstrainingruns/${this.#name}`;
    return (await this.#cluster.controlPlane.get(path, signal)) as RunView;
  }

  /** The pod of an attempt; undefined when there is none. */
  async pod(attempt: number, signal: AbortSignal): Promise<PodView | undefined> {
    const selector = encodeURIComponent(`reprise.dev/run=${this.#name},reprise.dev/attempt=${attempt}`);
    const path = `/api/v1/namespaces/${this.#namespace}/pods?labelSelector=${selector}`;
    const { items } = (await this.#cluster.controlPlane.get(path, signal)) as {
      readonly items: readonly PodView[];
    };
    return items[0];
  }

  /** True once the Job of an attempt exists. */
  async hasJob(attempt: number, signal: AbortSignal): Promise<boolean> {
    const selector = encodeURIComponent(`reprise.dev/run=${this.#name},reprise.dev/attempt=${attempt}`);
    const path = `/apis/batch/v1/namespaces/${this.#namespace}/jobs?labelSelector=${selector}`;
    const { items } = (await this.#cluster.controlPlane.get(path, signal)) as {
      readonly items: readonly object[];
    };
    return items.length > 0;
  }

  /** The last update in the trainer's log of an attempt's pod; undefined while there is none. */
  async lastUpdate(pod: PodView): Promise<number | undefined> {
    const args = ['logs', '-n', this.#namespace, pod.metadata.name, '-c', 'trainer', '--tail=3'];
    const log = await this.#cluster.controlPlane.kubectl.run(...args).catch(() => '');
    const last = [...log.matchAll(/\bupdate=(\d+)/g)].at(-1)?.[1];
    return last === undefined ? undefined : Number(last);
  }
}

/** The state of a pod's container. */
export function stateOf(
  pod: PodView | undefined,
  name: string,
): 'Waiting' | 'Running' | 'Terminated' | undefined {
  const statuses = [...(pod?.status.initContainerStatuses ?? []), ...(pod?.status.containerStatuses ?? [])];
  const state = statuses.find((container) => container.name === name)?.state;
  if (state === undefined) return undefined;
  if (state.terminated !== undefined) return 'Terminated';
  return state.running === undefined ? 'Waiting' : 'Running';
}
