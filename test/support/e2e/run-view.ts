// One run as the API server shows it: the run, its Jobs, its pods, its events. Reads only.
import { labels } from '../../../src/api/names.ts';
import type { RunStatus } from '../../../src/domain/run/status.ts';
import type { Job, Pod } from '../../../src/ports/kube-objects.ts';
import { stage } from './stage.ts';

export interface RunObject {
  readonly metadata: {
    readonly uid: string;
    readonly generation: number;
    readonly finalizers?: readonly string[];
  };
  readonly status?: RunStatus;
}

export interface RunEvent {
  readonly type: string;
  readonly reason: string;
  readonly note: string;
  readonly regarding: { readonly name: string; readonly uid: string };
}

/** Where a run is. */
export interface RunName {
  readonly namespace: string;
  readonly name: string;
  /** of its store in the bucket; default: that of the store that all tests share */
  readonly prefix?: string | undefined;
}

/** The API path of runs, or of one. */
export const runPath = ({ namespace, name }: RunName): string =>
  `/apis/reprise.dev/v1alpha1/namespaces/${namespace}/ttstrainingruns/${name}`;

export const podPath = (namespace: string, pod: string): string =>
  `/api/v1/namespaces/${namespace}/pods/${pod}`;

export const jobsPath = (namespace: string): string => `/apis/batch/v1/namespaces/${namespace}/jobs`;

const selected = (name: string): string => `?labelSelector=${encodeURIComponent(`${labels.run}=${name}`)}`;

/** The number of the attempt that a Job or pod belongs to. */
export const attemptOf = ({ metadata }: Job | Pod): number => Number(metadata.labels?.[labels.attempt]);

export async function findRun(run: RunName, signal?: AbortSignal): Promise<RunObject | undefined> {
  return stage().api.find<RunObject>(runPath(run), signal);
}

export async function listJobs({ namespace, name }: RunName): Promise<readonly Job[]> {
  return stage().api.list<Job>(`${jobsPath(namespace)}${selected(name)}`);
}

export async function listPods({ namespace, name }: RunName): Promise<readonly Pod[]> {
  return stage().api.list<Pod>(`/api/v1/namespaces/${namespace}/pods${selected(name)}`);
}

export async function listEvents({ namespace }: RunName): Promise<readonly RunEvent[]> {
  return stage().api.list<RunEvent>(`/apis/events.k8s.io/v1/namespaces/${namespace}/events`);
}

type Container = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

/** The state of one of a pod's containers, init containers included. */
export function containerState({ status }: Pod, name: string): Container['state'] {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return all.find((container) => container.name === name)?.state;
}
