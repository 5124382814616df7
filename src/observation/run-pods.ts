// The Jobs and pods that carry a run's name: its own, and those an earlier run of this name left behind.
import { labels } from '../api/names.ts';
import { podOf } from '../domain/bucket/keys.ts';
import { isOver } from '../domain/run/classification.ts';
import type { PodFacts, RunFacts, Snapshot, StrangerPod } from '../domain/run/facts.ts';
import { isAway } from '../domain/run/node.ts';
import type { Job, KubeObject, Pod } from '../ports/kube-objects.ts';
import { attemptNumberOf, jobFacts } from './pod-facts.ts';

/** A pod of a run of this name, with what is read from it. */
export interface ReadPod {
  readonly pod: Pod;
  readonly facts: PodFacts;
}

export interface RunPods {
  readonly own: readonly ReadPod[];
  readonly strangers: readonly StrangerPod[];
}

/** True for what was made for this very run. */
const isOwn = ({ metadata }: KubeObject, { uid }: Pick<RunFacts, 'uid'>): boolean =>
  metadata.labels?.[labels.runUid] === uid;

/** The pods of this name, told apart. */
export const runPods = (pods: readonly ReadPod[], run: RunFacts): RunPods => ({
  own: pods.filter(({ pod }) => isOwn(pod, run)),
  strangers: pods.filter(({ pod }) => !isOwn(pod, run)).flatMap(({ facts }) => strangerOf(facts)),
});

/** Pods that have ended flush nothing any more. */
function strangerOf(facts: PodFacts): readonly StrangerPod[] {
  if (isOver(facts)) return [];
  const { name, uid, attempt: number, deletion, sync, nodeState } = facts;
  const attempt = { number, pod: podOf(uid) };
  const flushes = sync?.state === 'Running' && !isAway(nodeState);
  return [{ name, attempt, endsAt: deletion?.endsAt, flushes }];
}

/** The run's own among the Jobs of its name. */
export const ownJobs = (jobs: readonly Job[], run: RunFacts): readonly Job[] =>
  jobs.filter((job) => isOwn(job, run));

/** What the Jobs of this name tell. */
export const runJobs = (jobs: readonly Job[], run: RunFacts): Pick<Snapshot, 'jobs' | 'highestJob'> => ({
  jobs: ownJobs(jobs, run).flatMap((job) => jobFacts(job) ?? []),
  highestJob: Math.max(0, ...jobs.map((job) => attemptNumberOf(job) ?? 0)),
});
