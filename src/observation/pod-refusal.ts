// Why a Job has no pod, in the words of the Job controller, which says it in Events alone. Display: nothing but the message rests on it.
import type { PodFacts } from '../domain/run/facts.ts';
import { parseTime } from '../domain/time.ts';
import type { Instant, Seconds } from '../domain/units.ts';
import type { Cluster } from '../ports/cluster.ts';
import { events } from '../ports/kinds.ts';
import type { Job, KubeEvent } from '../ports/kube-objects.ts';
import { attemptNumberOf, jobFacts } from './pod-facts.ts';

/** A Job that was made just now is not yet without a pod. */
const ageSeconds: Seconds = 3;

export interface JobsAndPods {
  /** The run's own. */
  readonly jobs: readonly Job[];
  readonly pods: readonly PodFacts[];
  readonly now: Instant;
}

/** The newest of the Jobs, if it has had no pod for a while; undefined when it has, or needs none. */
export function jobWithoutPod({ jobs, pods, now }: JobsAndPods): Job | undefined {
  const newest = jobs.toSorted((a, b) => (attemptNumberOf(b) ?? 0) - (attemptNumberOf(a) ?? 0))[0];
  if (newest === undefined || !lacksPod(newest, pods)) return undefined;
  const madeAt = parseTime(newest.metadata.creationTimestamp) ?? 0;
  return now - madeAt < ageSeconds * 1000 ? undefined : newest;
}

function lacksPod(job: Job, pods: readonly PodFacts[]): boolean {
  const facts = jobFacts(job);
  if (facts === undefined || facts.deleting || facts.complete || facts.failure !== undefined) return false;
  return pods.every(({ attempt }) => attempt !== facts.number);
}

/** What the Job controller says last of a Job whose pod it could not make; undefined when it says nothing. @throws ClusterError */
export async function lastRefusal(
  cluster: Cluster,
  { metadata: { namespace = '', uid } }: Job,
  signal: AbortSignal,
): Promise<string | undefined> {
  const fieldSelector = `regarding.uid=${uid},reason=FailedCreate`;
  const told = await cluster.list(events, { namespace, fieldSelector }, signal);
  return told.toSorted((a, b) => timeOf(b) - timeOf(a))[0]?.note;
}

const timeOf = ({ eventTime, deprecatedLastTimestamp, metadata }: KubeEvent): number =>
  parseTime(deprecatedLastTimestamp ?? eventTime ?? metadata.creationTimestamp) ?? 0;
