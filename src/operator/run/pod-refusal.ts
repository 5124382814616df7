// Why a Job has no pod, in the words of the Job controller, which says it in Events alone. Display: what cannot be had within a
// moment stays unknown, and nothing but the message rests on it.
import type { PodFacts } from '../../domain/run/facts.ts';
import { parseTime } from '../../domain/time.ts';
import type { Seconds } from '../../domain/units.ts';
import { ClusterError } from '../../ports/cluster.ts';
import { events } from '../../ports/kinds.ts';
import type { Job, KubeEvent } from '../../ports/kube-objects.ts';
import { attemptNumberOf, jobFacts } from './pod-facts.ts';
import { within } from './within.ts';
import type { World } from './world.ts';

/** A Job that was made just now is not yet without a pod. */
const ageSeconds: Seconds = 3;

const lookMilliseconds = 1000;

/** What the Job controller says last of the newest of these Jobs, if that has no pod; undefined when it has, or says nothing. */
export async function podRefusal(
  world: World,
  { jobs, pods }: { readonly jobs: readonly Job[]; readonly pods: readonly PodFacts[] },
  signal: AbortSignal,
): Promise<string | undefined> {
  const newest = jobs.toSorted((a, b) => (attemptNumberOf(b) ?? 0) - (attemptNumberOf(a) ?? 0))[0];
  if (newest === undefined || !lacksPod(newest, pods)) return undefined;
  const madeAt = parseTime(newest.metadata.creationTimestamp) ?? 0;
  if (world.clock.now() - madeAt < ageSeconds * 1000) return undefined;
  const bound = { clock: world.clock, milliseconds: lookMilliseconds };
  return within(bound, async (inTime) => lastWord(world, newest, inTime), signal);
}

function lacksPod(job: Job, pods: readonly PodFacts[]): boolean {
  const facts = jobFacts(job);
  if (facts === undefined || facts.deleting || facts.complete || facts.failure !== undefined) return false;
  return pods.every(({ attempt }) => attempt !== facts.number);
}

async function lastWord(
  { cluster, log }: World,
  { metadata: { namespace = '', name, uid } }: Job,
  signal: AbortSignal,
): Promise<string | undefined> {
  const fieldSelector = `regarding.uid=${uid},reason=FailedCreate`;
  try {
    const told = await cluster.list(events, { namespace, fieldSelector }, signal);
    return told.toSorted((a, b) => timeOf(b) - timeOf(a))[0]?.note;
  } catch (cause) {
    if (!(cause instanceof ClusterError)) throw cause;
    log.debug({ job: `${namespace}/${name}`, err: cause }, 'the Events of a Job cannot be read');
    return undefined;
  }
}

const timeOf = ({ eventTime, deprecatedLastTimestamp, metadata }: KubeEvent): number =>
  parseTime(deprecatedLastTimestamp ?? eventTime ?? metadata.creationTimestamp) ?? 0;
