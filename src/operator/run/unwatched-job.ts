// The Job of the newest attempt, asked of the API server itself where the watch shows nothing of that attempt: before a number is
// given up, it must be certain that no Job has it. Only reads.
import type { PodFacts, RunFacts } from '../../domain/run/facts.ts';
import { giveUpOf } from '../../domain/run/reservation.ts';
import type { LedgerEntry } from '../../domain/run/status.ts';
import { attemptNumberOf } from '../../observation/pod-facts.ts';
import { ownJobs } from '../../observation/run-pods.ts';
import { jobs } from '../../ports/kinds.ts';
import type { Job } from '../../ports/kube-objects.ts';
import { formatJobName } from '../../workload/attempt-job.ts';
import type { World } from './world.ts';

export interface Watched {
  readonly run: RunFacts;
  readonly jobs: readonly Job[];
  readonly pods: readonly PodFacts[];
}

/** The Job that the watch has not shown yet; undefined when there is none, or no need to ask. */
export async function unwatchedJob(
  world: World,
  watched: Watched,
  signal: AbortSignal,
): Promise<Job | undefined> {
  const { run } = watched;
  const newest = run.status?.attempts[0];
  if (newest === undefined || !isUnseen(newest, watched) || !isDoubtful(world, run, newest)) return undefined;
  const name = { namespace: run.namespace, name: formatJobName(run.name, newest.number) };
  const job = await world.cluster.get(jobs, name, signal);
  return ownJobs(job === undefined ? [] : [job], run)[0];
}

const isUnseen = ({ number, startedAt, cause }: LedgerEntry, watched: Watched): boolean =>
  startedAt === undefined &&
  cause === undefined &&
  watched.jobs.every((job) => attemptNumberOf(job) !== number) &&
  watched.pods.every(({ attempt }) => attempt !== number);

const isDoubtful = ({ memory, operatorId }: World, { uid }: RunFacts, newest: LedgerEntry): boolean =>
  giveUpOf({ operatorId, tried: memory.of(uid).tried }, newest) !== undefined;
