// Asks why a Job has no pod, within a moment: what cannot be had by then stays unknown, and nothing but the message rests on it.
import { jobWithoutPod, type JobsAndPods, lastRefusal } from '../../observation/pod-refusal.ts';
import { cacheKey, ClusterError, nameOf } from '../../ports/cluster.ts';
import type { Job } from '../../ports/kube-objects.ts';
import { within } from './within.ts';
import type { World } from './world.ts';

const lookMilliseconds = 1000;

/** What the Job controller says last of the newest of these Jobs, if that has no pod; undefined when it has, or says nothing. */
export async function podRefusal(
  world: World,
  { jobs, pods }: Omit<JobsAndPods, 'now'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const job = jobWithoutPod({ jobs, pods, now: world.clock.now() });
  if (job === undefined) return undefined;
  const bound = { clock: world.clock, milliseconds: lookMilliseconds };
  return within(bound, async (inTime) => wordOf(world, job, inTime), signal);
}

async function wordOf({ cluster, log }: World, job: Job, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await lastRefusal(cluster, job, signal);
  } catch (cause) {
    if (!(cause instanceof ClusterError)) throw cause;
    log.debug({ job: cacheKey(nameOf(job.metadata)), err: cause }, 'the Events of a Job cannot be read');
    return undefined;
  }
}
